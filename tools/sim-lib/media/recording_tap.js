// Collects frames for a recording: one channel (all mixed) or two (the call's own phone, then what it hears).
import { FRAME, FRAME_MS, addInto, clipped } from './frame.js'

const LIMIT_MS = 4 * 3600 * 1000

export class RecordingTap {
  constructor(dual) {
    this.dual = dual
    this.frames = []
    this.paused = null // null, 'skip' or 'silence'
    this.onCall = (said, heard) => this.#add(said, heard)
    this.onRoom = mixed => this.#add(mixed)
  }

  get ms() {
    return this.frames.length * FRAME_MS
  }

  #add(...parts) {
    if (this.paused === 'skip' || this.ms >= LIMIT_MS) return
    const frames = this.paused === 'silence' ? parts.map(() => new Int16Array(FRAME)) : parts
    if (this.dual || frames.length === 1) this.frames.push(frames)
    else {
      const sum = new Int32Array(FRAME)
      for (const frame of frames) addInto(sum, frame)
      this.frames.push([clipped(sum)])
    }
  }

  channels() {
    const count = this.frames[0]?.length ?? (this.dual ? 2 : 1)
    return Array.from({ length: count }, (_, channel) => {
      const all = new Int16Array(this.frames.length * FRAME)
      this.frames.forEach((frame, i) => all.set(frame[channel], i * FRAME))
      return all
    })
  }
}
