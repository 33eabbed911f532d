// A phone on the simulated network: it rings, answers, plays, echoes, refuses. A port of a room, so it also hears, and keeps
// what it heard.
import { Ear } from '../media/ear.js'
import { silence, speech, tone } from '../media/sound.js'

const ECHO_FRAMES = 5 // 100 ms later, so that an echo is not the line itself

export class Party {
  constructor({ number, plan }) {
    Object.assign(this, { number, plan })
    this.state = 'idle' // idle, ringing, answered, ended
    this.ear = new Ear()
    this.received = '' // keys that came
    this.echo = []
    this.held = false
    this.timers = []
    this.onDigits = () => {}
    this.source = makeSound(plan)
  }

  // A call comes to this phone. on: { ringing(early), answered(), ended(cause) }
  ring(on) {
    this.on = on
    if (this.plan.refuse) return this.#later(Math.min(this.plan.ring_ms, 200), () => this.#end(this.plan.refuse))
    this.state = 'ringing'
    on.ringing(Boolean(this.plan.early))
    if (this.plan.ring_ms !== Infinity) this.#later(this.plan.ring_ms, () => this.answer())
  }

  // This phone called in and the other side answered, or it picks up.
  answer() {
    if (this.state === 'answered' || this.state === 'ended') return
    this.state = 'answered'
    this.on?.answered()
    if (this.plan.hangup_ms) this.#later(this.plan.hangup_ms, () => this.hangup())
    if (this.plan.hold_ms) {
      this.#later(this.plan.hold_ms, () => { this.held = true })
      this.#later(this.plan.hold_ms * 2, () => { this.held = false })
    }
  }

  hangup() {
    this.#end('completed')
  }

  // The network took the call away: no word back.
  release() {
    this.on = null
    this.#end('released')
  }

  press(digits) {
    this.onDigits(digits)
  }

  #later(ms, action) {
    this.timers.push(setTimeout(action, ms))
  }

  #end(cause) {
    if (this.state === 'ended') return
    this.state = 'ended'
    this.timers.forEach(clearTimeout)
    this.on?.ended(cause)
  }

  // early media is heard before the answer
  pull() {
    const speaks = this.state === 'answered' || (this.state === 'ringing' && this.plan.early)
    if (!speaks || this.held) return null
    return this.plan.sound === 'echo' ? this.echo.shift() ?? null : this.source()
  }

  push(frame) {
    if (this.state !== 'answered') return
    this.ear.hear(frame)
    if (this.plan.sound !== 'echo') return
    if (this.echo.length === 0) this.echo.push(...Array(ECHO_FRAMES).fill(null))
    this.echo.push(frame)
  }

  digits(text) {
    this.received += text
  }

  report() {
    return { kind: this.plan.kind, number: this.number, state: this.state, dtmf: this.received, heard: this.ear.report() }
  }
}

function makeSound({ sound, hz = 1000 }) {
  if (sound === 'tone') return tone(hz)
  if (sound === 'speech') return speech('A few sentences that nobody can understand, since they are only a tone.')
  return silence()
}
