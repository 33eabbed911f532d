// Where one call's audio is: alone with an announcement, in a bridge or in a conference. There is always exactly one place, so
// that a recording of the call never misses a frame.
import { SILENCE } from './frame.js'
import { Room } from './room.js'

export class Stage {
  // line: the port of the phone at the other end (a browser, a simulated phone)
  constructor(clock, line) {
    this.clock = clock
    this.line = line
    this.taps = new Set()
    this.digitListeners = new Set()
    this.port = {
      pull: () => this.#pull(),
      push: frame => this.#push(frame),
      digits: text => line.digits?.(text),
    }
    line.onDigits = text => this.#pressed(text)
    this.home = new Room(clock).join(this.port)
    this.room = this.home
    this.said = SILENCE
  }

  #pull() {
    this.said = this.line.pull() ?? SILENCE
    return this.said
  }

  #push(frame) {
    this.line.push(frame)
    for (const tap of this.taps) tap(this.said, frame)
  }

  #pressed(text) {
    for (const listener of [...this.digitListeners]) listener(text)
    this.room.digits(this.port, text)
  }

  enter(room, flags) {
    this.room.leave(this.port)
    this.room = room
    room.join(this.port, flags)
  }

  goHome() {
    if (this.room !== this.home) this.enter(this.home)
  }

  // Plays a source to this call alone; resolves when it ends, false when it was cut short.
  play(source, signal) {
    this.goHome()
    return new Promise(resolve => {
      let done = false
      const player = {
        pull: () => {
          const frame = source()
          if (!frame) finish(true)
          return frame
        },
        push() {},
      }
      const finish = whole => {
        if (done) return
        done = true
        this.home.leave(player)
        signal?.removeEventListener('abort', cut)
        resolve(whole)
      }
      const cut = () => finish(false)
      if (signal?.aborted) return finish(false)
      signal?.addEventListener('abort', cut)
      this.home.join(player)
    })
  }

  close() {
    this.room.leave(this.port)
    this.home.close()
    this.taps.clear()
  }
}
