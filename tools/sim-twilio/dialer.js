// Calls that go out: to a simulated phone or to a browser that is registered.
import { Party } from '../sim-lib/pstn/party.js'
import { SIP_CODES } from '../sim-lib/pstn/numbers.js'

const STATUS_OF = { busy: 'busy', unknown: 'failed', unavailable: 'failed', declined: 'busy', no_answer: 'no-answer', completed: 'completed' }

export class Dialer {
  constructor(sim) {
    this.sim = sim
  }

  // early(): the far side plays before it answers. The rest is the call's own: answered, over.
  ring(call, { timeout = 60_000, early = () => {} } = {}) {
    call.initiated()
    const timer = setTimeout(() => {
      if (call.status !== 'in-progress') call.end('no-answer', { sipCode: 487 })
    }, timeout)
    call.over.promise.then(() => clearTimeout(timer))
    call.answered.promise.then(() => clearTimeout(timer))
    if (call.to.startsWith('client:')) this.sim.signal.ring(call)
    else this.#phone(call, early)
  }

  #phone(call, early) {
    const party = new Party({ number: call.to, plan: this.sim.numbers.plan(call.to) })
    call.attach(party)
    party.ring({
      ringing: plays => {
        call.setStatus('ringing')
        if (plays) early()
      },
      answered: () => call.setStatus('in-progress'),
      ended: cause => call.end(STATUS_OF[cause], { sipCode: SIP_CODES[cause], tellLine: false }),
    })
  }

  // A simulated phone calls a number of the account. Throws with a sentence when nobody would hear it.
  comeIn(call, plan) {
    const party = new Party({ number: call.from, plan })
    call.attach(party)
    party.state = 'ringing'
    party.on = { ringing() {}, answered() {}, ended: () => call.end('completed', { tellLine: false }) }
    call.setStatus('ringing')
    return party
  }
}
