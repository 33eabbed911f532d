// A mixer. Members hear the sum of all others. A member is a port:
//   pull()       its next frame, or null when it has nothing to say
//   push(frame)  what it hears
//   digits(text) keys that another member pressed (may be missing)
// Ports that play announcements are members whose push does nothing.
import { FRAME, SILENCE, addInto, clipped } from './frame.js'

export class Room {
  constructor(clock) {
    this.clock = clock
    this.members = new Map()
    this.taps = new Set()
    this.tick = () => this.#mix()
  }

  // muted: is not heard. only: is heard by this one port alone (a coach).
  join(port, { muted = false, only = null } = {}) {
    if (this.members.size === 0) this.clock.add(this.tick)
    this.members.set(port, { muted, only })
    return this
  }

  leave(port) {
    if (!this.members.delete(port)) return
    if (this.members.size === 0) this.clock.remove(this.tick)
  }

  set(port, flags) {
    const member = this.members.get(port)
    if (member) Object.assign(member, flags)
  }

  has(port) {
    return this.members.has(port)
  }

  close() {
    for (const port of [...this.members.keys()]) this.leave(port)
  }

  digits(from, text) {
    for (const port of this.members.keys()) if (port !== from) port.digits?.(text)
  }

  #mix() {
    const sum = new Int32Array(FRAME)
    const said = new Map()
    for (const [port, member] of [...this.members]) {
      const frame = port.pull() ?? SILENCE
      said.set(port, member.muted ? SILENCE : frame)
      if (!member.muted && !member.only) addInto(sum, frame)
    }
    for (const [port, own] of said) {
      const member = this.members.get(port)
      if (member) port.push(this.#heardBy(port, sum, member.only ? SILENCE : own, said))
    }
    if (this.taps.size) {
      const all = clipped(sum)
      for (const tap of this.taps) tap(all)
    }
  }

  #heardBy(port, sum, own, said) {
    const out = new Int32Array(sum)
    for (let i = 0; i < FRAME; i++) out[i] -= own[i]
    for (const [other, frame] of said) if (this.members.get(other)?.only === port) addInto(out, frame)
    return clipped(out)
  }
}
