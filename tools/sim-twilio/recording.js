// Recordings: real audio of a call (one or two channels) or of a conference (one).
import { RecordingTap, writeMp3, writeWav } from '../sim-lib/media/index.js'
import { sid } from './ids.js'
import { tellRecording } from './callbacks.js'

const TOO_SHORT_MS = 100
const PROCESSING_MS = 300

export class Recording {
  // of: { call } or { conference }
  constructor(sim, { call = null, conference = null, source, dual = false, track = 'both', callback = null, onCall = false }) {
    Object.assign(this, { sim, call, conference, source, track, callback, onCall })
    this.sid = sid('RE')
    this.dual = Boolean(dual && call)
    this.tap = new RecordingTap(this.dual)
    this.created = this.started = new Date()
    this.status = 'in-progress'
    this.deleted = false
    if (call) call.stage.taps.add(this.tap.onCall)
    else conference.room.taps.add(this.tap.onRoom)
    sim.recordings.set(this.sid, this)
    ;(call ?? conference).recordings.push(this)
    tellRecording(this, 'in-progress')
  }

  get live() {
    return this.status === 'in-progress' || this.status === 'paused'
  }

  get seconds() {
    return Math.round(this.tap.ms / 1000)
  }

  // As callbacks and lists give it: without an extension.
  get url() {
    return `${this.sim.publicBase}/2010-04-01/Accounts/${this.sim.account.sid}/Recordings/${this.sid}`
  }

  pause(behaviour = 'silence') {
    this.tap.paused = behaviour
    this.status = 'paused'
  }

  resume() {
    this.tap.paused = null
    this.status = 'in-progress'
  }

  // The media is there a moment later, as at Twilio: the callback tells.
  stop() {
    if (!this.live) return
    this.call?.stage.taps.delete(this.tap.onCall)
    this.conference?.room.taps.delete(this.tap.onRoom)
    this.status = 'processing'
    const finish = setTimeout(() => {
      this.status = this.tap.ms < TOO_SHORT_MS ? 'absent' : 'completed'
      tellRecording(this, this.status)
    }, PROCESSING_MS)
    finish.unref()
  }

  // format: wav or mp3; an mp3 has one channel unless two are asked for, as at Twilio
  async audio(format, channels = format === 'mp3' ? 1 : null) {
    let audio = this.tap.channels()
    if (channels === 1 && audio.length === 2) audio = [mixed(audio)]
    return format === 'mp3' ? writeMp3(audio) : writeWav(audio)
  }
}

const mixed = ([a, b]) => a.map((x, i) => Math.max(-32768, Math.min(32767, x + b[i])))
