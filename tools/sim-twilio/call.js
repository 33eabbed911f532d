// One call leg as Twilio counts it: its status, who is at the other end, what is told about it.
import { Stage } from '../sim-lib/media/index.js'
import { Deferred } from '../sim-lib/wait.js'
import { sid } from './ids.js'
import { tellStatus } from './callbacks.js'

export const TERMINAL = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled'])
const EVENT_OF = { initiated: 'initiated', ringing: 'ringing', 'in-progress': 'answered' }

export class Call {
  constructor(sim, { from, to, direction, parent = null, callback = null, applicationSid = null, forwardedFrom = null, callerName = null, customParams = '', extra = {} }) {
    Object.assign(this, { sim, from, to, direction, parent, callback, applicationSid, forwardedFrom, callerName, customParams, extra })
    this.sid = sid('CA')
    this.status = 'queued'
    this.sequence = 0
    this.created = new Date()
    this.started = null // when it was answered
    this.ended = null
    this.queueTime = 0
    this.sipCode = null
    this.line = null
    this.stage = null
    this.conference = null
    this.program = null
    this.recordings = []
    this.answered = new Deferred()
    this.over = new Deferred()
    this.redirected = new Deferred() // its instructions were changed from outside
    this.taken = false
    this.answeredBy = null
    this.dialled = false // a <Dial> runs
    sim.calls.set(this.sid, this)
  }

  get live() {
    return !TERMINAL.has(this.status)
  }

  get seconds() {
    if (!this.ended) return null
    return this.started ? Math.round((this.ended - this.started) / 1000) : 0
  }

  attach(line, pickUp = null) {
    this.line = line
    this.pickUpLine = pickUp
    this.stage = new Stage(this.sim.clock, line)
  }

  setStatus(status) {
    if (!this.live || this.status === status) return
    this.status = status
    if (status === 'ringing') this.onRinging?.()
    if (status === 'in-progress') {
      this.started = new Date()
      this.answered.resolve(true)
    }
    tellStatus(this, TERMINAL.has(status) ? 'completed' : EVENT_OF[status])
  }

  // initiated is no status of the resource, only of its callback: the resource says queued or ringing then
  initiated() {
    tellStatus(this, 'initiated')
  }

  // A call that came in is answered by what its instructions do.
  pickUp() {
    if (this.status === 'in-progress' || !this.live) return
    this.pickUpLine?.()
    this.setStatus('in-progress')
    if (this.line.plan) this.line.answer()
  }

  limit(seconds) {
    clearTimeout(this.limitTimer)
    this.limitTimer = setTimeout(() => this.end('completed'), seconds * 1000)
    this.limitTimer.unref()
  }

  // The end from whatever side; the first word counts.
  end(status, { sipCode = null, tellLine = true } = {}) {
    if (!this.live) return
    this.ended = new Date()
    this.sipCode = sipCode
    clearTimeout(this.limitTimer)
    this.program?.stop()
    this.conference?.leave(this)
    for (const recording of this.recordings) if (recording.live) recording.stop()
    this.stage?.close()
    if (tellLine) this.line?.release?.(status)
    this.line?.close?.()
    this.setStatus(status)
    this.answered.resolve(false)
    this.over.resolve(status)
    this.sim.callEnded(this)
  }

  // What a REST client or an instruction asks: completed while it is up, canceled before.
  hangup() {
    this.end(this.status === 'in-progress' || this.direction === 'inbound' ? 'completed' : 'canceled', { sipCode: this.status === 'in-progress' ? 200 : 487 })
  }
}
