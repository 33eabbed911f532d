// The whole system with the simulated accounts of Twilio and Telnyx and the demo carrier beside it, and what each of the
// three was asked to dial. Everything is real but the carriers.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../lib/ports.mjs'
import { System } from '../gateway/providers_kit.mjs'
import { finish, program, typed } from '../moving_in/place.mjs'
import { webSocket } from '../secrets/socket.mjs'
import { spawn } from '../../lib/child.mjs'

const source = process.env.RINGMAIN_SOURCE_DIR
const build = process.env.RINGMAIN_BUILD_DIR
const READY_S = 30
export const CUSTOMER = '+14155550103' // answers at each of the three, and plays a tone
export const NUMBERS = { twilio: '+14155550120', telnyx: '+14155550130', sip: '+14155550140' }

// What a browser sends as its offer; nobody is behind it, so there is no audio, but all is dialled.
const offer = ['v=0', 'o=- 4611731400430051336 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 0 8 126',
  'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, 'a=setup:actpass',
  'a=mid:0', 'a=sendrecv', 'a=rtcp-mux', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:126 telephone-event/8000', ''].join('\r\n')

export class Carriers extends System {
  async start(_, settings = {}, seed = true) {
    for (const name of ['webhook', 'carrier', 'carrierControl', 'twilio', 'signal', 'twilioControl', 'telnyx', 'rtc', 'telnyxControl']) this.ports = { ...this.ports, [name]: await freePort() }
    this.webhookUrl = `http://127.0.0.1:${this.ports.webhook}`
    await super.start('all', { 'voip-call-controller': { VOIP_WEBHOOK_URL: this.webhookUrl, VOIP_RECORDING_ENABLED: 'false' },
      'voip-router': { VOIP_CALLS_PER_USER_PER_MINUTE: '600' }, 'voip-gateway': { VOIP_WEBHOOK_URL: this.webhookUrl, ...settings['voip-gateway'] } }, seed)
    this.secrets = join(this.dir, 'secrets')
    await this.service('webhook-ingest/voip-webhook-ingest', { ...this.onBus('webhook', 'webhook-ingest'), VOIP_WEBHOOK_LISTEN: `127.0.0.1:${this.ports.webhook}`,
      VOIP_WEBHOOK_URL: this.webhookUrl, VOIP_WEBHOOK_SPOOL_DIR: join(this.dir, 'webhooks') })
    await this.ready(this.children.at(-1))
    mkdirSync(join(this.dir, 'carrier'))
    this.program('demo-carrier', join(build, 'tools/demo-carrier/demo-carrier'), ['--listen', `127.0.0.1:${this.ports.carrier}`, '--control', `127.0.0.1:${this.ports.carrierControl}`,
      '--from-address', '127.0.0.2', '--out', join(this.dir, 'carrier')])
    await this.startTwilio()
    await this.startTelnyx()
    return this
  }

  program(title, file, args) {
    const log = openSync(join(this.dir, `${title}.log`), 'a')
    const child = spawn(file, args, { stdio: ['ignore', log, log], env: { PATH: process.env.PATH } })
    this.children.push(Object.assign(child, { title }))
    return child
  }
  async simulator(name, args) {
    const ready = join(this.dir, `${name}.ready.json`)
    rmSync(ready, { force: true })
    const child = this.program(`sim-${name}`, process.execPath, [join(source, `tools/sim-${name}/main.js`), ...args, '--secrets', join(this.dir, `${name}.json`), '--ready', ready])
    await this.until(`sim-${name}`, () => existsSync(ready) && readFileSync(ready, 'utf8').endsWith('\n'), READY_S)
    return Object.assign(child, { config: JSON.parse(readFileSync(ready, 'utf8')) })
  }
  async startTwilio() {
    this.twilio = await this.simulator('twilio', ['--api', this.ports.twilio, '--signal', this.ports.signal, '--control', this.ports.twilioControl,
      '--tls-cert', join(this.secrets, 'tls.crt'), '--tls-key', join(this.secrets, 'tls.key'), '--number', NUMBERS.twilio])
  }
  async startTelnyx() {
    this.telnyx = await this.simulator('telnyx', ['--api', this.ports.telnyx, '--rtc', this.ports.rtc, '--control', this.ports.telnyxControl, '--number', NUMBERS.telnyx])
  }
  // An API that refuses connections.
  async away(name) {
    const child = this[name]
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    this.children.splice(this.children.indexOf(child), 1)
    child.gone = true
  }

  async control(name, method, path, body) {
    const answer = await fetch(`${this[name].config.control}/control/${path}`, { method, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${name} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  fault(name, fault) { return this.control(name, 'POST', 'faults', fault) }
  noFaults(name) { return this.control(name, 'DELETE', 'faults') }

  // How often each carrier was told to dial for us since the last look: {twilio, telnyx, sip}.
  async dials() {
    const { carrierControl } = this.ports
    const seen = {
      twilio: this.twilio.gone ? [] : (await this.control('twilio', 'GET', 'calls')).filter(c => c.direction === 'outbound-api').map(c => c.sid),
      telnyx: this.telnyx.gone ? [] : (await this.control('telnyx', 'GET', 'calls')).filter(c => c.direction === 'outgoing').map(c => c.call_control_id),
      sip: (await (await fetch(`http://127.0.0.1:${carrierControl}/calls`)).json()).map(c => c.id),
    }
    this.counted ??= { twilio: new Set(), telnyx: new Set(), sip: new Set() }
    const fresh = Object.fromEntries(Object.entries(seen).map(([name, ids]) => [name, ids.filter(id => !this.counted[name].has(id)).length]))
    for (const [name, ids] of Object.entries(seen)) ids.forEach(id => this.counted[name].add(id))
    return fresh
  }

  // Settings as a person copies them from the carrier's page.
  accountOf(driver) {
    const { twilio, telnyx } = this
    if (driver === 'twilio') {
      const { account_sid, auth_token, api_key_sid, api_key_secret } = twilio.config
      return { account_sid, auth_token, api_key_sid, api_key_secret, from_number: NUMBERS.twilio }
    }
    if (driver === 'telnyx') {
      const { api_key, public_key, connection_id, credential_connection_id } = telnyx.config
      return { api_key, connection_id, credential_connection_id, public_key, from_number: NUMBERS.telnyx }
    }
    return { sip_server: '127.0.0.1', sip_port: String(this.ports.carrier), auth_method: 'ip_auth', caller_id: NUMBERS.sip }
  }
  apiBase(driver) { return this[driver].config.api }

  // A provider made in the panel's way; its API is the simulator's, which only an operator can say.
  async provider(driver, name, priority) {
    const config = this.accountOf(driver)
    const { id } = (await this.want(201, 'POST', '/admin/voip/providers', { name, driver, config })).json.data
    if (driver !== 'sip') this.pointAt(id, driver)
    await this.want(200, 'PATCH', `/admin/voip/providers/${id}`, { priority }) // everybody hears of it
    return id
  }
  pointAt(id, driver, other = {}) {
    const sealed = execFileSync(join(build, 'tests/integration/gateway/seal'), [join(this.secrets, 'kek'), `providers/config/${id}`],
      { input: JSON.stringify({ ...this.accountOf(driver), ...other, api_base: this.apiBase(driver) }), encoding: 'utf8' }).trim()
    this.sql(`update providers set config = '${sealed}', version = version + 1 where id = '${id}'`)
  }
  activate(id) { return this.want(200, 'POST', `/admin/voip/providers/${id}/activate`) }

  // What a controller thinks of a carrier's API lasts half a minute: it goes with the controller.
  async forgiven() {
    await this.restart('voip-call-controller')
    await this.until('a controller that takes calls', async () => (await this.click({ to: '+14155550999' })).error !== 'unavailable')
  }

  // `voip` as an operator runs it on this system: typed at a terminal, or its output.
  commands() {
    const { VOIP_BUS, VOIP_BUS_CERT, VOIP_BUS_SERVER_KEY, VOIP_KEK_FILE } = this.onBus('gateway', 'voip')
    return { ...this.env, VOIP_BUS, VOIP_BUS_CERT, VOIP_BUS_SERVER_KEY, VOIP_KEK_FILE, VOIP_WEBHOOK_URL: this.webhookUrl, VOIP_BASE_URL: this.url }
  }
  type(args, steps) { return typed(this.dir, this.commands(), args, steps) }
  command(...args) { return finish(program, args, { cwd: this.dir, env: this.commands() }) }

  // Signs in with what a person typed; then speaks as that person.
  async signIn(email, password) {
    const me = (await this.want(200, 'POST', '/api/auth/login', { email, password }, { who: null })).json
    const { code, out } = await this.command('generate-token', email)
    if (code !== 0) throw new Error(`generate-token ${email}: ${out}`)
    return { api_token: out.trim().split('\n').at(-1), user_id: me.user.id, email }
  }

  // A click on the call button in a signed-in tab. The call is hung up once enough is true of it; its last state.
  async click({ to = CUSTOMER, who = this.seed.admin, enough = call => call && call.status !== 'initiated' } = {}) {
    const socket = await webSocket(`${this.url}/api/voip/ws`, { authorization: `Bearer ${who.api_token}` })
    try {
      await socket.until(m => m.type === 'hello')
      socket.send({ type: 'call.dial', id: '1', to, sdp: offer, idempotency_key: crypto.randomUUID() })
      const reply = await socket.until(m => m.type === 'reply' && m.id === '1')
      if (!reply.ok) return { error: reply.error, message: reply.message }
      const state = () => socket.said.map(text => JSON.parse(text)).filter(m => m.type === 'call.changed' && m.call.id === reply.call_id).at(-1)?.call
      await this.until(`what becomes of the call to ${to}`, async () => state()?.ended_at || await enough(state()), 60)
      if (!state()?.ended_at) socket.send({ type: 'call.hangup', id: '2', call_id: reply.call_id })
      await this.until('the end of the call', () => state()?.ended_at, 60)
      return state()
    } finally { socket.close() }
  }
}
