// Strict reading of JSON: each member is known and is what it must be.
import { ApiError } from './errors.js'
import { isE164 } from '../sim-lib/pstn/numbers.js'

const fail = (name, why, code = 10015) => { throw new ApiError(code, `${name}: ${why}`, `/${name}`) }
const kind = (test, what) => (value, name) => (test(value) ? value : fail(name, `it must be ${what}`))

export const string = kind(v => typeof v === 'string', 'a string')
export const bool = kind(v => typeof v === 'boolean', 'true or false')
export const whole = (min, max) => kind(v => Number.isInteger(v) && v >= min && v <= max, `a whole number from ${min} to ${max}`)
export const oneOf = (...words) => kind(v => words.includes(v), `one of ${words.join(', ')}`)
export const base64 = kind(v => typeof v === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(v) && v.length % 4 === 0, 'base64')
export const phone = (value, name) => (typeof value === 'string' && isE164(value) ? value : fail(name, `'${value}' is not a number like +14155550103`, 10016))
export const url = kind(v => v === null || v === '' || (typeof v === 'string' && /^https?:\/\/[^\s]+$/.test(v)), 'an http or https URL')
export const listOf = item => (value, name) => (Array.isArray(value) ? value.map((v, i) => item(v, `${name}/${i}`)) : fail(name, 'it must be a list'))
export const object = table => (value, name) => (value && typeof value === 'object' && !Array.isArray(value) ? readObject(value, table, name) : fail(name, 'it must be an object'))
export const mapOf = item => (value, name) => {
  if (!value || typeof value !== 'object') fail(name, 'it must be an object')
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, item(v, `${name}/${k}`)]))
}
export const nullable = item => (value, name) => (value === null ? null : item(value, name))
export const header = object({ name: string, value: string })

function readObject(value, table, path = '') {
  const out = {}
  for (const [name, given] of Object.entries(value)) {
    const place = path ? `${path}/${name}` : name
    if (!Object.hasOwn(table, name)) fail(place, `the simulator knows ${Object.keys(table).join(', ')}`, 10017)
    if (given !== undefined) out[name] = table[name](given, place)
  }
  return out
}

export function readBody(ctx, table, required = []) {
  let value = {}
  if (ctx.body.length) {
    const type = ctx.headers['content-type'] ?? ''
    if (!type.startsWith('application/json')) throw new ApiError(10015, `the body must be JSON, not '${type}'`)
    try {
      value = JSON.parse(ctx.body.toString('utf8'))
    } catch {
      throw new ApiError(10015, 'the body is not JSON')
    }
  }
  if (!value || typeof value !== 'object' || Array.isArray(value)) throw new ApiError(10015, 'the body is not a JSON object')
  for (const name of required) if (value[name] === undefined) throw new ApiError(10004, `${name} is missing`, `/${name}`)
  return readObject(value, table)
}
