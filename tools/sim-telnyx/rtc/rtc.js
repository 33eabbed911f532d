// All browsers: who is logged in, which rings for which leg.
import { uuid } from '../ids.js'
import { Leg } from '../leg.js'
import { WebLine } from './line.js'

export class Rtc {
  constructor(sim) {
    this.sim = sim
    this.sessions = new Set()
    this.lines = new Map() // call id of the SDK -> line
    this.offers = new Map() // ringing legs -> their lines
    this.state = 'REGED'
  }

  lineOf(callID) {
    return this.lines.get(callID) ?? null
  }

  gatewayState(session) {
    return session.tokenUntil <= Date.now() / 1000 ? 'EXPIRED' : this.state
  }

  // Calls of the session that are up are named; on a new socket each is offered a new path.
  loggedIn(session) {
    const own = [...this.lines.values()].filter(line => line.leg.state === 'answered' && line.session.id === session.id)
    session.request('telnyx_rtc.clientReady', { reattached_sessions: own.map(line => line.callID) })
    for (const line of own) if (line.session !== session) line.attachTo(session)
  }

  // A browser placed a call: parked for the application, or dialled right away.
  placed(line) {
    const { leg, session } = line
    leg.initiated()
    session.request('telnyx_rtc.ringing', line.ids())
    if (!leg.parked) this.#dial(leg)
  }

  #dial(leg) {
    try {
      this.sim.checkDestination(leg.to, leg.from)
    } catch {
      return leg.end('declined', { source: 'callee' })
    }
    const far = new Leg(this.sim, { connection: leg.connection, direction: 'outgoing', from: leg.from, to: leg.to, sessionId: leg.sessionId, displayName: leg.displayName })
    leg.over.promise.then(() => { if (far.state !== 'answered') far.end('canceled', { source: 'caller' }) })
    far.over.promise.then(() => { if (leg.state !== 'answered') leg.end(far.cause, { source: 'callee' }) })
    far.answered.promise.then(yes => {
      if (!yes || !leg.live) return
      leg.answer()
      leg.bridgeWith(far)
    })
    this.sim.dialer.ring(far, { early: () => this.#earlyMedia(leg, far) })
  }

  // The browser hears what the far side plays before it answers.
  #earlyMedia(leg, far) {
    leg.line.sendEarly()
    leg.stage.enter(far.stage.home)
  }

  // Rings every browser of a credential, or the one that logged in last when its connection does not let them ring together;
  // nobody there is not found.
  async ring(leg) {
    const user = leg.to.slice('sip:'.length).split('@')[0]
    const all = [...this.sessions].filter(s => s.identity?.username === user && s.tokenUntil > Date.now() / 1000)
    const sessions = all[0]?.identity.connection.inbound.simultaneous_ringing === 'enabled' ? all : all.slice(-1)
    const lines = await Promise.all(sessions.map(session => WebLine.offering(session, leg, uuid())))
    if (!leg.live || lines.length === 0) {
      lines.forEach(line => line.close())
      return leg.end('unknown', { source: 'callee' })
    }
    this.offers.set(leg, lines)
    leg.state = 'ringing'
    lines.forEach(line => line.sendInvite())
  }

  // The first that answers has the call.
  accepted(session, line, sdp) {
    const { leg } = line
    line.peer.accept(sdp)
    for (const other of this.offers.get(leg) ?? []) if (other !== line) withdraw(other)
    this.offers.delete(leg)
    line.answered = true
    leg.attach(line)
    leg.answer()
  }

  // A browser hung up or declined; when all declined the leg is over.
  left(session, line, { causeCode, dialogParams }) {
    const { leg } = line
    const lines = this.offers.get(leg)
    if (!lines) return leg.end(leg.state === 'answered' ? 'completed' : 'canceled', { source: line.direction === 'out' ? 'caller' : 'callee', tellLine: false })
    const left = lines.filter(other => other !== line)
    line.close()
    this.offers.set(leg, left)
    if (left.length === 0) leg.end((causeCode ?? dialogParams?.causeCode) === 17 ? 'busy' : 'declined', { source: 'callee' })
  }

  legEnded(leg) {
    for (const line of this.offers.get(leg) ?? []) withdraw(line)
    this.offers.delete(leg)
  }

  close() {
    for (const session of this.sessions) session.drop()
  }
}

function withdraw(line) {
  line.release({ word: 'originator_cancel', sip: '487', number: 16 })
  line.close()
}
