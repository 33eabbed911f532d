// Say, Play and Pause as sources of audio.
import { clip, readWav, repeat, silence, speech, toPhone, tone } from '../../sim-lib/media/index.js'
import { TwimlError } from './document.js'

export const ANNOUNCEMENTS = new Set(['Say', 'Play', 'Pause'])

// A function that makes the source, once for each time it is played.
export async function announcement(sim, call, element, base) {
  const times = Number(element.attributes.loop ?? 1)
  if (element.name === 'Pause') return () => silence(Number(element.attributes.length ?? 1) * 1000)
  if (element.name === 'Say') {
    sim.note(call, 'say', element.text.trim())
    return () => repeat(() => speech(element.text.trim()), times)
  }
  const { digits } = element.attributes
  if (digits) return () => keys(digits)
  const url = new URL(element.text.trim(), base ?? undefined).href
  sim.note(call, 'play', url)
  const samples = await fetchAudio(sim, call, url)
  return () => repeat(() => clip(samples), times)
}

async function fetchAudio(sim, call, url) {
  const answer = await sim.hooks.request({ url, method: 'GET' }, { kind: 'media', call: call.sid })
  if (answer.error || answer.status !== 200) throw new TwimlError(11200, `<Play> ${url}: ${answer.error ?? `it answered ${answer.status}`}`)
  if (!answer.type.startsWith('audio/')) throw new TwimlError(12300, `<Play> ${url}: its content type is '${answer.type}', not audio`)
  try {
    return toPhone(readWav(answer.body))
  } catch (error) {
    throw new TwimlError(12300, `<Play> ${url}: ${error.message}; the simulator plays WAV only`)
  }
}

const ROWS = [697, 770, 852, 941]
const COLUMNS = [1209, 1336, 1477]
const PAD = ['123', '456', '789', '*0#']

// Keys as their two tones, in turn at half strength; w waits half a second.
function keys(text) {
  const parts = [...text.toLowerCase()].map(key => {
    if (key === 'w') return silence(500)
    const row = PAD.findIndex(r => r.includes(key))
    const [low, high] = [ROWS[row], COLUMNS[PAD[row].indexOf(key)]].map(hz => tone(hz, { ms: 200, level: 6000 }))
    return () => {
      const [a, b] = [low(), high()]
      return a && b && a.map((x, i) => x + b[i])
    }
  })
  return () => {
    while (parts.length) {
      const frame = parts[0]()
      if (frame) return frame
      parts.shift()
    }
    return null
  }
}
