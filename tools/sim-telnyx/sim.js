// A Telnyx: one account, its legs, and the three ports by which it is reached.
import { Clock } from '../sim-lib/media/index.js'
import { Faults } from '../sim-lib/http/faults.js'
import { Hooks } from '../sim-lib/http/hooks.js'
import { Numbers, isE164 } from '../sim-lib/pstn/numbers.js'
import { Account } from './account.js'
import { ApiError } from './errors.js'
import { Dialer } from './dialer.js'
import { Leg } from './leg.js'
import { Signer } from './signature.js'
import { Tokens } from './jwt.js'
import { apiServer } from './api/index.js'
import { controlPort } from './control.js'
import { Rtc } from './rtc/rtc.js'
import { rtcServer } from './rtc/server.js'

const MEDIA_TTL_MS = 600_000

export class TelnyxSim {
  constructor({ account, seed, rewrite = [], log = () => {} }) {
    this.account = new Account(account)
    this.log = log
    this.signer = new Signer(seed)
    this.tokens = new Tokens()
    this.clock = new Clock()
    this.numbers = new Numbers()
    this.faults = new Faults()
    this.hooks = new Hooks({ rewrite })
    this.legs = new Map()
    this.recordings = new Map()
    this.tickets = new Map()
    this.mediaTtlMs = MEDIA_TTL_MS
    this.notes = []
    this.dialer = new Dialer(this)
    this.rtc = new Rtc(this)
  }

  // ports: { api, rtc, control }, 0 for any free one
  async listen(ports = {}, host = '127.0.0.1') {
    this.api = apiServer(this)
    this.signalling = rtcServer(this)
    this.control = controlPort(this)
    this.ports = {
      api: await this.api.listen(ports.api ?? 0, host),
      rtc: await this.signalling.listen(ports.rtc ?? 0, host),
      control: await this.control.listen(ports.control ?? 0, host),
    }
    this.publicBase = `http://${host}:${this.ports.api}`
    return this.ports
  }

  async close() {
    this.hooks.stop()
    for (const leg of this.legs.values()) leg.end('failed')
    this.rtc.close()
    await Promise.all([this.api.close(), this.signalling.close(), this.control.close()])
  }

  // A phone of the simulated network calls a number: its connection hears of it and must act.
  comeIn({ from, to, plan, callerName }) {
    const number = this.account.numberOf(to)
    if (!number) throw new Error(`${to} is no number of the account; it has ${[...this.account.numbers.values()].map(n => n.phoneNumber).join(', ')}`)
    const connection = number.connectionId && this.account.connection(number.connectionId)
    if (!connection) throw new Error(`${to} is assigned to no connection`)
    const leg = new Leg(this, { connection, direction: 'incoming', from, to, parked: true, displayName: callerName })
    this.dialer.comeIn(leg, plan)
    return leg
  }

  // Whom to ring and by what number: a phone is shown a number of the account, a browser anything.
  checkDestination(to, from) {
    const browser = /^sip:[A-Za-z0-9]+@sip\.telnyx\.com$/.test(to)
    if (!browser && !isE164(to)) throw new ApiError(10016, `to: '${to}' is neither a number like +14155550103 nor a SIP address of a credential`, '/to')
    if (!browser && !this.account.numberOf(from)) throw new ApiError(10015, `from: ${from} is no number of this account (D35)`, '/from')
  }

  note(leg, what, text) {
    this.notes.push({ call: leg.id, what, text })
  }
}
