// Repairs broken audio: asks for a new connection to the same call, again and again with growing
// pauses, until the audio is up, the call is over, or the server lets the call go.
import { backoff } from '@/api/backoff'

const TRIES = 8
/** Words after which another try can only fail again. */
const FINAL: ReadonlySet<unknown> = new Set(['no_such_call', 'not_found', 'wrong_state', 'forbidden'])

export class Reattach {
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(
    private readonly attach: (callId: string) => Promise<void>,
    private readonly onGone: (callId: string) => void,
  ) {}

  begin(callId: string, attempt = 0): void {
    if (this.timers.has(callId) || attempt >= TRIES) return
    const wait = attempt === 0 ? 0 : backoff(attempt)
    const timer = setTimeout(() => void this.run(callId, attempt), wait)
    this.timers.set(callId, timer)
  }

  cancel(callId: string): void {
    clearTimeout(this.timers.get(callId))
    this.timers.delete(callId)
  }

  private async run(callId: string, attempt: number): Promise<void> {
    const mine = this.timers.get(callId)
    const fault = await this.attach(callId).then(
      () => null,
      (error: { code?: unknown }) => error.code ?? 'unknown',
    )
    if (this.timers.get(callId) !== mine) return
    this.timers.delete(callId)
    if (FINAL.has(fault)) this.onGone(callId)
    else if (fault) this.begin(callId, attempt + 1)
  }
}
