#!/usr/bin/env node
// Starts one simulated Telnyx account on loopback. See README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { readOptions, rewriteRules } from '../sim-lib/options.js'
import { TelnyxSim } from './sim.js'
import { configOf } from './control.js'
import { numericId, secret } from './ids.js'

const options = readOptions({
  api: { fallback: '5095', help: 'port of the REST API (http)' },
  rtc: { fallback: '5096', help: 'port of the WebSocket for browsers (ws)' },
  control: { fallback: '5097', help: 'port for tests (http)' },
  webhook_url: { fallback: '', help: 'webhook URL of both connections' },
  number: { many: true, help: 'a phone number of the account; may be repeated' },
  secrets: { fallback: '', help: 'file with {api_key, seed, connection_id, credential_connection_id}; made when missing' },
  rewrite: { many: true, help: 'PUBLIC=LOCAL: where webhooks to a public base URL go' },
  ready: { fallback: '', help: 'file that gets the configuration as JSON once everything listens' },
}, process.argv.slice(2), 'sim-telnyx')

// Secrets live in a file, never in arguments.
function secrets() {
  try {
    return JSON.parse(readFileSync(options.secrets, 'utf8'))
  } catch (error) {
    if (options.secrets && error.code !== 'ENOENT') throw error
  }
  const made = { api_key: `KEY${secret(24)}`, seed: randomBytes(32).toString('hex'), connection_id: numericId(), credential_connection_id: numericId() }
  if (options.secrets) writeFileSync(options.secrets, JSON.stringify(made, null, 2) + '\n', { mode: 0o600 })
  return made
}

const known = secrets()
const sim = new TelnyxSim({
  account: { apiKey: known.api_key, callControlId: known.connection_id, credentialConnectionId: known.credential_connection_id,
    numbers: options.number.length ? options.number : ['+14155550130'], webhookUrl: options.webhook_url },
  seed: Buffer.from(known.seed, 'hex'),
  rewrite: rewriteRules(options.rewrite),
  log: line => console.error(`sim-telnyx: ${line}`),
})
await sim.listen({ api: Number(options.api), rtc: Number(options.rtc), control: Number(options.control) })
const config = JSON.stringify(configOf(sim), null, 2) + '\n'
if (options.ready) writeFileSync(options.ready, config, { mode: 0o600 })
const { api, rtc, control } = configOf(sim)
console.log(`sim-telnyx: API ${api}, browsers ${rtc}, control ${control}`)
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => sim.close().then(() => process.exit(0)))
