// One connection of a voice SDK (PStream 1.6): JSON messages { type, payload }, and a newline as heartbeat.
import { checkToken } from '../token.js'
import { handlers } from './handlers.js'

const HEARTBEAT_MS = 5_000
const VERSION = '1.6'

export class Session {
  constructor(sim, ws) {
    Object.assign(this, { sim, ws })
    this.identity = null
    this.grant = null
    this.registered = false
    this.expiry = null
    this.heard = [] // types of messages, for tests
    sim.signal.sessions.add(this)
    this.heartbeat = setInterval(() => this.#write('\n'), HEARTBEAT_MS)
    ws.on('message', data => this.#message(data.toString('utf8')))
    ws.on('close', () => this.#closed())
    ws.on('error', () => {})
  }

  send(type, payload = {}) {
    this.#write(JSON.stringify({ type, payload, version: VERSION }))
  }

  fail(code, message, callsid) {
    this.send('error', { error: { code, message }, ...(callsid ? { callsid } : {}) })
  }

  // Also a fresh token in a living session: the client learns its new end.
  listen(token) {
    const { account } = this.sim
    const { identity, ttl: left, grant } = checkToken(token, { accountSid: account.sid, secretOf: sid => account.secretOf(sid), region: account.region })
    const ttl = Math.min(left, account.tokenLife)
    Object.assign(this, { identity, grant })
    clearTimeout(this.expiry)
    this.expiry = setTimeout(() => this.expire(), ttl * 1000)
    this.send('connected', { edge: 'ashburn', region: 'US_EAST_VIRGINIA', gateway: 'sim', token: { identity, ttl } })
  }

  // Live calls go on, new ones and registration do not.
  expire() {
    this.registered = false
    this.grant = null
    this.fail(31205, 'JWT token expired')
  }

  drop() {
    this.ws.terminate()
  }

  #write(text) {
    if (this.ws.readyState === 1) this.ws.send(text)
  }

  async #message(text) {
    if (text === '\n') return
    let message
    try {
      message = JSON.parse(text)
    } catch {
      return this.fail(31100, 'Malformed request: no JSON')
    }
    const handler = Object.hasOwn(handlers, message?.type ?? '') ? handlers[message.type] : null
    this.heard.push(message?.type)
    if (!handler) return this.fail(31100, `Malformed request: unknown type '${message?.type}'`)
    try {
      await handler(this, message.payload ?? {})
    } catch (error) {
      if (error.code === undefined && !error.refusal) this.sim.log(`signal ${message.type}: ${error.stack}`)
      this.fail(error.code ?? 31000, error.message, message.payload?.callsid)
    }
  }

  #closed() {
    clearInterval(this.heartbeat)
    clearTimeout(this.expiry)
    this.registered = false
    this.sim.signal.sessions.delete(this)
  }
}
