// Dialling and looking at calls.
import { RECORD, WEBHOOKS, recordFromAnswer, webhooksOf } from '../actions/connect.js'
import { repeated } from '../actions/index.js'
import { ApiError } from '../errors.js'
import { base64, bool, header, listOf, oneOf, phone, readBody, string, url, whole } from '../fields.js'
import { iso } from '../ids.js'
import { Leg } from '../leg.js'

const KEPT_MS = 600_000
const to = (value, name) => (Array.isArray(value) ? listOf(string)(value, name) : string(value, name))

const DETECTION = oneOf('premium', 'detect', 'detect_beep', 'detect_words', 'greeting_end', 'disabled')

const DIAL = { ...WEBHOOKS, ...RECORD, connection_id: string, to, from: phone, from_display_name: string, client_state: base64, command_id: string, link_to: string, bridge_intent: bool,
  bridge_on_answer: bool, prevent_double_bridge: bool, park_after_unbridge: oneOf('self'), answering_machine_detection: DETECTION, timeout_secs: whole(5, 600), time_limit_secs: whole(30, 14_400), custom_headers: listOf(header),
  sip_headers: listOf(header), sip_auth_username: string, sip_auth_password: string, sip_transport_protocol: oneOf('UDP', 'TCP', 'TLS'), media_encryption: oneOf('disabled', 'SRTP', 'DTLS'),
  privacy: oneOf('id', 'none'), send_digits_on_answer: string, preferred_codecs: string, audio_url: url, billing_group_id: string, send_silence_when_idle: bool }

export function callRoutes(server, sim) {
  const dialled = new Map()
  server.on('POST', '/v2/calls', ctx => {
    const f = readBody(ctx, DIAL, ['connection_id', 'to', 'from'])
    const before = repeated(dialled, f.command_id, null)
    const leg = before ?? dial(sim, f)
    if (f.command_id) dialled.get(f.command_id).value = leg
    ctx.json(200, { data: render(leg) })
  })
  server.on('GET', '/v2/calls/{call}', ctx => {
    const leg = sim.legs.get(ctx.params.call)
    if (!leg || (leg.endedAt && Date.now() - leg.endedAt > KEPT_MS)) throw new ApiError(10005, 'The requested call could not be found')
    ctx.json(200, { data: { ...render(leg), start_time: iso(leg.created), end_time: iso(leg.endedAt) ?? undefined } })
  })
}

function dial(sim, f) {
  const connection = sim.account.connection(f.connection_id, 'call_control_application')
  if (!connection?.active) throw new ApiError(10015, 'connection_id: it must be an active Call Control application of this account', '/connection_id')
  const targets = [f.to].flat()
  if (targets.length !== 1) throw new ApiError(10015, 'to: the simulator dials one destination at a time', '/to')
  sim.checkDestination(targets[0], f.from)
  const linked = f.link_to ? sim.legs.get(f.link_to) : null
  if (f.link_to && !linked) throw new ApiError(90015, 'link_to is no call', '/link_to')
  if ((f.bridge_on_answer || f.bridge_intent) && !linked) throw new ApiError(10004, 'bridge_on_answer and bridge_intent need link_to', '/link_to')
  const leg = new Leg(sim, { connection, direction: 'outgoing', from: f.from, to: targets[0], sessionId: linked?.sessionId, clientState: f.client_state ?? null,
    webhooks: webhooksOf(f), displayName: f.from_display_name, headers: f.custom_headers ?? [] })
  leg.keepAfterUnbridge = f.park_after_unbridge === 'self'
  leg.answered.promise.then(yes => { if (yes) afterAnswer(leg, linked, f) })
  sim.dialer.ring(leg, { timeout: f.timeout_secs ?? 30, timeLimit: f.time_limit_secs })
  return leg
}

function afterAnswer(leg, linked, f) {
  recordFromAnswer(leg, f)
  if (f.answering_machine_detection && f.answering_machine_detection !== 'disabled') leg.tell('call.machine.detection.ended', { result: 'human' })
  if (f.send_digits_on_answer) leg.line.digits?.(f.send_digits_on_answer.replace(/w/gi, ''))
  if (!f.bridge_on_answer || !linked.live) return
  if (linked.parked) linked.answer()
  leg.bridgeWith(linked)
}

const render = leg => ({ record_type: 'call', call_control_id: leg.id, call_leg_id: leg.legId, call_session_id: leg.sessionId, is_alive: leg.live,
  ...(leg.clientState ? { client_state: leg.clientState } : {}),
  ...(leg.answeredAt ? { call_duration: Math.round(((leg.endedAt ?? Date.now()) - leg.answeredAt) / 1000) } : {}) })
