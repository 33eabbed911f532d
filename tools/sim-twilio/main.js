#!/usr/bin/env node
// Starts one simulated Twilio account on loopback. See README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { readOptions, rewriteRules } from '../sim-lib/options.js'
import { TwilioSim } from './sim.js'
import { configOf } from './control.js'
import { sid } from './ids.js'

const options = readOptions({
  api: { fallback: '5090', help: 'port of the REST API (http)' },
  signal: { fallback: '5091', help: 'port of the signalling for browsers (wss)' },
  control: { fallback: '5092', help: 'port for tests (http)' },
  tls_cert: { fallback: '', help: 'certificate file for the signalling port' },
  tls_key: { fallback: '', help: 'its key file' },
  voice_url: { fallback: '', help: 'voice URL of the application and of the numbers' },
  number: { many: true, help: 'a phone number of the account; may be repeated' },
  secrets: { fallback: '', help: 'file with {account_sid, auth_token, api_key_sid, api_key_secret, app_sid}; made when missing' },
  region: { fallback: 'us1', help: 'region that tokens must be for' },
  cps: { fallback: '0', help: 'new REST calls a second; more wait (0: no limit)' },
  rewrite: { many: true, help: 'PUBLIC=LOCAL: where webhooks to a public base URL go' },
  ready: { fallback: '', help: 'file that gets the configuration as JSON once everything listens' },
}, process.argv.slice(2), 'sim-twilio')

// Secrets live in a file, never in arguments.
function secrets() {
  try {
    return JSON.parse(readFileSync(options.secrets, 'utf8'))
  } catch (error) {
    if (options.secrets && error.code !== 'ENOENT') throw error
  }
  const made = { account_sid: sid('AC'), auth_token: randomBytes(16).toString('hex'), api_key_sid: sid('SK'),
    api_key_secret: randomBytes(16).toString('hex'), app_sid: sid('AP') }
  if (options.secrets) writeFileSync(options.secrets, JSON.stringify(made, null, 2) + '\n', { mode: 0o600 })
  return made
}

if (!options.tls_cert || !options.tls_key) {
  console.error('sim-twilio: the voice SDK connects by TLS only: give --tls-cert FILE and --tls-key FILE')
  process.exit(2)
}
const known = secrets()
const sim = new TwilioSim({
  account: { accountSid: known.account_sid, authToken: known.auth_token, keySid: known.api_key_sid, keySecret: known.api_key_secret, appSid: known.app_sid,
    numbers: options.number.length ? options.number : ['+14155550100'], voiceUrl: options.voice_url, region: options.region },
  tls: { cert: readFileSync(options.tls_cert), key: readFileSync(options.tls_key) },
  rewrite: rewriteRules(options.rewrite),
  cps: Number(options.cps),
  log: line => console.error(`sim-twilio: ${line}`),
})
await sim.listen({ api: Number(options.api), signal: Number(options.signal), control: Number(options.control) })
for (const number of sim.account.numbers.values()) number.VoiceApplicationSid = known.app_sid
const config = JSON.stringify(configOf(sim), null, 2) + '\n'
if (options.ready) writeFileSync(options.ready, config, { mode: 0o600 })
const { api, signal, control } = configOf(sim)
console.log(`sim-twilio: API ${api}, signalling wss://${signal}/signal, control ${control}`)
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => sim.close().then(() => process.exit(0)))
