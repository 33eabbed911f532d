// Commands that join and part: answer, reject, hangup, bridge, transfer.
import { ApiError } from '../errors.js'
import { base64, bool, header, listOf, mapOf, object, oneOf, phone, string, url, whole } from '../fields.js'
import { Leg } from '../leg.js'
import { Recording } from '../recording.js'
import { ringback } from '../../sim-lib/media/index.js'

const methods = oneOf('POST', 'GET')
export const WEBHOOKS = { webhook_url: url, webhook_url_method: methods, webhook_urls: mapOf(url), webhook_urls_method: methods,
  webhook_retries_policies: mapOf(object({ retries_ms: listOf(whole(0, 60_000)) })) }
export const RECORD = { record: oneOf('record-from-answer'), record_channels: oneOf('single', 'dual'), record_format: oneOf('wav', 'mp3'), record_max_length: whole(0, 14_400),
  record_timeout_secs: whole(0, 14_400), record_track: oneOf('both', 'inbound', 'outbound'), record_trim: oneOf('trim-silence'), record_custom_file_name: string }

export const webhooksOf = f => ({ url: f.webhook_url || null, urls: f.webhook_urls, retries: f.webhook_retries_policies })

export function recordFromAnswer(leg, f) {
  if (f.record) return new Recording(leg.sim, leg, { channels: f.record_channels ?? 'dual', format: f.record_format ?? 'mp3', max_length: f.record_max_length, initiatedBy: 'dial' })
  return null
}

export const answer = {
  fields: { ...WEBHOOKS, ...RECORD, custom_headers: listOf(header), sip_headers: listOf(header), preferred_codecs: string, billing_group_id: string, send_silence_when_idle: bool },
  run(leg, f) {
    if (!leg.parked) throw new ApiError(10015, 'only a call that waits for an answer can be answered')
    if (f.webhook_url || f.webhook_urls || f.webhook_retries_policies) leg.webhooks = webhooksOf(f)
    leg.answer()
    recordFromAnswer(leg, f)
  },
}

export const reject = {
  fields: { cause: oneOf('CALL_REJECTED', 'USER_BUSY') },
  required: ['cause'],
  run(leg, { cause }) {
    if (leg.state === 'answered') throw new ApiError(10015, 'a call that was answered cannot be rejected')
    leg.end(cause === 'USER_BUSY' ? 'busy' : 'declined', { source: 'callee' })
  },
}

export const hangup = {
  fields: { custom_headers: listOf(header) },
  run(leg) {
    const ours = leg.direction === 'outgoing' && leg.state !== 'answered' && !leg.parked
    leg.end(ours ? 'canceled' : 'completed', { source: leg.direction === 'outgoing' ? 'caller' : 'callee' })
  },
}

export const bridge = {
  fields: { ...RECORD, call_control_id_to_bridge_with: string, park_after_unbridge: oneOf('self'), prevent_double_bridge: bool, play_ringtone: bool, ringtone: string,
    mute_dtmf: oneOf('none', 'both', 'self', 'opposite'), hold_after_unbridge: bool },
  required: ['call_control_id_to_bridge_with'],
  run(leg, f) {
    const other = leg.sim.legs.get(f.call_control_id_to_bridge_with)
    if (!other || other === leg) throw new ApiError(90015, 'call_control_id_to_bridge_with is no other call', '/call_control_id_to_bridge_with')
    if (!other.live) throw new ApiError(90018, 'The call to bridge with has already ended')
    if (f.prevent_double_bridge && (leg.bridge || other.bridge)) throw new ApiError(10015, 'a call is bridged already')
    leg.keepAfterUnbridge = f.park_after_unbridge === 'self'
    if (f.play_ringtone && leg.state === 'answered' && other.state !== 'answered') leg.play(ringback(), new AbortController())
    const both = () => {
      leg.bridgeWith(other)
      recordFromAnswer(leg, f)
    }
    for (const one of [leg, other]) if (one.parked) one.answer()
    if (leg.state === 'answered' && other.state === 'answered') both()
    else Promise.all([leg.answered.promise, other.answered.promise]).then(yes => { if (yes.every(Boolean) && leg.live && other.live) both() })
  },
}

export const transfer = {
  fields: { ...WEBHOOKS, ...RECORD, to: string, from: phone, from_display_name: string, early_media: bool, timeout_secs: whole(5, 600), time_limit_secs: whole(30, 14_400),
    custom_headers: listOf(header), sip_headers: listOf(header), target_leg_client_state: base64, park_after_unbridge: oneOf('self'), mute_dtmf: oneOf('none', 'both', 'self', 'opposite'),
    audio_url: url, sip_auth_username: string, sip_auth_password: string, privacy: oneOf('id', 'none'), preferred_codecs: string },
  required: ['to'],
  run(leg, f) {
    const { sim } = leg
    sim.checkDestination(f.to, f.from ?? leg.to)
    const target = new Leg(sim, { connection: leg.connection, direction: 'outgoing', from: f.from ?? leg.to, to: f.to, sessionId: leg.sessionId,
      clientState: f.target_leg_client_state ?? null, webhooks: f.webhook_url ? webhooksOf(f) : leg.webhooks, displayName: f.from_display_name })
    leg.keepAfterUnbridge = f.park_after_unbridge === 'self'
    leg.over.promise.then(() => { if (target.state !== 'answered') target.end('canceled', { source: 'caller' }) })
    target.answered.promise.then(yes => {
      if (!yes || !leg.live) return
      if (leg.parked) leg.answer()
      leg.bridgeWith(target)
      recordFromAnswer(leg, f)
    })
    sim.dialer.ring(target, { timeout: f.timeout_secs ?? 30, timeLimit: f.time_limit_secs })
  },
}
