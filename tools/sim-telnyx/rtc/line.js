// A browser as the line of a leg: its media, and the messages about this call.
import { Peer } from '../../sim-lib/rtc/peer.js'

export class WebLine {
  static async answering(session, leg, callID, offer) {
    const line = new WebLine(session, leg, callID, 'out')
    line.peer = await line.open()
    line.answerSdp = line.peer.answer(offer)
    return line
  }

  static async offering(session, leg, callID) {
    const line = new WebLine(session, leg, callID, 'in')
    line.peer = await line.open()
    return line
  }

  constructor(session, leg, callID, direction) {
    Object.assign(this, { session, leg, callID, direction })
    this.answered = false
    this.early = false
    this.held = false
    this.onDigits = () => {}
    session.sim.rtc.lines.set(callID, this)
  }

  open() {
    const peer = Peer.open({
      onGone: async () => { if (this.answered && this.peer === (await peer)) this.leg.end('completed', { source: 'unknown' }) },
      onDigits: key => this.onDigits(key),
    })
    return peer
  }

  ids() {
    const { leg, callID } = this
    return { callID, telnyx_call_control_id: leg.id, telnyx_session_id: leg.sessionId, telnyx_leg_id: leg.legId }
  }

  sendEarly() {
    if (this.early || this.answered) return
    this.early = true
    this.session.request('telnyx_rtc.media', { callID: this.callID, sdp: this.answerSdp })
  }

  sendAnswer() {
    this.answered = true
    this.session.request('telnyx_rtc.answer', { ...this.ids(), sdp: this.answerSdp })
  }

  sendInvite(method = 'telnyx_rtc.invite') {
    const { leg } = this
    this.session.request(method, { ...this.ids(), sdp: this.peer.offer(), caller_id_name: leg.displayName ?? leg.from, caller_id_number: leg.from, callee_id_name: '',
      callee_id_number: this.session.identity.username, ...(leg.clientState ? { client_state: leg.clientState } : {}), dialogParams: { custom_headers: leg.headers } })
  }

  // The browser came back on another socket: a new path, the same call.
  async attachTo(session) {
    this.session = session
    const old = this.peer
    this.peer = await this.open()
    this.sendInvite('telnyx_rtc.attach')
    old.close()
  }

  reattached(sdp) {
    this.peer.accept(sdp)
  }

  pull() {
    return this.peer.pull()
  }

  push(frame) {
    this.peer.push(frame)
  }

  release({ word, sip, number }) {
    this.session.request('telnyx_rtc.bye', { callID: this.callID, cause: word.toUpperCase(), causeCode: number, sipCode: Number(sip), sipReason: word.replaceAll('_', ' '),
      ...(this.leg.clientState ? { client_state: this.leg.clientState } : {}) })
  }

  close() {
    this.session.sim.rtc.lines.delete(this.callID)
    this.peer.close()
  }

  report() {
    return { user: this.session.identity?.username, call_id: this.callID, answered: this.answered, held: this.held, ...this.peer.report() }
  }
}
