// The one interface of everything that can carry a call. The widget and the store know only this;
// a driver (our gateway, Twilio's SDK, Telnyx's SDK) stands behind it.
import type { Call } from '@/api/messages'
import type { LinkState } from '@/api/socket'
import type { DialTarget, MediaState, MicState, Quality } from './state'

/** What the active driver can do: the button of another thing is greyed. */
export interface Capabilities {
  hold: boolean
  dtmf: boolean
  mute: boolean
  chooseSpeaker: boolean
}

export interface Greeting {
  session: string
  calls: readonly Call[]
  /** The server's clock minus ours. */
  skewMs: number
}

export interface CallClientEvents {
  link: (state: LinkState) => void
  hello: (greeting: Greeting) => void
  changed: (call: Call) => void
  media: (callId: string, state: MediaState) => void
  mic: (state: MicState) => void
  /** The server does not know the call any more. */
  gone: (callId: string) => void
  quality: (callId: string, quality: Quality) => void
  digit: (callId: string, digit: string) => void
  /** This tab cannot have the call's audio. */
  failed: (callId: string, error: CallError) => void
  /** A carrier's phone in this page can be rung, or cannot, and why. */
  phone: (driver: string, ready: boolean, why: string) => void
  /** Something outside a call changed on the server: history and contacts reload. */
  news: (what: 'contact' | 'recording') => void
}

export interface CallClient {
  readonly can: Capabilities
  start(): void
  stop(): void
  /** After sleep or a change of network. */
  check(): void
  /** Resolves with the call id; `key` makes a repeat harmless. */
  dial(target: DialTarget, key: string): Promise<string>
  answer(callId: string): Promise<void>
  /** Takes the audio of a live call to this tab. */
  attach(callId: string): Promise<void>
  decline(callId: string): Promise<void>
  hangup(callId: string): Promise<void>
  hold(callId: string, on: boolean): Promise<void>
  mute(callId: string, on: boolean): void
  digits(callId: string, digits: string): Promise<void>
  /** Lets go of the audio of a call that ended or moved. */
  release(callId: string): void
  applyDevices(): void
}

/** A failure with a stable word; the sentence comes from the messages, or from the server. */
export class CallError extends Error {
  constructor(
    readonly code: string,
    message = '',
  ) {
    super(message)
  }
}
