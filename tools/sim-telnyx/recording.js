// Recordings with real audio, and the short-lived URLs by which they are fetched.
import { RecordingTap, writeMp3, writeWav } from '../sim-lib/media/index.js'
import { iso, moment, secret, uuid } from './ids.js'
import { tellRecording } from './events.js'

const SAVING_MS = 300

export class Recording {
  constructor(sim, leg, { channels = 'dual', format = 'wav', max_length = 0, initiatedBy = 'api' } = {}) {
    Object.assign(this, { sim, leg, channels, format, initiatedBy })
    this.id = uuid()
    this.tap = new RecordingTap(channels === 'dual')
    this.started = new Date()
    this.ended = null
    this.status = 'recording'
    leg.recordings.push(this)
    leg.stage.taps.add(this.tap.onCall)
    sim.recordings.set(this.id, this)
    if (max_length) this.timer = setTimeout(() => this.stop(), max_length * 1000)
  }

  get live() {
    return this.status === 'recording' || this.status === 'paused'
  }

  pause() {
    this.tap.paused = 'skip'
    this.status = 'paused'
  }

  resume() {
    this.tap.paused = null
    this.status = 'recording'
  }

  stop() {
    if (!this.live) return
    clearTimeout(this.timer)
    this.leg.stage.taps.delete(this.tap.onCall)
    this.ended = new Date()
    this.status = 'saving'
    setTimeout(() => {
      this.status = 'completed'
      tellRecording(this, 'call.recording.saved', { channels: this.channels, recording_started_at: moment(this.started.getTime()),
        recording_ended_at: moment(this.ended.getTime()), recording_urls: this.urls(), public_recording_urls: {} })
    }, SAVING_MS).unref()
  }

  // A fresh URL each time, good for ten minutes, with no other proof than itself.
  urls() {
    const ticket = secret(18)
    this.sim.tickets.set(ticket, { recording: this, until: Date.now() + this.sim.mediaTtlMs })
    return { [this.format]: `${this.sim.publicBase}/media/${ticket}/${this.id}.${this.format}` }
  }

  async audio() {
    return this.format === 'mp3' ? writeMp3(this.tap.channels()) : writeWav(this.tap.channels())
  }

  render() {
    const { leg } = this
    return { id: this.id, record_type: 'recording', call_control_id: leg.id, call_leg_id: leg.legId, call_session_id: leg.sessionId, conference_id: null,
      connection_id: leg.connection.id, channels: this.channels, duration_millis: this.tap.ms, download_urls: this.status === 'completed' ? this.urls() : {}, from: leg.from,
      to: leg.to, initiated_by: this.initiatedBy, source: 'call', status: this.status, recording_started_at: iso(this.started), recording_ended_at: iso(this.ended),
      created_at: iso(this.started), updated_at: iso(this.ended ?? this.started) }
  }
}
