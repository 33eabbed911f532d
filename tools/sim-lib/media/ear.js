// Measures what one party hears: level, and which tones made up most of the signal for how long.
import { FRAME, FRAME_MS, RATE } from './frame.js'
import { toneShare } from './goertzel.js'

const WINDOW = FRAME * 3
const BANK = Array.from({ length: 96 }, (_, i) => 100 + 20 * i)
const QUIET = 100 * 100 // mean power below this is silence
const MOSTLY = 0.5
const KEEP_FRAMES = (10 * 60 * 1000) / FRAME_MS

export class Ear {
  constructor() {
    this.frames = []
    this.ms = 0
    this.loud_ms = 0
    this.tones = new Map()
    this.now = null
    this.window = []
  }

  hear(frame) {
    this.ms += FRAME_MS
    if (this.frames.length < KEEP_FRAMES) this.frames.push(frame)
    this.window.push(...frame)
    if (this.window.length >= WINDOW) this.#measure()
  }

  #measure() {
    const window = this.window
    this.window = []
    const ms = (window.length / RATE) * 1000
    let power = 0
    for (const x of window) power += x * x
    this.now = null
    if (power / window.length < QUIET) return
    this.loud_ms += ms
    let best = 0
    for (const hz of BANK) {
      const share = toneShare(window, RATE, hz)
      if (share > best) {
        best = share
        this.now = hz
      }
    }
    if (best < MOSTLY) this.now = null
    else this.tones.set(this.now, (this.tones.get(this.now) ?? 0) + ms)
  }

  samples() {
    const all = new Int16Array(this.frames.length * FRAME)
    this.frames.forEach((frame, i) => all.set(frame, i * FRAME))
    return all
  }

  report() {
    const tones = [...this.tones].sort((a, b) => b[1] - a[1]).filter(([, ms]) => ms >= 100)
    return {
      ms: this.ms,
      loud_ms: Math.round(this.loud_ms),
      now: this.now,
      dominant_hz: tones[0]?.[0] ?? null,
      tones: tones.map(([hz, ms]) => ({ hz, ms: Math.round(ms) })),
    }
  }
}
