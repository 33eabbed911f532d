// The agent's legs of calls in carriers' phones: at which provider a call is, which legs this tab has asked
// for, and which calls are muted here, wherever they go on.
import type { Call } from '@/api/messages'
import { CallError } from '../client'
import { isOver } from '../state'
import type { PhoneProvider, Phones } from './phones'

export class CarrierLegs {
  private readonly providers = new Map<string, PhoneProvider>()
  /** Whose leg this tab has asked for already, by call: one that it lost is not taken again. */
  private readonly asked = new Map<string, string>()
  private readonly muted = new Set<string>()

  constructor(private readonly phones: Phones) {}

  providerOf(callId: string): PhoneProvider | undefined {
    return this.providers.get(callId)
  }

  /** True: the call has left a carrier and goes on over a trunk, with its audio in our own connection. */
  learn(call: Call): boolean {
    const { id, driver, provider_id: providerId } = call
    if (driver && providerId && !isOver(call)) {
      this.providers.set(id, { driver, provider_id: providerId })
      return false
    }
    this.phones.release(id)
    return this.providers.delete(id) && !isOver(call)
  }

  /** Null: the call is at no carrier, or its leg was asked for before. */
  take(callId: string): Promise<void> | null {
    const provider = this.providers.get(callId)
    if (!provider || this.asked.get(callId) === provider.provider_id) return null
    return this.accept(callId, provider)
  }

  /** A person answers: claim asks our server whether this tab may have the leg. */
  async answer(callId: string, provider: PhoneProvider, claim: () => Promise<void>): Promise<void> {
    this.asked.set(callId, provider.provider_id)
    await claim()
    // it has gone on elsewhere meanwhile: call.changed has said where it rings now
    if (this.providers.get(callId)?.provider_id !== provider.provider_id) return
    await this.accept(callId, provider).catch((error: unknown) => {
      if (!(error instanceof CallError) || error.code !== 'canceled') throw error
    })
  }

  mute(callId: string, on: boolean): void {
    if (on) this.muted.add(callId)
    else this.muted.delete(callId)
    this.phones.mute(callId, on)
  }

  isMuted(callId: string): boolean {
    return this.muted.has(callId)
  }

  forget(callId: string): void {
    this.asked.delete(callId)
    this.muted.delete(callId)
  }

  private accept(callId: string, provider: PhoneProvider): Promise<void> {
    this.asked.set(callId, provider.provider_id)
    const taken = this.phones.accept(callId, provider)
    if (this.muted.has(callId)) this.phones.mute(callId, true)
    return taken
  }
}
