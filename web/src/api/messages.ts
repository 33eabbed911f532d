// What travels over /api/voip/ws (proto/asyncapi.yaml).
export type CallStatus =
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'failed'
  | 'busy'
  | 'no-answer'
  | 'canceled'

export type EntityType = 'person' | 'lead' | 'deal'

export interface CallContact {
  type: EntityType
  id: string
  name: string
  company?: string | null
}

export interface Call {
  id: string
  version: number
  direction: 'inbound' | 'outbound'
  status: CallStatus
  from_number: string
  to_number: string
  contact: CallContact | null
  started_at: string
  answered_at: string | null
  ended_at: string | null
  duration: number
  hangup_by?: string | null
  cause?: string | null
  message?: string | null
  session?: string | null
  mine: boolean
  held: boolean
  recording: boolean
  early_media: boolean
  click_to_call: boolean
  did?: string | null
}

export interface SocketUser {
  id: string
  name: string
  email: string
}

export interface Hello {
  type: 'hello'
  session: string
  user: SocketUser
  calls: Call[]
  server_time: string
}

export interface Reply {
  type: 'reply'
  id: string
  ok: boolean
  call_id?: string
  sdp?: string
  error?: string
  message?: string
}

export interface CallQuality {
  type: 'call.quality'
  call_id: string
  mos: number
  lost_permille: number
  jitter_ms: number
  rtt_ms: number
}

export type ServerMessage =
  | Hello
  | Reply
  | CallQuality
  | { type: 'call.media'; call_id: string; sdp: string }
  | { type: 'call.changed'; call: Call }
  | { type: 'call.dtmf'; call_id: string; digit: string }
  | { type: 'contact.changed' }
  | { type: 'recording.stored'; call_id: string; recording_id: string }
  | { type: 'bye'; reason: string }

/** A request as the callers write it; the socket adds the id. */
export type ClientRequest =
  | {
      type: 'call.dial'
      to: string
      sdp: string
      idempotency_key: string
      entity_type?: EntityType
      entity_id?: string
      from?: string
    }
  | { type: 'call.answer' | 'call.attach'; call_id: string; sdp: string }
  | {
      type: 'call.decline' | 'call.hangup' | 'call.hold' | 'call.unhold' | 'call.alerting'
      call_id: string
    }
  | { type: 'call.dtmf'; call_id: string; digits: string }
  | { type: 'ping' }
