// Legs that go out: to a simulated phone, or by SIP address to a browser.
import { Party } from '../sim-lib/pstn/party.js'

export class Dialer {
  constructor(sim) {
    this.sim = sim
  }

  // early(): the far side plays before it answers
  ring(leg, { timeout = 30, timeLimit = 0, early = () => {} } = {}) {
    const timer = setTimeout(() => { if (leg.state !== 'answered') leg.end('timeout', { source: 'callee' }) }, timeout * 1000)
    const settled = () => clearTimeout(timer)
    leg.answered.promise.then(yes => {
      settled()
      if (yes && timeLimit) leg.limit(timeLimit)
    })
    leg.initiated()
    if (leg.to.startsWith('sip:')) this.sim.rtc.ring(leg)
    else this.#phone(leg, early)
  }

  #phone(leg, early) {
    const party = new Party({ number: leg.to, plan: this.sim.numbers.plan(leg.to) })
    leg.attach(party)
    leg.state = 'ringing'
    party.ring({
      ringing: plays => { if (plays) early() },
      answered: () => leg.answer(),
      ended: cause => leg.end(cause, { source: 'callee', tellLine: false }),
    })
  }

  comeIn(leg, plan) {
    const party = new Party({ number: leg.from, plan })
    leg.attach(party)
    party.state = leg.state = 'ringing'
    party.on = { ringing() {}, answered() {}, ended: () => leg.end(leg.state === 'answered' ? 'completed' : 'canceled', { source: 'caller', tellLine: false }) }
    leg.initiated()
  }
}
