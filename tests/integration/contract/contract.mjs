// Every answer of the real gateway against proto/openapi.yaml: its status must be one that the operation names, its
// body must fit the schema, and each operation must have been asked with success at least once.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const source = process.env.RINGMAIN_SOURCE_DIR
const require = createRequire(join(source, 'tools/node/package.json'))
const Ajv = require('ajv/dist/2020').default
const addFormats = require('ajv-formats').default
const YAML = require('yaml')

export const api = YAML.parse(readFileSync(join(source, 'proto/openapi.yaml'), 'utf8'), { merge: true })
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
addFormats(ajv)
ajv.addSchema({ $id: 'api', components: api.components })

// '#/components/...' in the document is 'api#/components/...' for the validator.
const absolute = node => {
  if (Array.isArray(node)) return node.map(absolute)
  if (!node || typeof node !== 'object') return node
  return Object.fromEntries(Object.entries(node).map(([k, v]) =>
    [k, k === '$ref' && typeof v === 'string' && v.startsWith('#') ? `api${v}` : absolute(v)]))
}
const resolve = node => node?.$ref ? node.$ref.slice(2).split('/').reduce((at, key) => at[key], api) : node

const compiled = new Map()
export function faults(schema, value) {
  if (!compiled.has(schema)) compiled.set(schema, ajv.compile(absolute(schema)))
  const check = compiled.get(schema)
  return check(value) ? [] : check.errors.map(e => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`)
}

export const operations = Object.entries(api.paths).flatMap(([path, item]) =>
  ['get', 'post', 'put', 'patch', 'delete'].filter(m => item[m]).map(method => ({
    id: item[method].operationId, method: method.toUpperCase(), path, op: item[method],
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  })))

export function operationOf(method, path) {
  const bare = path.split('?')[0]
  // the most exact path wins, as in the gateway
  return operations.filter(o => o.method === method && o.pattern.test(bare)).sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0]
}

// What is wrong with an answer; an empty list: nothing.
export function judge(operation, status, type, text) {
  const response = resolve(operation.op.responses[status])
  if (!response) return [`${operation.id} does not name the status ${status}: ${text.slice(0, 200)}`]
  if (!response.content) return []
  const [media] = (type ?? '').split(';')
  const content = response.content[media]
  if (!content) return [`${operation.id} ${status} does not name the type '${type}'`]
  if (media !== 'application/json') return []
  let value
  try { value = JSON.parse(text) } catch { return [`${operation.id} ${status}: no JSON: ${text.slice(0, 200)}`] }
  return faults(content.schema, value).map(f => `${operation.id} ${status}: ${f}`)
}

// A request that is to succeed must itself fit the contract.
export function judgeRequest(operation, type, body) {
  const content = resolve(operation.op.requestBody)?.content?.[type]
  if (!content) return [`${operation.id} takes no ${type}`]
  return type === 'application/json' ? faults(content.schema, JSON.parse(body)).map(f => `${operation.id} request: ${f}`) : []
}
