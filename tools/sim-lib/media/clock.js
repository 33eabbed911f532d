// The heartbeat of all audio: calls every listener once for each 20 ms that passed.
import { FRAME_MS } from './frame.js'

const MOST_AT_ONCE = 25 // after a pause of the whole process the rest is lost, as on a real network

export class Clock {
  constructor() {
    this.listeners = new Set()
    this.timer = null
    this.next = 0
  }

  add(listener) {
    this.listeners.add(listener)
    if (this.timer) return
    this.next = performance.now()
    this.timer = setInterval(() => this.#run(), FRAME_MS / 2)
  }

  remove(listener) {
    this.listeners.delete(listener)
    if (this.listeners.size) return
    clearInterval(this.timer)
    this.timer = null
  }

  #run() {
    const now = performance.now()
    if (now - this.next > MOST_AT_ONCE * FRAME_MS) this.next = now - MOST_AT_ONCE * FRAME_MS
    while (this.next <= now) {
      this.next += FRAME_MS
      for (const listener of [...this.listeners]) listener()
    }
  }
}
