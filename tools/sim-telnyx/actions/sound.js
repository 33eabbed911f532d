// Commands that make sound: speak, playback_start, send_dtmf.
import { clip, readWav, repeat, speech, toPhone } from '../../sim-lib/media/index.js'
import { ApiError } from '../errors.js'
import { bool, oneOf, string, url, whole } from '../fields.js'

const targets = oneOf('self', 'opposite', 'both')
const loop = (value, name) => (value === 'infinity' ? 0 : whole(1, 100)(typeof value === 'string' ? Number(value) : value, name))

// The legs that hear it.
const listeners = (leg, which = 'self') => [...(which === 'opposite' ? [] : [leg]), ...(which === 'self' ? [] : [leg.bridge?.other])].filter(Boolean)

async function perform(leg, which, kind, about, source) {
  const legs = listeners(leg, which)
  leg.tell(`call.${kind}.started`, about)
  const results = await Promise.all(legs.map(l => l.play(source(), new AbortController())))
  leg.tell(`call.${kind}.ended`, { ...about, status: results[0] ?? 'failed' })
}

export const speak = {
  answered: true,
  fields: { payload: string, voice: string, language: string, payload_type: oneOf('text', 'ssml'), service_level: oneOf('basic', 'premium'), stop: oneOf('current', 'all'), loop, target_legs: targets },
  required: ['payload', 'voice'],
  run(leg, f) {
    leg.sim.note(leg, 'speak', f.payload)
    perform(leg, f.target_legs, 'speak', {}, () => repeat(() => speech(f.payload), f.loop ?? 1))
  },
}

export const playback_start = {
  answered: true,
  fields: { audio_url: url, audio_type: oneOf('mp3', 'wav'), cache_audio: bool, loop, overlay: bool, stop: oneOf('current', 'all'), target_legs: targets, playback_content: string },
  async run(leg, f) {
    if (Boolean(f.audio_url) === Boolean(f.playback_content)) throw new ApiError(10015, 'exactly one of audio_url and playback_content is needed')
    const about = { media_url: f.audio_url ?? null, overlay: f.overlay ?? false }
    play(leg, f, about)
  },
}

async function play(leg, f, about) {
  const bytes = f.playback_content ? Buffer.from(f.playback_content, 'base64') : await fetched(leg, f.audio_url)
  let samples
  try {
    samples = toPhone(readWav(bytes))
  } catch (error) {
    leg.sim.note(leg, 'playback failed', error.message)
    return leg.tell('call.playback.ended', { ...about, status: f.audio_url && bytes.length === 0 ? 'file_not_found' : 'failed', status_detail: error.message })
  }
  await perform(leg, f.target_legs, 'playback', about, () => repeat(() => clip(samples), f.loop ?? 1))
}

async function fetched(leg, address) {
  const answer = await leg.sim.hooks.request({ url: address, method: 'GET' }, { kind: 'media', call: leg.id })
  return answer.status === 200 ? answer.body : Buffer.alloc(0)
}

export const playback_stop = {
  fields: { stop: oneOf('current', 'all'), overlay: bool },
  run(leg) {
    leg.playing?.abort('cancelled')
  },
}

export const send_dtmf = {
  answered: true,
  fields: { digits: string, duration_millis: whole(100, 500) },
  required: ['digits'],
  run(leg, { digits }) {
    if (!/^[0-9A-D*#wW]{1,128}$/.test(digits)) throw new ApiError(10015, 'digits may be 0-9, A-D, *, #, w and W', '/digits')
    leg.line.digits?.(digits.replace(/w/gi, ''))
  },
}
