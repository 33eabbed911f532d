// A browser as the line of a call: its media, and the messages about this call. The reconnect token of a call is its SID.
import { Peer } from '../../sim-lib/rtc/peer.js'

const ERROR_OF = { busy: [31486, 'Busy Here'], 'no-answer': [31603, 'Decline'], failed: [31005, 'The call failed'] }

export class ClientLine {
  static async answering(session, call, offer) {
    const line = new ClientLine(session, call, 'out')
    await line.#open()
    line.answerSdp = line.peer.answer(offer)
    return line
  }

  static async offering(session, call) {
    const line = new ClientLine(session, call, 'in')
    await line.#open()
    return line
  }

  constructor(session, call, direction) {
    Object.assign(this, { session, call, direction })
    this.answered = false
    this.onDigits = () => {}
  }

  async #open() {
    this.peer = await Peer.open({
      onGone: () => { if (this.answered) this.call.end('completed', { sipCode: 480 }) },
      onDigits: key => this.onDigits(key),
    })
  }

  sendAnswer() {
    this.answered = true
    this.session.send('answer', { callsid: this.call.sid, sdp: this.answerSdp, reconnect: this.call.sid })
  }

  pull() {
    return this.peer.pull()
  }

  push(frame) {
    this.peer.push(frame)
  }

  // The call ended elsewhere.
  release(status) {
    const callsid = this.call.sid
    if (this.direction === 'in' && !this.answered) return this.session.send('cancel', { callsid })
    const [code, message] = (!this.answered && ERROR_OF[status]) || []
    this.session.send('hangup', { callsid, ...(code ? { error: { code, message } } : {}) })
  }

  close() {
    this.peer.close()
  }

  report() {
    return { identity: this.session.identity, answered: this.answered, ...this.peer.report() }
  }
}
