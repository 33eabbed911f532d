// Tokens of one carrier's account: one request at a time, and the one in hand for as long as it is
// young enough.
import type { PhoneToken } from '../carrier/phone'

export class Tokens {
  private current: PhoneToken | null = null
  private bornMs = 0
  private asking: Promise<PhoneToken> | null = null

  constructor(
    private readonly ask: () => Promise<PhoneToken>,
    private readonly now: () => number = Date.now,
  ) {}

  get(): Promise<PhoneToken> {
    if (this.current && this.isYoung(this.current)) return Promise.resolve(this.current)
    this.asking ??= this.renew().finally(() => (this.asking = null))
    return this.asking
  }

  /** The one in hand was refused. */
  forget(): void {
    this.current = null
  }

  private isYoung(token: PhoneToken): boolean {
    return this.now() - this.bornMs < token.expires_in * 500
  }

  private async renew(): Promise<PhoneToken> {
    const token = await this.ask()
    this.current = token
    this.bornMs = this.now()
    return token
  }
}
