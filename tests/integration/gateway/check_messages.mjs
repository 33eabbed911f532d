// Holds messages that a gateway sent (one JSON a line in FILE) against proto/asyncapi.yaml.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const source = process.env.RINGMAIN_SOURCE_DIR
const require = createRequire(join(source, 'tools/node/package.json'))
const Ajv = require('ajv/dist/2020').default
const addFormats = require('ajv-formats').default
const YAML = require('yaml')

const api = YAML.parse(readFileSync(join(source, 'proto/asyncapi.yaml'), 'utf8'))
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
addFormats(ajv)
ajv.addSchema({ $id: 'api', components: api.components })

const follow = ref => ref.slice(2).split('/').reduce((at, key) => at[key], api)
const checks = new Map()
for (const { $ref } of api.operations.news.messages.concat(api.operations.requests.reply.messages)) {
  const message = follow(follow($ref).$ref)
  checks.set(message.name, ajv.compile({ $ref: `api${message.payload.$ref}` }))
}

let wrong = 0
for (const line of readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  const message = JSON.parse(line)
  const check = checks.get(message.type)
  if (!check?.(message)) {
    wrong++
    console.log(`# ${line.slice(0, 300)}: ${check ? ajv.errorsText(check.errors) : 'a type that the contract does not name'}`)
  }
}
process.exit(wrong ? 1 : 0)
