// Two calls that hear each other.
import { Room } from '../../sim-lib/media/index.js'
import { unless } from '../../sim-lib/wait.js'

export class Bridge {
  constructor(sim, a, b) {
    Object.assign(this, { a, b, room: new Room(sim.clock) })
    a.stage.enter(this.room)
    b.stage.enter(this.room)
  }

  // Until the other side is gone, or the first one presses * when that ends it.
  async until(signal, { hangupOnStar, over }) {
    let stop
    const star = new Promise(resolve => { stop = text => text.includes('*') && resolve() })
    if (hangupOnStar) this.a.stage.digitListeners.add(stop)
    try {
      await unless(signal, Promise.race([over, star]))
    } finally {
      this.a.stage.digitListeners.delete(stop)
    }
  }

  end() {
    for (const { stage, live } of [this.a, this.b]) if (live && stage.room === this.room) stage.goHome()
    this.room.close()
  }
}
