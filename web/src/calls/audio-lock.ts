// Which tab has the audio of a call. The lock goes with the tab, whatever ends it; the note in
// sessionStorage survives a reload of that tab. So a reloaded tab knows the call was its own.
const NOTE = 'ringmain.audio-call'

export interface LockDeps {
  locks: LockManager | undefined
  notes: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
}

export class AudioLock {
  private readonly held = new Map<string, () => void>()

  constructor(private readonly deps: LockDeps) {}

  take(callId: string): void {
    this.deps.notes.setItem(NOTE, callId)
    if (this.held.has(callId)) return
    const wait = new Promise<void>((resolve) => this.held.set(callId, resolve))
    void this.deps.locks?.request(lockName(callId), () => wait).catch(() => undefined)
  }

  drop(callId: string): void {
    if (this.deps.notes.getItem(NOTE) === callId) this.deps.notes.removeItem(NOTE)
    this.held.get(callId)?.()
    this.held.delete(callId)
  }

  /** Did this tab have the audio before it was reloaded? */
  wasOurs(callId: string): boolean {
    return this.deps.notes.getItem(NOTE) === callId
  }

  async heldByOtherTab(callId: string): Promise<boolean> {
    const state = await this.deps.locks?.query()
    return state?.held?.some((lock) => lock.name === lockName(callId)) ?? false
  }
}

function lockName(callId: string): string {
  return `ringmain-audio-${callId}`
}
