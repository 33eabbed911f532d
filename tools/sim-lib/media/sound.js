// Sources of audio: each gives one frame per pull, and null when it has ended.
import { FRAME, RATE, SILENCE, samplesOf } from './frame.js'

const LOUD = 12_000

// A tone, in bursts when `off` is given (ringback, a busy signal); `ms` ends it.
export function tone(hz, { ms = Infinity, on = Infinity, off = 0, level = LOUD } = {}) {
  const last = samplesOf(ms)
  const period = samplesOf(on + off)
  const loud = samplesOf(on)
  let at = 0
  return () => {
    if (at >= last) return null
    const frame = new Int16Array(FRAME)
    for (let i = 0; i < FRAME; i++, at++) {
      if (!off || at % period < loud) frame[i] = Math.round(level * Math.sin((2 * Math.PI * hz * at) / RATE))
    }
    return frame
  }
}

export function silence(ms = Infinity) {
  let left = samplesOf(ms)
  return () => {
    if (left <= 0) return null
    left -= FRAME
    return SILENCE
  }
}

// Samples once; the last frame is filled up with silence.
export function clip(samples) {
  let at = 0
  return () => {
    if (at >= samples.length) return null
    const frame = new Int16Array(FRAME)
    frame.set(samples.subarray(at, at + FRAME))
    at += FRAME
    return frame
  }
}

// One source after another, as often as asked (0: for ever); make(i) gives the source of round i.
export function repeat(make, times = 0) {
  let round = 0
  let source = make()
  return () => {
    for (;;) {
      const frame = source()
      if (frame) return frame
      round++
      if (times && round >= times) return null
      source = make()
    }
  }
}

export const RINGBACK_HZ = 420
export const ringback = () => tone(RINGBACK_HZ, { on: 1000, off: 3000 })

// What stands for a spoken text: a simulator has no voice. The length follows the text, as speech would.
export const SPEECH_HZ = 620
const MS_PER_CHARACTER = 60
const SPEECH_MIN_MS = 300
export const speech = text => tone(SPEECH_HZ, { ms: Math.max(SPEECH_MIN_MS, text.length * MS_PER_CHARACTER) })

export const MUSIC_HZ = 360
export const music = () => tone(MUSIC_HZ, { on: 1500, off: 250 })
