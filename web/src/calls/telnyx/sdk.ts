// What we use of @telnyx/webrtc, and how it is set up. Its code is loaded with this file, so only where
// somebody has this carrier.
import { TELNYX_ICE_SERVERS, TelnyxRTC } from '@telnyx/webrtc'
import type { PhoneToken } from '../carrier/phone'

/** A leg, as the SDK shows it. */
export interface SdkLeg {
  readonly id: string
  /** new, ringing, recovering, answering, early, active, held, hangup, destroy, purge ... */
  readonly state: string
  readonly direction: string
  readonly options: {
    customHeaders?: { name: string; value: string }[]
    clientState?: string
    localStream?: MediaStream
  }
  readonly peer?: { instance?: RTCPeerConnection | null } | null
  answer(params: { remoteElement: HTMLMediaElement }): Promise<void>
  hangup(params: object, tell: boolean): Promise<void>
  hold(): Promise<unknown>
  unhold(): Promise<unknown>
  muteAudio(): void
  unmuteAudio(): void
}

export interface SdkNotification {
  type: string
  call?: SdkLeg
}

export interface SdkFault {
  error?: { code?: number; message?: string }
  callId?: string
}

export interface SdkClient {
  connect(): Promise<void>
  disconnect(): Promise<void>
  login(options: { creds: { login_token: string }; onSuccess: () => unknown }): Promise<void>
  clearReconnectToken(): void
  on(event: 'telnyx.notification', h: (notification: SdkNotification) => void): unknown
  on(event: 'telnyx.error', h: (fault: SdkFault) => void): unknown
  on(event: 'telnyx.ready' | 'telnyx.socket.close', h: () => void): unknown
}

export type MakeSdk = (token: PhoneToken) => SdkClient

/** Telnyx's own; the SDK would ask Google's, too. */
const iceServers = [
  TELNYX_ICE_SERVERS.TELNYX_STUN,
  TELNYX_ICE_SERVERS.TELNYX_TURN_UDP_3478,
  TELNYX_ICE_SERVERS.TELNYX_TURN_TCP_3478,
  TELNYX_ICE_SERVERS.TELNYX_TURNS_TCP_443_PRIMARY,
]

export const makeSdk: MakeSdk = ({ token, phone_base: base }) => {
  const options = {
    login_token: token,
    // rings and reports are ours; a page that is left hangs up by itself, when it is really left
    ringtoneFile: '',
    ringbackFile: '',
    enableCallReports: false,
    hangupOnBeforeUnload: false,
    maxReconnectAttempts: 0,
    iceServers: base ? [] : iceServers,
    // not among the types of the package's own options, but read by it
    ...(base && { host: base }),
  }
  const client = new TelnyxRTC(options)
  // it would tell the console about numbers and addresses
  client.__logger.setLevel('error', false)
  return client as unknown as SdkClient
}
