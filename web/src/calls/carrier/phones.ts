// The carriers' phones of this page, one a provider, and which calls have their audio there. A phone's
// code is loaded when the first provider of its driver is seen.
import { CallError } from '../client'
import type { CarrierPhone, CarrierPhoneEvents, CarrierPhoneOptions, MakePhone, PhoneToken } from './phone'

export interface PhoneProvider {
  provider_id: string
  driver: 'twilio' | 'telnyx'
}

export interface PhonesOptions {
  load: (driver: PhoneProvider['driver']) => Promise<MakePhone>
  token: (providerId: string) => Promise<PhoneToken>
  settings: CarrierPhoneOptions['settings']
  events: Omit<CarrierPhoneEvents, 'ready'> & {
    ready: (driver: PhoneProvider['driver'], ready: boolean, why: string) => void
  }
}

/** A provider that this page signs in to. */
interface Known {
  driver: PhoneProvider['driver']
  phone: Promise<CarrierPhone>
  gone: boolean
}

/** A call whose leg this tab takes or has. */
interface Taken {
  providerId: string
  /** Once it is loaded. */
  phone: CarrierPhone | null
  muted: boolean
}

export class Phones {
  private readonly phones = new Map<string, Known>()
  private readonly taken = new Map<string, Taken>()
  private stopped = false

  constructor(private readonly options: PhonesOptions) {}

  /** Signs in to what is new, and out of what is gone, but for calls that are there. */
  signIn(providers: readonly PhoneProvider[]): void {
    const busy = [...this.taken.values()].map(({ providerId }) => providerId)
    const wanted = new Set([...busy, ...providers.map(({ provider_id: id }) => id)])
    for (const id of [...this.phones.keys()]) if (!wanted.has(id)) this.signOut(id)
    for (const provider of providers) void this.phoneOf(provider).catch(() => undefined)
  }

  stop(): void {
    this.stopped = true
    for (const callId of [...this.taken.keys()]) this.release(callId)
    for (const id of [...this.phones.keys()]) this.signOut(id)
  }

  has(callId: string): boolean {
    return this.taken.has(callId)
  }

  isAt(callId: string, providerId: string): boolean {
    return this.taken.get(callId)?.providerId === providerId
  }

  /** Takes the agent's leg of this call. A call that goes on at another carrier lets go of the first. */
  async accept(callId: string, provider: PhoneProvider): Promise<void> {
    if (this.isAt(callId, provider.provider_id)) return
    this.release(callId)
    const entry: Taken = { providerId: provider.provider_id, phone: null, muted: false }
    this.taken.set(callId, entry)
    this.options.events.media(callId, 'connecting')
    try {
      entry.phone = await this.phoneOf(provider)
      if (this.taken.get(callId) !== entry) throw new CallError('canceled')
      const done = entry.phone.accept(callId)
      if (entry.muted) entry.phone.mute(callId, true)
      await done
    } catch (error) {
      if (this.taken.get(callId) === entry) this.release(callId)
      throw error
    }
  }

  release(callId: string): void {
    const entry = this.taken.get(callId)
    if (!entry) return
    this.taken.delete(callId)
    entry.phone?.release(callId)
    this.options.events.media(callId, 'none')
  }

  mute(callId: string, on: boolean): void {
    const entry = this.taken.get(callId)
    if (!entry) return
    entry.muted = on
    entry.phone?.mute(callId, on)
  }

  async hold(callId: string, on: boolean): Promise<void> {
    await this.taken.get(callId)?.phone?.hold?.(callId, on)
  }

  /** False: this phone sends no keys, our server does. */
  digits(callId: string, digits: string): boolean {
    const phone = this.taken.get(callId)?.phone
    if (!phone?.digits) return false
    phone.digits(callId, digits)
    return true
  }

  applyDevices(): void {
    for (const { phone } of this.phones.values()) {
      void phone.then((p) => p.applyDevices()).catch(() => undefined)
    }
  }

  private phoneOf(provider: PhoneProvider): Promise<CarrierPhone> {
    const known = this.phones.get(provider.provider_id)
    if (known) return known.phone
    const { driver, provider_id: id } = provider
    const entry = { driver, gone: false } as Known
    entry.phone = this.make(id, entry)
    this.phones.set(id, entry)
    // what could not be loaded (offline, a new release) is tried again by the next call
    entry.phone.catch(() => this.phones.get(id) === entry && this.phones.delete(id))
    return entry.phone
  }

  /** Nobody is told any more that a phone is deaf whose provider is gone. */
  private signOut(id: string): void {
    const entry = this.phones.get(id)
    if (!entry) return
    entry.gone = true
    this.phones.delete(id)
    void entry.phone.then((phone) => phone.stop()).catch(() => undefined)
    const others = [...this.phones.values()].some(({ driver }) => driver === entry.driver)
    if (!others && !this.stopped) this.options.events.ready(entry.driver, true, '')
  }

  private async make(id: string, entry: Known): Promise<CarrierPhone> {
    const { load, token, settings, events } = this.options
    const ready = (is: boolean, why = '') => {
      if (!entry.gone) events.ready(entry.driver, is, why)
    }
    const make = await load(entry.driver).catch((error: unknown) => {
      ready(false, 'phone_not_loaded')
      throw error
    })
    if (this.stopped || entry.gone) throw new CallError('canceled')
    const phone = make({
      token: () => token(id),
      settings,
      events: {
        media: (callId, state) => this.onMedia(id, callId, state),
        quality: (callId, quality) => this.isAt(callId, id) && events.quality(callId, quality),
        mic: events.mic,
        ready,
      },
    })
    void phone.start().catch((error: unknown) => ready(false, String(error)))
    return phone
  }

  /** `none`: the carrier or another tab ended the leg; our server tells how the call goes on. */
  private onMedia(providerId: string, callId: string, state: Parameters<CarrierPhoneEvents['media']>[1]): void {
    if (!this.isAt(callId, providerId)) return
    if (state === 'none') this.taken.delete(callId)
    this.options.events.media(callId, state)
  }
}
