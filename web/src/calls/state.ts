// What the phone knows. Changed only by reducer.ts, read through view.ts.
import type { LinkState } from '@/api/socket'
import type { Call, CallStatus, EntityType } from '@/api/messages'

export type MicState = 'unknown' | 'prompt' | 'granted' | 'denied' | 'missing' | 'busy'
/** Our own audio of a call: none, being set up, up, or broken and being repaired. */
export type MediaState = 'none' | 'connecting' | 'up' | 'down'
/** Who has the audio of a call that is not ours: nobody we can see, or another tab of this browser. */
export type Holder = 'unknown' | 'other-tab'

export interface Quality {
  mos: number
  lostPermille: number
  jitterMs: number
  rttMs: number
}

export interface DialTarget {
  to: string
  /** The number to be shown; the server decides. */
  from?: string
  name?: string
  entityType?: EntityType
  entityId?: string
  /** Digits to offer after the answer (an extension, a conference code). */
  after?: string
}

export interface Entry {
  call: Call
  media: MediaState
  muted: boolean
  /** Silenced for this tab only; the call goes on ringing elsewhere. */
  ignored: boolean
  /** We sent the answer and wait for the verdict. */
  answering: boolean
  /** Another session of the user took the call while we were ringing. */
  elsewhere: boolean
  /** Gone from the server's list without a last word. */
  lost: boolean
  digits: string
  quality: Quality | null
  after: string
  holder: Holder
}

export interface PhoneFault {
  code: string
  message: string
}

export interface PhoneState {
  link: LinkState
  mic: MicState
  /** Session ids this tab had: a new connection gets a new one while the audio stays ours. */
  sessions: readonly string[]
  /** The server's clock minus ours, for timers. */
  skewMs: number
  calls: Readonly<Record<string, Entry>>
  /** Sent, but without a call id yet. */
  dialling: (DialTarget & { key: string }) | null
  /** The ended call whose result is on screen. */
  finished: string | null
  fault: PhoneFault | null
  /** Carriers whose phone cannot be rung in this page, and why. */
  deaf: Readonly<Record<string, string>>
  lastTarget: DialTarget | null
}

export const initialState: PhoneState = {
  link: 'stopped',
  mic: 'unknown',
  sessions: [],
  skewMs: 0,
  calls: {},
  dialling: null,
  finished: null,
  fault: null,
  deaf: {},
  lastTarget: null,
}

export type Action =
  | { type: 'link'; state: LinkState }
  | { type: 'mic'; state: MicState }
  | { type: 'hello'; session: string; calls: readonly Call[]; skewMs: number }
  | { type: 'changed'; call: Call }
  | { type: 'dialling'; key: string; target: DialTarget }
  | { type: 'dialled'; key: string; callId: string }
  | { type: 'dial-failed'; key: string; fault: PhoneFault }
  | { type: 'dial-canceled'; key: string }
  | { type: 'answering'; callId: string; on: boolean }
  | { type: 'media'; callId: string; state: MediaState }
  | { type: 'muted'; callId: string; on: boolean }
  | { type: 'ignored'; callId: string }
  | { type: 'digits'; callId: string; digits: string }
  | { type: 'after-sent'; callId: string }
  | { type: 'lost'; callId: string }
  | { type: 'quality'; callId: string; quality: Quality }
  | { type: 'holder'; callId: string; holder: Holder }
  | { type: 'fault'; fault: PhoneFault | null }
  | { type: 'phone'; driver: string; why: string | null }
  | { type: 'dismiss' }

const TERMINAL: ReadonlySet<CallStatus> = new Set([
  'completed',
  'failed',
  'busy',
  'no-answer',
  'canceled',
])

export function isOver(call: Call): boolean {
  return TERMINAL.has(call.status)
}

export type MicRefusal = 'denied' | 'missing' | 'busy'

export function isRefused(mic: string): mic is MicRefusal {
  return mic === 'denied' || mic === 'missing' || mic === 'busy'
}
