// Being signed in at Telnyx, for as long as the page is open. The SDK connects again by itself; what it
// cannot do is here: a new token before the old one ends, and a new SDK when it has given up.
import { backoff } from '@/api/backoff'
import { ApiError } from '@/api/http-error'
import type { PhoneToken } from '../carrier/phone'
import type { MakeSdk, SdkClient, SdkFault, SdkNotification } from './sdk'

export interface SessionOptions {
  make: MakeSdk
  token: () => Promise<PhoneToken>
  onReady: (ready: boolean, why?: string) => void
  onLeg: (notification: SdkNotification) => void
  /** The SDK is about to be given up, with its legs. */
  onLost: () => void
  /** Somebody talks: a connection that may come back is not given up. */
  isBusy: () => boolean
}

/** How long the SDK may take to sign in, its own first tries after a loss included. */
const READY_MS = 20_000
/** At which share of its life a token is replaced; and not more often than this. */
const RENEW_AT = 0.8
const RENEW_MIN_MS = 1_000
/** After some tries that failed at once, not more often than this. */
const PATIENT_MS = 60_000
const PATIENT_AFTER = 6
/** setTimeout takes no more. */
const LONGEST_MS = 2 ** 31 - 1

const TELNYX = 'wss://telnyx.com'
const SIGNED_OUT = 'phone_signed_out'
const SIGN_IN_FAULTS: ReadonlySet<number> = new Set([46001, 46002, 46003])
const GIVEN_UP: ReadonlySet<number> = new Set([45003])

export class TelnyxSession {
  private sdk: SdkClient | null = null
  private host = ''
  private ready = false
  private why = SIGNED_OUT
  private stopped = true
  private attempt = 0
  private watchdog: ReturnType<typeof setTimeout> | undefined
  private renewal: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly options: SessionOptions) {}

  get isReady(): boolean {
    return this.ready
  }

  async start(): Promise<void> {
    if (!this.stopped) return
    this.stopped = false
    globalThis.addEventListener('securitypolicyviolation', this.onBlocked)
    await this.signIn()
  }

  stop(): void {
    this.stopped = true
    globalThis.removeEventListener('securitypolicyviolation', this.onBlocked)
    this.drop()
  }

  private async signIn(): Promise<void> {
    this.watch()
    try {
      const token = await this.options.token()
      if (this.stopped || this.sdk) return
      this.host = new URL(token.phone_base ?? TELNYX).hostname
      const sdk = this.options.make(token)
      this.sdk = sdk
      this.listen(sdk)
      // a tab that was copied would otherwise take over the first one's connection
      sdk.clearReconnectToken()
      this.plan(token)
      await sdk.connect()
    } catch (error) {
      // the server says what is missing; who is just offline knows already
      const why = error instanceof ApiError && error.status > 0 ? error.message : SIGNED_OUT
      if (this.attempt > 0) this.options.onReady(false, why)
      this.again()
    }
  }

  private listen(sdk: SdkClient): void {
    const mine = <A extends unknown[]>(h: (...args: A) => void) => (...args: A) => {
      if (this.sdk === sdk) h(...args)
    }
    sdk.on('telnyx.ready', mine(() => this.onReady()))
    sdk.on('telnyx.socket.close', mine(() => this.onClose()))
    sdk.on('telnyx.error', mine((fault: SdkFault) => this.onFault(fault)))
    sdk.on('telnyx.notification', mine(this.options.onLeg))
  }

  private onReady(): void {
    clearTimeout(this.watchdog)
    this.attempt = 0
    this.why = SIGNED_OUT
    this.ready = true
    this.options.onReady(true)
  }

  private onClose(): void {
    this.ready = false
    this.watch()
  }

  private onFault({ error }: SdkFault): void {
    const code = error?.code ?? 0
    if (SIGN_IN_FAULTS.has(code)) this.renewSoon()
    else if (GIVEN_UP.has(code)) this.again()
  }

  /** The server's policy for our pages does not name the carrier's host. */
  private readonly onBlocked = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
    if (effectiveDirective !== 'connect-src' || !this.host || !blockedURI.includes(this.host)) return
    this.why = 'phone_blocked'
    this.options.onReady(false, this.why)
  }

  private watch(): void {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(() => this.onOverdue(), READY_MS)
  }

  private onOverdue(): void {
    this.options.onReady(false, this.why)
    if (this.options.isBusy()) this.watch()
    else this.again()
  }

  /** Everything from the start, after a while. */
  private again(): void {
    this.options.onLost()
    this.drop()
    if (this.stopped) return
    const wait = this.attempt < PATIENT_AFTER ? backoff(this.attempt) : PATIENT_MS
    this.attempt++
    this.watchdog = setTimeout(() => void this.signIn(), wait)
  }

  private drop(): void {
    clearTimeout(this.watchdog)
    clearTimeout(this.renewal)
    const { sdk } = this
    this.sdk = null
    this.ready = false
    void sdk?.disconnect().catch(() => undefined)
  }

  private plan({ expires_in: leftS }: PhoneToken): void {
    this.renewIn(Math.max(RENEW_MIN_MS, leftS * 1000 * RENEW_AT))
  }

  private renewSoon(): void {
    this.renewIn(backoff(this.attempt++))
  }

  private renewIn(ms: number): void {
    clearTimeout(this.renewal)
    this.renewal = setTimeout(() => void this.renew(), Math.min(ms, LONGEST_MS))
  }

  /** In the connection that stands: calls go on. */
  private async renew(): Promise<void> {
    const { sdk } = this
    if (!sdk) return
    try {
      const token = await this.options.token()
      if (this.sdk !== sdk) return
      this.plan(token)
      await sdk.login({ creds: { login_token: token.token }, onSuccess: () => (this.attempt = 0) })
    } catch {
      if (this.sdk === sdk) this.renewSoon()
    }
  }
}
