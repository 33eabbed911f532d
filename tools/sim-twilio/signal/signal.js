// All browsers: who is registered, which rings for which call.
import { ClientLine } from './line.js'

export class Signal {
  constructor(sim) {
    this.sim = sim
    this.sessions = new Set()
    this.calls = new Map() // the SDK's own id of an outgoing call, until it learned ours
    this.offers = new Map() // ringing calls: call -> lines
  }

  registered(identity) {
    return [...this.sessions].filter(session => session.registered && session.identity === identity)
  }

  callOf(callsid) {
    const call = this.sim.calls.get(callsid) ?? this.calls.get(callsid)
    return call?.live && call.line instanceof ClientLine ? call : null
  }

  // Rings every browser of an identity; nobody there is no answer.
  async ring(call) {
    const identity = call.to.slice('client:'.length)
    const lines = await Promise.all(this.registered(identity).map(session => ClientLine.offering(session, call)))
    if (!call.live || lines.length === 0) {
      lines.forEach(line => line.close())
      return call.end('no-answer', { sipCode: 480 })
    }
    this.offers.set(call, lines)
    for (const line of lines) {
      line.session.send('invite', { callsid: call.sid, sdp: line.peer.offer(), reconnect: call.sid, parameters: {
        CallSid: call.sid, From: call.from, To: call.to, AccountSid: this.sim.account.sid, ...(call.customParams ? { Params: call.customParams } : {}) } })
    }
    call.setStatus('ringing')
  }

  offerOf(session, callsid) {
    const call = this.sim.calls.get(callsid)
    return this.offers.get(call)?.find(line => line.session === session)
  }

  // The first that answers has the call.
  accepted(line, sdp) {
    const { call } = line
    line.peer.accept(sdp)
    for (const other of this.offers.get(call)) if (other !== line) this.#withdraw(other)
    this.offers.delete(call)
    line.answered = true
    call.attach(line)
    call.setStatus('in-progress')
    line.session.send('answer', { callsid: call.sid, reconnect: call.sid })
  }

  // When all have declined the call is busy.
  declined(session, callsid) {
    const call = this.sim.calls.get(callsid)
    const lines = this.offers.get(call)
    if (!lines) return
    const left = lines.filter(line => line.session !== session)
    lines.filter(line => line.session === session).forEach(line => line.close())
    this.offers.set(call, left)
    if (left.length === 0) call.end('busy', { sipCode: 603 })
  }

  callEnded(call) {
    for (const line of this.offers.get(call) ?? []) this.#withdraw(line)
    this.offers.delete(call)
    if (call.line?.outboundId) this.calls.delete(call.line.outboundId)
  }

  #withdraw(line) {
    line.release()
    line.close()
  }

  close() {
    for (const session of this.sessions) session.drop()
  }
}
