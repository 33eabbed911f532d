// Keys that a caller presses for <Gather> or <Record>: until enough came, the last key, or a pause.
import { Deferred } from '../../sim-lib/wait.js'

export class Keys {
  constructor({ most = Infinity, finish = '', idleMs }) {
    Object.assign(this, { most, finish, idleMs })
    this.text = ''
    this.finishedBy = null
    this.touched = new AbortController() // the first key came
    this.done = new Deferred()
    this.timer = null
  }

  press(text) {
    for (const key of text) {
      this.touched.abort()
      this.timer?.refresh()
      if (this.finish.includes(key)) {
        this.finishedBy = key
        return this.done.resolve()
      }
      this.text += key
      if (this.text.length >= this.most) return this.done.resolve()
    }
  }

  // The time for the next key starts to run.
  startWaiting() {
    this.timer = setTimeout(() => this.done.resolve(), this.idleMs)
  }

  stop() {
    clearTimeout(this.timer)
  }
}
