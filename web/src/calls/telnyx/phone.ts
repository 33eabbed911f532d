// Telnyx's phone: signed in with the user's credential, of which each tab is a device. A leg rings in
// all of them and says by its header which call of ours it belongs to; the tab that may take it does.
import type { CarrierPhone, CarrierPhoneOptions, MakePhone } from '../carrier/phone'
import { CallError } from '../client'
import { isRefused } from '../state'
import { TelnyxLeg } from './leg'
import { callOf, isGone } from './leg-id'
import { makeSdk, type MakeSdk, type SdkLeg, type SdkNotification } from './sdk'
import { TelnyxSession } from './session'

/** From a tab's right to a leg until that leg has rung here. */
const RING_MS = 15_000
const QUALITY_EVERY_MS = 2_000

interface Taken {
  leg: TelnyxLeg
  /** Ends the wait for a leg that has not rung yet. */
  give: ((ringing: SdkLeg | CallError) => void) | null
}

export class TelnyxPhone implements CarrierPhone {
  private readonly session: TelnyxSession
  /** Legs that ring, by call. */
  private readonly ringing = new Map<string, SdkLeg>()
  private readonly taken = new Map<string, Taken>()
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(
    private readonly options: CarrierPhoneOptions,
    make: MakeSdk = makeSdk,
  ) {
    const { token, events } = options
    this.session = new TelnyxSession({
      make,
      token,
      onReady: (ready, why) => events.ready(ready, why),
      onLeg: (notification) => this.onLeg(notification),
      onLost: () => this.onLost(),
      isBusy: () => this.taken.size > 0,
    })
  }

  async start(): Promise<void> {
    window.addEventListener('pagehide', this.onLeave)
    this.timer ??= setInterval(() => void this.measure(), QUALITY_EVERY_MS)
    await this.session.start()
  }

  stop(): void {
    window.removeEventListener('pagehide', this.onLeave)
    clearInterval(this.timer)
    this.timer = undefined
    this.onLeave()
    // the SDK would decline what rings
    for (const callId of [...this.ringing.keys()]) this.silence(callId)
    this.session.stop()
  }

  async accept(callId: string): Promise<void> {
    this.letGo(callId)
    const taken: Taken = { leg: this.makeLeg(callId), give: null }
    this.taken.set(callId, taken)
    try {
      await taken.leg.open()
      const ringing = this.ringing.get(callId) ?? (await this.wait(taken))
      if (this.taken.get(callId) !== taken) throw new CallError('canceled')
      this.ringing.delete(callId)
      await taken.leg.answer(ringing)
      if (isGone(ringing.state)) throw new CallError('phone_failed')
    } catch (error) {
      if (this.taken.get(callId) === taken) this.taken.delete(callId)
      taken.leg.close(true)
      throw error
    }
  }

  release(callId: string): void {
    this.letGo(callId)
    this.silence(callId)
  }

  mute(callId: string, on: boolean): void {
    this.taken.get(callId)?.leg.mute(on)
  }

  async hold(callId: string, on: boolean): Promise<void> {
    const done = await this.taken.get(callId)?.leg.hold(on)
    if (done === false) throw new CallError('hold_failed')
  }

  applyDevices(): void {
    for (const { leg } of this.taken.values()) void leg.applyDevices()
  }

  private makeLeg(callId: string): TelnyxLeg {
    const { events, settings } = this.options
    return new TelnyxLeg({
      settings,
      onState: (state) => events.media(callId, state),
      onMicrophone: (error) => {
        const word = error instanceof CallError ? error.code.replace('mic_', '') : 'granted'
        if (word === 'granted' || isRefused(word)) events.mic(word)
      },
    })
  }

  private letGo(callId: string): void {
    const taken = this.taken.get(callId)
    this.taken.delete(callId)
    taken?.give?.(new CallError('canceled'))
    taken?.leg.close(true)
  }

  /** Here only: what rings goes on in other tabs, and Telnyx is told nothing. */
  private silence(callId: string): void {
    const ringing = this.ringing.get(callId)
    this.ringing.delete(callId)
    void ringing?.hangup({}, false)
  }

  private wait(taken: Taken): Promise<SdkLeg> {
    return new Promise((resolve, reject) => {
      const give = (ringing: SdkLeg | CallError) => {
        clearTimeout(timer)
        taken.give = null
        if (ringing instanceof CallError) reject(ringing)
        else resolve(ringing)
      }
      const word = this.session.isReady ? 'phone_no_leg' : 'phone_signed_out'
      const timer = setTimeout(() => give(new CallError(word)), RING_MS)
      taken.give = give
    })
  }

  private onLeg({ type, call: leg }: SdkNotification): void {
    const callId = type === 'callUpdate' && leg ? callOf(leg) : null
    if (!callId || !leg) return // a stranger's, or no leg at all
    const taken = this.taken.get(callId)
    if (isGone(leg.state)) return this.onGone(callId, leg)
    if (leg.state === 'ringing') {
      this.ringing.set(callId, leg)
      taken?.give?.(leg)
    } else if (leg.state === 'recovering' && taken?.leg.isOlder(leg)) {
      taken.leg.adopt(leg)
    } else if (taken?.leg.is(leg)) {
      taken.leg.onState(leg.state)
    }
  }

  private onGone(callId: string, leg: SdkLeg): void {
    if (this.ringing.get(callId) === leg) this.ringing.delete(callId)
    const taken = this.taken.get(callId)
    if (!taken?.leg.is(leg)) return
    this.taken.delete(callId)
    taken.leg.close(false)
    this.options.events.media(callId, 'none')
  }

  /** The SDK is given up, and with it whatever it has. */
  private onLost(): void {
    for (const callId of [...this.ringing.keys()]) this.silence(callId)
    for (const callId of [...this.taken.keys()]) {
      this.letGo(callId)
      this.options.events.media(callId, 'none')
    }
  }

  /** A page that is really left; to be asked about it is not enough. */
  private readonly onLeave = (): void => {
    for (const callId of [...this.taken.keys()]) this.letGo(callId)
  }

  private async measure(): Promise<void> {
    for (const [callId, { leg }] of this.taken) {
      const quality = await leg.quality().catch(() => null)
      if (quality && this.taken.has(callId)) this.options.events.quality(callId, quality)
    }
  }
}

export const makePhone: MakePhone = (options) => new TelnyxPhone(options)
