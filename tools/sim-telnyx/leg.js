// One call leg: who is at its end, where its audio is, how it ends.
import { Room, Stage, music } from '../sim-lib/media/index.js'
import { Deferred } from '../sim-lib/wait.js'
import { callControlId, iso, uuid } from './ids.js'
import { tell } from './events.js'

// Words of the webhook and numbers of SIP and Q.850 by what happened.
const CAUSES = {
  completed: ['normal_clearing', '200', 16], busy: ['user_busy', '486', 17], unknown: ['not_found', '404', 1], unavailable: ['unspecified', '503', 41],
  declined: ['call_rejected', '603', 21], timeout: ['timeout', '487', 18], time_limit: ['time_limit', '200', 16], canceled: ['originator_cancel', '487', 16],
  failed: ['unspecified', '500', 41],
}

export class Leg {
  // direction as the webhook says: incoming or outgoing
  constructor(sim, { connection, direction, from, to, sessionId = uuid(), clientState = null, webhooks = {}, parked = false, displayName = null, headers = [] }) {
    Object.assign(this, { sim, connection, direction, from, to, sessionId, clientState, webhooks, parked, displayName, headers })
    this.id = callControlId()
    this.legId = uuid()
    this.state = 'new' // new, ringing, answered, ended
    this.created = new Date()
    this.answeredAt = null
    this.endedAt = null
    this.line = null
    this.stage = null
    this.bridge = null // { room, other }
    this.keepAfterUnbridge = false
    this.playing = null
    this.recordings = []
    this.answered = new Deferred()
    this.over = new Deferred()
    sim.legs.set(this.id, this)
  }

  get live() {
    return this.state !== 'ended'
  }

  tell(type, extra) {
    tell(this, type, extra)
  }

  initiated() {
    this.tell('call.initiated', { direction: this.direction, state: this.parked ? 'parked' : 'bridging', start_time: iso(this.created),
      caller_id_name: this.displayName ?? this.from, custom_headers: this.headers, offered_codecs: 'PCMU', tags: [] })
  }

  attach(line, pickUp = null) {
    this.line = line
    this.pickUpLine = pickUp
    this.stage = new Stage(this.sim.clock, line)
    this.stage.digitListeners.add(text => { for (const digit of text) this.tell('call.dtmf.received', { digit }) })
  }

  // The far end answered, or a command answered for a leg that came in.
  answer() {
    if (this.state === 'answered' || !this.live) return
    this.pickUpLine?.()
    if (this.line.plan) this.line.answer()
    this.state = 'answered'
    this.answeredAt = new Date()
    this.tell('call.answered', { state: 'answered', start_time: iso(this.created), custom_headers: this.headers })
    this.answered.resolve(true)
  }

  limit(seconds) {
    this.limitTimer = setTimeout(() => this.end('time_limit'), seconds * 1000)
    this.limitTimer.unref()
  }

  // source: 'caller' or 'callee', who ended it
  end(cause, { source = 'unknown', tellLine = true } = {}) {
    if (!this.live) return
    const [word, sip, number] = CAUSES[cause]
    const other = this.unbridge()
    this.cause = cause
    this.state = 'ended'
    this.endedAt = new Date()
    clearTimeout(this.limitTimer)
    this.playing?.abort('call_hangup')
    for (const recording of this.recordings) recording.stop()
    this.stage?.close()
    if (tellLine) this.line?.release?.({ word, sip, number })
    this.line?.close?.()
    this.tell('call.hangup', { hangup_cause: word, hangup_source: source, sip_hangup_cause: sip, start_time: iso(this.created), end_time: iso(this.endedAt),
      state: 'hangup', call_quality_stats: null, custom_headers: [] })
    this.answered.resolve(false)
    this.over.resolve(word)
    this.sim.rtc.legEnded(this)
    if (other?.live && !other.keepAfterUnbridge) other.end('completed', { source: 'unknown' })
  }

  bridgeWith(other) {
    this.unbridge()
    other.unbridge()
    for (const leg of [this, other]) leg.playing?.abort('cancelled')
    const room = new Room(this.sim.clock)
    Object.assign(this, { bridge: { room, other } })
    Object.assign(other, { bridge: { room, other: this } })
    for (const leg of [this, other]) leg.stage.enter(room)
    for (const leg of [this, other]) leg.tell('call.bridged')
  }

  // Apart again; gives the leg that was at the other side.
  unbridge() {
    if (!this.bridge) return null
    const { room, other } = this.bridge
    for (const leg of [this, other]) {
      leg.bridge = null
      if (leg.live && leg.stage.room === room) leg.stage.goHome()
    }
    room.close()
    return other
  }

  // The browser holds: its own audio is out of the bridge, the other side hears music.
  hold(on) {
    if (this.bridge) {
      const { room } = this.bridge
      if (on && !this.music) {
        this.stage.goHome()
        this.music = { pull: music(), push() {} }
        room.join(this.music)
      } else if (!on && this.music) {
        room.leave(this.music)
        this.music = null
        this.stage.enter(room)
      }
    }
    this.tell(on ? 'call.hold' : 'call.unhold')
  }

  // Plays to this leg alone; resolves to a status word of the webhook.
  async play(source, control) {
    this.playing?.abort('cancelled')
    this.playing = control
    const back = this.bridge?.room ?? null
    const whole = await this.stage.play(source, control.signal)
    if (this.playing === control) this.playing = null
    if (this.live && this.bridge && this.bridge.room === back) this.stage.enter(back)
    return whole ? 'completed' : String(control.signal.reason ?? 'cancelled')
  }
}
