// New calls by REST start so many a second; the rest waits in order. 0: all at once.
export class CallQueue {
  constructor(cps) {
    this.cps = cps
    this.nextAt = 0
    this.timers = new Set()
  }

  // Milliseconds that the call will wait, as Twilio's queue_time tells.
  push(start) {
    const now = Date.now()
    const at = this.cps ? Math.max(now, this.nextAt) : now
    if (this.cps) this.nextAt = at + 1000 / this.cps
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      start()
    }, at - now)
    this.timers.add(timer)
    return Math.round(at - now)
  }

  clear() {
    this.timers.forEach(clearTimeout)
  }
}
