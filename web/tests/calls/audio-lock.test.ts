import { describe, expect, it } from 'vitest'
import { AudioLock } from '@/calls/audio-lock'

/** The lock manager of one browser, shared by its tabs. */
class Locks {
  readonly held = new Set<string>()

  async request(name: string, work: () => Promise<void>): Promise<void> {
    this.held.add(name)
    await work()
    this.held.delete(name)
  }

  query() {
    return Promise.resolve({ held: [...this.held].map((name) => ({ name })) })
  }
}

class Notes {
  private readonly map = new Map<string, string>()
  getItem = (key: string) => this.map.get(key) ?? null
  setItem = (key: string, value: string) => void this.map.set(key, value)
  removeItem = (key: string) => void this.map.delete(key)
}

const tab = (locks: Locks | undefined, notes = new Notes()) =>
  new AudioLock({ locks: locks as unknown as LockManager, notes })

describe('the audio of a call', () => {
  it('is seen by the other tabs of the browser until it is dropped', async () => {
    const locks = new Locks()
    const one = tab(locks)
    const two = tab(locks)
    one.take('c')
    one.take('c')
    expect(await two.heldByOtherTab('c')).toBe(true)
    expect(await two.heldByOtherTab('other')).toBe(false)
    one.drop('c')
    await Promise.resolve()
    expect(await two.heldByOtherTab('c')).toBe(false)
  })

  it('is remembered over a reload of its own tab, and by no other', () => {
    const notes = new Notes()
    tab(new Locks(), notes).take('c')
    expect(tab(new Locks(), notes).wasOurs('c')).toBe(true)
    expect(tab(new Locks(), notes).wasOurs('d')).toBe(false)
    expect(tab(new Locks()).wasOurs('c')).toBe(false)
  })

  it('of an older call does not erase the note of a newer one', () => {
    const notes = new Notes()
    const lock = tab(new Locks(), notes)
    lock.take('old')
    lock.take('new')
    lock.drop('old')
    expect(lock.wasOurs('new')).toBe(true)
    lock.drop('new')
    expect(lock.wasOurs('new')).toBe(false)
  })

  it('works without locks, as in an old browser', async () => {
    const lock = tab(undefined)
    lock.take('c')
    expect(await lock.heldByOtherTab('c')).toBe(false)
    lock.drop('c')
  })
})
