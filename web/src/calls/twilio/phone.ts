// Twilio's phone in this page, by its voice SDK. It is rung by the agent's leg of a call and has its
// audio; whether and when it takes the leg is said by others.
import type { CarrierPhone, CarrierPhoneOptions } from '../carrier/phone'
import { CallError } from '../client'
import { openMicrophone } from '../microphone'
import { isRefused, type MediaState } from '../state'
import { Keys } from './keys'
import { Lines } from './lines'
import { stopTracks, type Line } from './line'
import { qualityOf } from './quality'
import { loadSdk, type Sdk, type SdkCall, type SdkSample } from './sdk'

/** The server dials the leg as soon as it has stored the call; the carrier rings within seconds. */
const RING_WITHIN_MS = 20_000

interface Leg {
  line: Line
  call: SdkCall
  keys: Keys
}

/** A leg that is to be taken as soon as it rings. */
interface Wish {
  promise: Promise<void>
  settle: (outcome: Promise<void>) => void
}

export class TwilioPhone implements CarrierPhone {
  private readonly lines: Lines
  private readonly ringing = new Map<string, Leg[]>()
  private readonly talks = new Map<string, Leg>()
  private readonly wishes = new Map<string, Wish>()
  private readonly muted = new Set<string>()

  constructor(
    private readonly options: CarrierPhoneOptions,
    load: () => Promise<Sdk> = loadSdk,
  ) {
    this.lines = new Lines({
      load,
      token: options.token,
      ready: options.events.ready,
      incoming: (line, call) => this.onIncoming(line, call),
      letGo: (line) => this.letGo(line),
    })
  }

  async start(): Promise<void> {
    // before the SDK's own listener, which refuses the call, for other tabs too
    globalThis.addEventListener?.('pagehide', this.ignoreAll)
    await this.lines.start()
  }

  stop(): void {
    globalThis.removeEventListener?.('pagehide', this.ignoreAll)
    for (const callId of [...this.wishes.keys(), ...this.talks.keys()]) this.release(callId)
    this.ignoreAll()
    this.lines.stop()
  }

  accept(callId: string): Promise<void> {
    if (this.talks.has(callId)) return Promise.resolve()
    if (this.ringing.has(callId)) return this.take(callId)
    const wish = this.wishes.get(callId) ?? this.wish(callId)
    return wish.promise
  }

  release(callId: string): void {
    this.wishes.get(callId)?.settle(Promise.reject(new CallError('canceled')))
    this.muted.delete(callId)
    for (const { call } of this.ringing.get(callId) ?? []) call.ignore()
    this.ringing.delete(callId)
    this.talks.get(callId)?.call.disconnect()
  }

  mute(callId: string, on: boolean): void {
    if (on) this.muted.add(callId)
    else this.muted.delete(callId)
    this.talks.get(callId)?.call.mute(on)
  }

  digits(callId: string, digits: string): void {
    this.talks.get(callId)?.keys.press(digits)
  }

  applyDevices(): void {
    for (const { line } of this.talks.values()) void this.setDevices(line)
  }

  private onIncoming(line: Line, call: SdkCall): void {
    const callId = call.customParameters.get('call_id')
    if (!callId) return call.ignore() // none of ours
    const leg = { line, call, keys: new Keys((key) => call.sendDigits(key)) }
    this.ringing.set(callId, [...(this.ringing.get(callId) ?? []), leg])
    this.follow(callId, leg)
    this.wishes.get(callId)?.settle(this.take(callId))
  }

  private follow(callId: string, leg: Leg): void {
    const { call } = leg
    const { events } = this.options
    const isTalk = () => this.talks.get(callId) === leg
    const media = (state: MediaState) => () => isTalk() && events.media(callId, state)
    const ice = (state: MediaState) => (name: string) => name === 'ice-connectivity-lost' && media(state)()
    call.on('accept', () => this.onTalk(callId, leg))
    call.on('reconnecting', media('down'))
    call.on('reconnected', media('up'))
    call.on('warning', ice('down'))
    call.on('warning-cleared', ice('up'))
    call.on('sample', (sample: SdkSample) => isTalk() && events.quality(callId, qualityOf(sample)))
    for (const end of ['disconnect', 'cancel', 'reject']) call.on(end, () => this.onOver(callId, leg))
    // a leg that still rings cannot be taken by another connection
    call.on('transportClose', () => !isTalk() && this.forget(callId, leg))
    // what went wrong shows itself as the end of the leg; unheard, an error event would be thrown
    call.on('error', () => undefined)
  }

  private onTalk(callId: string, { line, call }: Leg): void {
    call.mute(this.muted.has(callId))
    void line.setSpeaker(this.options.settings().speakerId)
    this.options.events.media(callId, 'up')
  }

  private onOver(callId: string, leg: Leg): void {
    if (this.talks.get(callId) !== leg) return this.forget(callId, leg)
    this.talks.delete(callId)
    this.muted.delete(callId)
    leg.keys.stop()
    this.lines.over(leg.line)
    this.options.events.media(callId, 'none')
  }

  /** A leg that rang here does not any more. */
  private forget(callId: string, leg: Leg): void {
    const left = (this.ringing.get(callId) ?? []).filter((other) => other !== leg)
    if (left.length > 0) this.ringing.set(callId, left)
    else this.ringing.delete(callId)
  }

  private letGo(line: Line): void {
    for (const [callId, legs] of this.ringing) {
      for (const leg of legs.filter((other) => other.line === line)) {
        leg.call.ignore()
        this.forget(callId, leg)
      }
    }
  }

  private readonly ignoreAll = () => {
    for (const callId of [...this.ringing.keys()]) this.release(callId)
  }

  private wish(callId: string): Wish {
    let fulfil: (outcome: Promise<void>) => void = () => undefined
    const promise = new Promise<void>((resolve) => (fulfil = resolve))
    const settle = (outcome: Promise<void>) => {
      clearTimeout(timer)
      this.wishes.delete(callId)
      fulfil(outcome)
    }
    const late = () => settle(Promise.reject(new CallError('leg_missing')))
    const timer = setTimeout(late, RING_WITHIN_MS)
    const wish = { promise, settle }
    this.wishes.set(callId, wish)
    return wish
  }

  private async take(callId: string): Promise<void> {
    const microphone = await this.openMicrophone()
    // the person was asked for the microphone: much may have happened
    const legs = this.ringing.get(callId) ?? []
    const leg = legs.find(({ line }) => !line.taken)
    if (!leg) {
      stopTracks(microphone)
      if (this.talks.has(callId)) return
      throw new CallError(legs.length > 0 ? 'phone_busy' : 'canceled')
    }
    this.ringing.delete(callId)
    this.talks.set(callId, leg)
    leg.line.take(callId, leg.call, microphone)
    this.lines.replace()
  }

  private async openMicrophone(): Promise<MediaStream> {
    try {
      const stream = await openMicrophone(this.options.settings())
      for (const track of stream.getTracks()) track.onended = () => this.applyDevices()
      this.options.events.mic('granted')
      return stream
    } catch (error) {
      const state = (error as CallError).code.replace('mic_', '')
      if (isRefused(state)) this.options.events.mic(state)
      throw error
    }
  }

  private async setDevices(line: Line): Promise<void> {
    const { deviceId, speakerId } = this.options.settings()
    const microphone = await this.openMicrophone().catch(() => null)
    if (microphone) await line.setDevices({ microphone, microphoneId: deviceId, speakerId })
    else await line.setSpeaker(speakerId)
  }
}
