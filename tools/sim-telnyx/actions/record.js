import { ApiError } from '../errors.js'
import { bool, oneOf, string, whole } from '../fields.js'
import { Recording } from '../recording.js'

export const record_start = {
  answered: true,
  fields: { channels: oneOf('single', 'dual'), format: oneOf('wav', 'mp3'), play_beep: bool, max_length: whole(0, 14_400), timeout_secs: whole(0, 14_400),
    recording_track: oneOf('both', 'inbound', 'outbound'), custom_file_name: string, trim: oneOf('trim-silence') },
  required: ['channels', 'format'],
  run(leg, f) {
    new Recording(leg.sim, leg, { channels: f.channels, format: f.format, max_length: f.max_length })
  },
}

// The recording that is named, or all that run.
const fields = { recording_id: string }
const each = act => ({
  fields,
  run(leg, { recording_id }) {
    const chosen = leg.recordings.filter(r => r.live && (!recording_id || r.id === recording_id))
    if (chosen.length === 0) throw new ApiError(90053, 'no such recording runs on this call')
    chosen.forEach(act)
  },
})

export const record_stop = each(recording => recording.stop())
export const record_pause = each(recording => recording.pause())
export const record_resume = each(recording => recording.resume())
