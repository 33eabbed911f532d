// Keeps one line of this page signed in, so that it can be rung: renews its token before the end, signs
// in again after a fault, and puts a fresh line in the place of one that has taken a call.
import { backoff } from '@/api/backoff'
import type { PhoneToken } from '../carrier/phone'
import { sdkFault } from './faults'
import { Line, type LineEvents } from './line'
import type { Sdk, SdkCall } from './sdk'
import { Tokens } from './tokens'

/** The SDK comes back by itself after a short loss; only then another sign-in is made, and it is told. */
const PATIENCE_MS = 8_000
const GATHER_MS = 500
/** What only an administrator can mend is tried again rarely. */
const REFUSED_MS = 60_000

export interface LinesOptions {
  load: () => Promise<Sdk>
  token: () => Promise<PhoneToken>
  ready: (ready: boolean, why?: string) => void
  incoming: (line: Line, call: SdkCall) => void
  /** A line without a call goes: what rings there is left to other tabs. */
  letGo: (line: Line) => void
}

export class Lines {
  private readonly tokens: Tokens
  private readonly all = new Set<Line>()
  /** The line that is rung, and the one that is to take its place. */
  private rung: Line | null = null
  private coming: Line | null = null
  private host = ''
  private why = ''
  private started = false
  private told: string | null = null
  private attempt = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private renewal: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly options: LinesOptions) {
    this.tokens = new Tokens(options.token)
  }

  async start(): Promise<void> {
    if (this.started) return
    this.started = true
    globalThis.addEventListener?.('securitypolicyviolation', this.onBlocked as EventListener)
    await this.signIn()
  }

  stop(): void {
    this.started = false
    clearTimeout(this.timer)
    clearTimeout(this.renewal)
    globalThis.removeEventListener?.('securitypolicyviolation', this.onBlocked as EventListener)
    for (const line of this.all) line.destroy()
    this.all.clear()
    this.rung = this.coming = null
  }

  /** The line that is rung has taken a call. */
  replace(): void {
    void this.signIn()
  }

  /** The call of this line is over: it goes, unless nobody has taken its place yet. */
  over(line: Line): void {
    line.hangUp()
    if (line !== this.rung) this.discard(line)
  }

  private async signIn(): Promise<void> {
    this.later(PATIENCE_MS + backoff(this.attempt++))
    try {
      const [sdk, token] = await Promise.all([this.options.load(), this.tokens.get()])
      if (!this.started) return
      this.host = new URL(token.phone_base ?? 'wss://twilio.com').hostname
      this.discard(this.coming)
      this.coming = new Line(sdk, token, this.events)
      this.all.add(this.coming)
      this.coming.register()
    } catch (error) {
      this.why = (error as { code?: string }).code ?? ''
    }
  }

  /** Unless all is well by then, another sign-in is made; and it is told, but for the first try. */
  private later(ms: number, quietly = false): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (!this.coming && this.rung?.isRegistered) return
      if (!quietly && !this.rung?.isRegistered) this.tell(false)
      void this.signIn()
    }, ms)
  }

  private readonly events: LineEvents = {
    registered: (line) => this.onRegistered(line),
    unregistered: (line) => line === this.rung && !line.taken && this.later(PATIENCE_MS),
    failed: (line, error) => this.onFailed(line, error),
    // of all lines at once, and never in a loop
    expiring: () => this.renewLater(GATHER_MS),
    incoming: (line, call) => this.options.incoming(line, call),
  }

  private onRegistered(line: Line): void {
    const old = this.rung
    if (line === this.coming) {
      this.coming = null
      this.rung = line
      if (old?.taken) old.unregister()
      else this.discard(old)
    } else if (line !== old) {
      return line.unregister() // it has a call, and came back after a loss
    }
    this.attempt = 0
    this.why = ''
    this.tell(true)
  }

  private onFailed(line: Line, error: unknown): void {
    const fault = sdkFault(error)
    if (!fault) return // the connection: the SDK tries again
    if (fault === 'token') this.tokens.forget()
    if (line.taken) {
      if (fault === 'token') void this.renew()
      return
    }
    line.dead = true
    this.why = 'phone_refused'
    if (fault === 'token') return this.later(backoff(this.attempt), this.attempt <= 1)
    this.tell(false)
    this.later(REFUSED_MS)
  }

  /** A fresh token for every line, also in a call. */
  private async renew(attempt = 0): Promise<void> {
    clearTimeout(this.renewal)
    try {
      const { token } = await this.tokens.get()
      for (const line of this.all) line.updateToken(token)
    } catch {
      this.renewLater(backoff(attempt + 2), attempt + 1)
    }
  }

  private renewLater(ms: number, attempt = 0): void {
    clearTimeout(this.renewal)
    if (this.started) this.renewal = setTimeout(() => void this.renew(attempt), ms)
  }

  private discard(line: Line | null): void {
    if (!line || line.taken) return
    this.options.letGo(line)
    this.all.delete(line)
    line.destroy()
  }

  private tell(ready: boolean): void {
    const why = ready ? '' : this.why || 'phone_signed_out'
    if (this.told === why) return
    this.told = why
    if (ready) this.options.ready(true)
    else this.options.ready(false, why)
  }

  /** The server's policy for our pages does not name the carrier's host. */
  private readonly onBlocked = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
    if (effectiveDirective !== 'connect-src' || !this.host || !blockedURI.includes(this.host)) return
    this.why = 'phone_blocked'
    this.tell(false)
  }
}
