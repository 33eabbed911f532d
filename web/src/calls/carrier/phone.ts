// A carrier's own phone in this page. Call control stays with our server (dial, hang up, hold, who
// may answer); the phone signs in at the carrier, is rung by the agent's leg of a call, and has its
// audio.
import type { MicSettings } from '../microphone'
import type { MediaState, MicState, Quality } from '../state'

/** What `POST /api/voip/token` answers for this driver. */
export interface PhoneToken {
  token: string
  identity: string
  /** Unix seconds. */
  expires_at: number
  /** Seconds from now: what counts, since clocks of browsers are wrong. */
  expires_in: number
  edge?: string
  connection_id?: string
  /** Where to connect to instead of the carrier: `wss://127.0.0.1:5091`, a simulator. */
  phone_base?: string
}

export interface CarrierPhoneEvents {
  media: (callId: string, state: MediaState) => void
  quality: (callId: string, quality: Quality) => void
  mic: (state: MicState) => void
  /** Signed in and can be rung; or not, after repairs have failed, and why. */
  ready: (ready: boolean, why?: string) => void
}

export interface CarrierPhoneOptions {
  events: CarrierPhoneEvents
  token: () => Promise<PhoneToken>
  settings: () => MicSettings & { speakerId: string }
}

export interface CarrierPhone {
  /** Signs in and stays so: renews its token before the end, signs in again after a fault. */
  start(): Promise<void>
  stop(): void
  /**
   * Takes the leg of this call, now or as soon as it rings here. Rejects with a CallError when it
   * does not come or the microphone is refused, `canceled` after `release`.
   */
  accept(callId: string): Promise<void>
  /** Lets go of the leg in this tab only: one that rings goes on in others, one in talk ends. */
  release(callId: string): void
  mute(callId: string, on: boolean): void
  /** Absent: our server holds by the carrier's API. Rejects when the carrier did not do it. */
  hold?(callId: string, on: boolean): Promise<void>
  /** Absent: our server sends keys by the carrier's API. */
  digits?(callId: string, digits: string): void
  /** Devices of the settings have changed. */
  applyDevices(): void
}

export type MakePhone = (options: CarrierPhoneOptions) => CarrierPhone
