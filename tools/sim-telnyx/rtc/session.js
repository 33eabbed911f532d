// One connection of a browser SDK: JSON-RPC 2.0 in both directions.
import { uuid } from '../ids.js'
import { fail, methods } from './methods.js'

const PING_MS = 25_000

export class Session {
  constructor(sim, ws) {
    Object.assign(this, { sim, ws })
    this.id = uuid()
    this.identity = null
    this.expiry = null
    this.nextId = 1
    this.heard = [] // methods, for tests
    sim.rtc.sessions.add(this)
    this.ping = setInterval(() => this.request('telnyx_rtc.ping', {}), PING_MS)
    ws.on('message', data => this.#message(data.toString('utf8')))
    ws.on('close', () => this.#closed())
    ws.on('error', () => {})
  }

  request(method, params) {
    this.#write({ id: this.nextId++, method, params, voice_sdk_id: this.voiceSdkId })
  }

  get voiceSdkId() {
    return `VSDK${this.id}`
  }

  drop() {
    this.ws.terminate()
  }

  // Forced out, as when the same user logs in too often.
  punt() {
    this.request('telnyx_rtc.punt', {})
  }

  #write(message) {
    if (this.ws.readyState === 1) this.ws.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  }

  async #message(text) {
    let message
    try {
      message = JSON.parse(text)
    } catch {
      return this.#write({ id: null, error: { code: -32700, message: 'Parse error' } })
    }
    if (message === null || typeof message !== 'object' || typeof message.method !== 'string') return // an answer to a request of ours
    this.heard.push(message.method)
    const method = Object.hasOwn(methods, message.method) ? methods[message.method] : null
    try {
      if (!method) fail(-32601, `Method not found: ${message.method}`)
      if (!this.identity && message.method !== 'login') fail(-32000, 'Authentication Required')
      this.#write({ id: message.id, result: await method(this, message.params ?? {}) })
      method.after?.(this, message.params ?? {})
    } catch (error) {
      if (error.code === undefined && !error.refusal) this.sim.log(`rtc ${message.method}: ${error.stack}`)
      this.#write({ id: message.id, error: { code: error.code ?? -32603, message: error.message } })
    }
  }

  #closed() {
    clearInterval(this.ping)
    clearTimeout(this.expiry)
    this.sim.rtc.sessions.delete(this)
  }
}
