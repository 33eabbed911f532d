// Writes the types of both contracts: src/api/schema.d.ts from proto/openapi.yaml, and
// src/api/socket-schema.d.ts from the schemas of proto/asyncapi.yaml. Both are committed;
// with --check it only says whether they are what the contracts give.
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { parse } from 'yaml'

const HEAD = '// Made by `npm run types`; do not edit.\n'
const proto = new URL('../../proto/', import.meta.url)
const api = new URL('../src/api/', import.meta.url)

const readYaml = async (name) =>
  parse(await readFile(new URL(name, proto), 'utf8'), { merge: true })

/** An AsyncAPI schema is a JSON schema, as in OpenAPI 3.1: the same generator reads it. */
function schemasOnly(asyncapi) {
  const { title, version } = asyncapi.info
  const { schemas } = asyncapi.components
  return { openapi: '3.1.0', info: { title, version }, paths: {}, components: { schemas } }
}

const outputs = [
  ['schema.d.ts', await readYaml('openapi.yaml')],
  ['socket-schema.d.ts', schemasOnly(await readYaml('asyncapi.yaml'))],
]

for (const [name, document] of outputs) {
  const target = new URL(name, api)
  const text = HEAD + astToString(await openapiTS(document))
  if (!process.argv.includes('--check')) await writeFile(target, text)
  else if (text !== (await readFile(target, 'utf8').catch(() => ''))) {
    console.error(`src/api/${name} is not what the contract gives: run npm run types`)
    process.exitCode = 1
  }
}
