// A conference: a room with rules. It starts with the first member that may start it, and ends when it is empty or when one
// leaves that ends it.
import { Room, music, repeat, ringback } from '../sim-lib/media/index.js'
import { Deferred } from '../sim-lib/wait.js'
import { sid } from './ids.js'
import { tellConference } from './callbacks.js'
import { playInstructions } from './twiml/wait_music.js'
import { Recording } from './recording.js'

export class Conference {
  constructor(sim, name, { callback = null, record = false, recordingCallback = null, maxParticipants = 250 } = {}) {
    Object.assign(this, { sim, name, callback, record, recordingCallback, maxParticipants })
    this.sid = sid('CF')
    this.status = 'init'
    this.created = new Date()
    this.sequence = 0
    this.room = new Room(sim.clock)
    this.participants = new Map()
    this.recordings = []
    this.ringing = new Set() // calls that are heard before they answer
    sim.conferences.set(this.sid, this)
  }

  get live() {
    return this.status !== 'completed'
  }

  // Resolves when the call is out again: 'left', 'kicked' or 'ended'.
  join(call, { label = null, muted = false, startOnEnter = true, endOnExit = false, coach = null, wait = null } = {}) {
    const participant = { call, label, muted, hold: false, startOnEnter, endOnExit, coach, wait, music: null, out: new Deferred(), joined: new Date() }
    this.participants.set(call.sid, participant)
    call.conference = this
    const all = [...this.participants.values()]
    if (this.status === 'init' && all.length > 1 && all.some(p => p.startOnEnter)) this.#start()
    else this.#place(participant)
    this.#tell('participant-join', participant)
    return participant.out.promise
  }

  #start() {
    this.status = 'in-progress'
    if (this.record) new Recording(this.sim, { conference: this, source: 'Conference', callback: this.recordingCallback })
    tellConference(this, 'conference-start', {})
    this.#placeAll()
  }

  // Where a participant's audio is: in the room, or alone with music.
  #place(participant) {
    const { call } = participant
    participant.music?.abort()
    participant.music = null
    if ((this.status === 'in-progress' || this.ringing.size) && !participant.hold) {
      const coached = participant.coach && this.participants.get(participant.coach)
      call.stage.enter(this.room, { muted: participant.muted, only: coached ? coached.call.stage.port : null })
      return
    }
    participant.music = new AbortController()
    const source = participant.hold ? participant.holdUrl : participant.wait
    playWaiting(this.sim, call, source, participant.music.signal)
  }

  // A call to a new participant rings: all hear what its phone plays, or a ringing tone.
  hearRinging(call) {
    const plays = call.line?.plan?.early
    const tone = { pull: ringback(), push() {} }
    this.ringing.add(call)
    this.#placeAll()
    if (plays) call.stage.enter(this.room)
    else this.room.join(tone)
    call.answered.promise.then(() => {
      this.ringing.delete(call)
      this.room.leave(tone)
      if (this.live) this.#placeAll()
    })
  }

  #placeAll() {
    for (const participant of this.participants.values()) this.#place(participant)
  }

  update(participant, changes) {
    const before = { muted: participant.muted, hold: participant.hold }
    Object.assign(participant, changes)
    this.#place(participant)
    if (before.muted !== participant.muted) this.#tell(participant.muted ? 'participant-mute' : 'participant-unmute', participant)
    if (before.hold !== participant.hold) this.#tell(participant.hold ? 'participant-hold' : 'participant-unhold', participant)
    if ('coach' in changes || 'endOnExit' in changes) this.#tell('participant-modify', participant)
  }

  // A call leaves: it hung up, was taken out (kicked) or its instructions changed.
  leave(call, how = 'left') {
    const participant = this.participants.get(call.sid)
    if (!participant) return
    this.participants.delete(call.sid)
    participant.music?.abort()
    call.conference = null
    call.stage.goHome()
    this.#tell('participant-leave', participant, { ParticipantCallStatus: call.status,
      ReasonParticipantLeft: how === 'kicked' ? 'participant_updated_via_api' : 'participant_hung_up' })
    participant.out.resolve(how)
    if (participant.endOnExit) this.end('participant-with-end-conference-on-exit-left', call)
    else if (this.participants.size === 0) this.end('last-participant-left', call)
  }

  end(reason, call = null) {
    if (!this.live) return
    const started = this.status === 'in-progress'
    Object.assign(this, { status: 'completed', reason, endedBy: call?.sid })
    for (const participant of [...this.participants.values()]) this.leave(participant.call, 'ended')
    for (const recording of this.recordings) recording.stop()
    this.room.close()
    if (started) tellConference(this, 'conference-end', { CallSidEndingConference: call?.sid, ReasonConferenceEnded: reason, Reason: reason })
  }

  #tell(event, participant, more = {}) {
    tellConference(this, event, {
      CallSid: participant.call.sid,
      Muted: participant.muted,
      Hold: participant.hold,
      Coaching: Boolean(participant.coach),
      CallSidToCoach: participant.coach,
      EndConferenceOnExit: participant.endOnExit,
      StartConferenceOnEnter: participant.startOnEnter,
      ParticipantLabel: participant.label,
      ...more,
    })
  }
}

// Music of the simulator's own, the application's, or silence when it asked for an empty URL.
function playWaiting(sim, call, source, signal) {
  if (source === '') return call.stage.goHome()
  if (source?.url) return playInstructions(sim, call, source, signal)
  return call.stage.play(repeat(music), signal)
}
