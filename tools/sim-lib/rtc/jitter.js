// Puts received frames in order and hands them out one by one. Loopback neither loses nor reorders much: a short queue is enough.
const DEPTH = 3 // frames that wait before the first is given: 60 ms
const MOST = 15

export class Jitter {
  constructor() {
    this.queue = []
    this.filling = true
    this.last = null
  }

  put(sequence, frame) {
    if (this.last !== null && ((sequence - this.last) & 0xffff) > 0x8000) return // older than what was given
    const at = this.queue.findIndex(entry => ((sequence - entry.sequence) & 0xffff) > 0x8000)
    this.queue.splice(at < 0 ? this.queue.length : at, 0, { sequence, frame })
    if (this.queue.length > MOST) this.queue.splice(0, this.queue.length - DEPTH)
    if (this.queue.length >= DEPTH) this.filling = false
  }

  get() {
    const next = this.filling ? undefined : this.queue.shift()
    if (!next) {
      this.filling = true
      return null
    }
    this.last = next.sequence
    return next.frame
  }
}
