// The part of Twilio's voice SDK that we use. It is loaded when a Twilio call is possible at all:
// who never has one never downloads it.
import type { PhoneToken } from '../carrier/phone'

/** What the SDK measures each second. */
export interface SdkSample {
  mos: number | null
  /** Percent. */
  packetsLostFraction: number
  jitter: number
  rtt: number
}

/** As an EventEmitter has it. */
type Listener = (...args: any[]) => void

export interface SdkCall {
  readonly customParameters: ReadonlyMap<string, string>
  on(event: string, listener: Listener): unknown
  accept(): void
  ignore(): void
  disconnect(): void
  mute(on: boolean): void
  sendDigits(digits: string): void
}

export interface SdkAudio {
  readonly availableInputDevices: ReadonlyMap<string, unknown>
  readonly availableOutputDevices: ReadonlyMap<string, unknown>
  readonly inputDevice: { readonly deviceId: string } | null
  readonly isOutputSelectionSupported: boolean
  readonly speakerDevices: { set(id: string): Promise<void> }
  setInputDevice(id: string): Promise<void>
  setAudioConstraints(constraints: MediaTrackConstraints): Promise<void>
  incoming(on: boolean): boolean
  disconnect(on: boolean): boolean
}

export interface SdkDevice {
  readonly audio: SdkAudio | null
  readonly state: string
  on(event: string, listener: Listener): unknown
  register(): Promise<void>
  unregister(): Promise<void>
  updateToken(token: string): void
  destroy(): void
}

export interface Sdk {
  Device: new (token: string, options?: object) => SdkDevice
}

export async function loadSdk(): Promise<Sdk> {
  return await import('@twilio/voice-sdk')
}

/** The softphone has sounds of its own; the SDK's would come from Twilio's host. */
class Silence {
  play(): Promise<void> {
    return Promise.resolve()
  }
  stop(): void {}
  setSinkIds(): void {}
}

const SOUNDS = ['incoming', 'outgoing', 'disconnect', ...'0123456789sh'].map((name) =>
  name.length === 1 ? `dtmf${name}` : name,
)

/**
 * `chunderw`, `publishEvents` and `Sound` stand in no document, hence the pinned version: where to
 * sign in, nothing told to Twilio's statistics, nothing played.
 */
export function deviceOptions(token: PhoneToken, openMic: () => Promise<MediaStream>): object {
  return {
    edge: token.edge || 'roaming',
    ...(token.phone_base && { chunderw: new URL(token.phone_base).host }),
    publishEvents: false,
    Sound: Silence,
    sounds: Object.fromEntries(SOUNDS.map((name) => [name, 'data:,'])),
    getUserMedia: openMic,
    codecPreferences: ['opus', 'pcmu'],
    allowIncomingWhileBusy: true,
    // a page that goes takes its call along: ask first
    closeProtection: true,
    maxCallSignalingTimeoutMs: 30_000,
    enableImprovedSignalingErrorPrecision: true,
    logLevel: 'silent',
    // at two thirds of its life, and not all browsers at once
    tokenRefreshMs: token.expires_in * 1000 * (0.3 + Math.random() * 0.06),
  }
}
