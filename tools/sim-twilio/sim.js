// A Twilio: one account, its calls, and the four ports by which it is reached.
import { Clock } from '../sim-lib/media/index.js'
import { Faults } from '../sim-lib/http/faults.js'
import { Hooks } from '../sim-lib/http/hooks.js'
import { Numbers, isE164 } from '../sim-lib/pstn/numbers.js'
import { Account } from './account.js'
import { Call } from './call.js'
import { Conference } from './conference.js'
import { Dialer } from './dialer.js'
import { CallQueue } from './queue.js'
import { Program } from './twiml/program.js'
import { Recording } from './recording.js'
import { apiServer } from './api/index.js'
import { callbackFields } from './api/fields.js'
import { signalServer } from './signal/server.js'
import { Signal } from './signal/signal.js'
import { controlPort } from './control.js'

export class TwilioSim {
  constructor({ account, tls, rewrite = [], cps = 0, log = () => {} }) {
    this.account = new Account(account)
    this.tls = tls
    this.log = log
    this.clock = new Clock()
    this.numbers = new Numbers()
    this.faults = new Faults()
    this.hooks = new Hooks({ rewrite })
    this.calls = new Map()
    this.conferences = new Map()
    this.recordings = new Map()
    this.errors = [] // what an application did wrong, as in Twilio's debugger
    this.notes = [] // what was said and played to whom
    this.dialer = new Dialer(this)
    this.queue = new CallQueue(cps)
    this.signal = new Signal(this)
  }

  // ports: { api, signal, control }, 0 for any free one
  async listen(ports = {}, host = '127.0.0.1') {
    this.api = apiServer(this)
    this.signalling = signalServer(this, this.tls)
    this.control = controlPort(this)
    this.ports = {
      api: await this.api.listen(ports.api ?? 0, host),
      signal: await this.signalling.listen(ports.signal ?? 0, host),
      control: await this.control.listen(ports.control ?? 0, host),
    }
    this.publicBase = `http://${host}:${this.ports.api}`
    return this.ports
  }

  async close() {
    this.hooks.stop()
    this.queue.clear()
    for (const call of this.calls.values()) call.end('failed')
    this.signal.close()
    await Promise.all([this.api.close(), this.signalling.close(), this.control.close()])
  }

  // A POST to /Calls: the call waits its turn, rings, and runs its instructions once it is answered.
  dialOut(call, source, { timeout, timeLimit }) {
    call.queueTime = this.queue.push(() => {
      if (!call.live) return
      this.dialer.ring(call, { timeout: timeout * 1000 })
      call.answered.promise.then(yes => {
        if (!yes) return
        if (timeLimit) call.limit(timeLimit)
        call.onAnswer?.()
        if (source) Program.start(this, call, source)
      })
    })
  }

  // A phone of the simulated network calls a number of the account.
  comeIn({ from, to, plan, forwardedFrom = null, callerName = null }) {
    const number = this.account.numberOf(to)
    if (!number) throw new Error(`${to} is no number of the account; it has ${[...this.account.numbers.values()].map(n => n.phoneNumber).join(', ')}`)
    const handler = this.account.handlerOfNumber(number)
    const call = new Call(this, { from, to, direction: 'inbound', callback: handler.callback, applicationSid: handler.applicationSid, forwardedFrom, callerName })
    this.dialer.comeIn(call, plan)
    this.instruct(call, handler)
    return call
  }

  // A call that came in asks its handler what to do.
  instruct(call, handler) {
    if (!handler.url) {
      this.applicationError(call, 11100, 'the number or application has no voice URL', '')
      return call.end('failed', { sipCode: 500 })
    }
    Program.start(this, call, handler)
  }

  redirect(call, source) {
    call.taken = true
    call.redirected.resolve()
    Program.start(this, call, source)
  }

  conferenceNamed(name, settings) {
    const live = [...this.conferences.values()].find(c => c.live && (c.name === name || c.sid === name))
    return live ?? new Conference(this, name, settings)
  }

  // fields: those of a request that asks for a recording
  record(call, { source, fields, onCall = false }) {
    return new Recording(this, { call, source, onCall, dual: fields.RecordingChannels === 'dual', track: fields.RecordingTrack,
      callback: callbackFields(fields, 'RecordingStatusCallback', ['completed']) })
  }

  // A caller id that the account may show to a phone.
  mayShow(from) {
    return isE164(from) && this.account.numberOf(from) !== null
  }

  callEnded(call) {
    this.signal.callEnded(call)
  }

  applicationError(call, code, message, url) {
    this.errors.push({ code, message, url, call: call.sid, at: new Date().toISOString() })
  }

  note(call, what, text) {
    this.notes.push({ call: call.sid, what, text })
  }
}
