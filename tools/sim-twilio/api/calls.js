import { ApiError } from '../errors.js'
import { readDate, rfc2822 } from '../dates.js'
import { Call, TERMINAL } from '../call.js'
import { isE164 } from '../../sim-lib/pstn/numbers.js'
import { bool, callbackFields, callbackUrl, exactlyOne, form, method, oneOf, text, url, whole, words } from './fields.js'
import { filters, newestFirst, page } from './list.js'
import { ROOT } from './index.js'

export const PROGRESS = { StatusCallback: callbackUrl, StatusCallbackMethod: method, StatusCallbackEvent: words('initiated', 'ringing', 'answered', 'completed') }
export const RECORDING = { RecordingChannels: oneOf('mono', 'dual'), RecordingTrack: oneOf('inbound', 'outbound', 'both'), RecordingStatusCallback: callbackUrl,
  RecordingStatusCallbackMethod: method, RecordingStatusCallbackEvent: words('in-progress', 'completed', 'absent'), Trim: oneOf('trim-silence', 'do-not-trim') }

const twiml = value => {
  if (value.length > 4000) throw new ApiError(21620, 'Twiml is longer than 4000 characters')
  return value
}
const INSTRUCTIONS = { Url: url, Method: method, FallbackUrl: url, FallbackMethod: method, Twiml: twiml }
const CREATE = { To: text, From: text, ApplicationSid: text, ...INSTRUCTIONS, ...PROGRESS, Timeout: whole(1, 600), TimeLimit: whole(1, 86400), SendDigits: text,
  Record: bool, ...RECORDING, CallerId: text, CallReason: text, CallToken: text, Byoc: text, SipAuthUsername: text, SipAuthPassword: text,
  MachineDetection: oneOf('Enable', 'DetectMessageEnd'), AsyncAmd: bool, AsyncAmdStatusCallback: callbackUrl, AsyncAmdStatusCallbackMethod: method }
const UPDATE = { ...INSTRUCTIONS, Status: oneOf('completed', 'canceled'), StatusCallback: callbackUrl, StatusCallbackMethod: method, TimeLimit: whole(1, 86400) }

const instructionsOf = f => (f.Twiml ? { twiml: f.Twiml } : { url: f.Url, method: f.Method, fallbackUrl: f.FallbackUrl, fallbackMethod: f.FallbackMethod })

export function callRoutes(server, sim) {
  server.on('POST', `${ROOT}/Calls.json`, ctx => create(sim, ctx))
  server.on('GET', `${ROOT}/Calls.json`, ctx => list(sim, ctx))
  server.on('GET', `${ROOT}/Calls/{call}.json`, ctx => ctx.json(200, renderCall(findCall(sim, ctx))))
  server.on('POST', `${ROOT}/Calls/{call}.json`, ctx => update(sim, ctx))
  server.on('DELETE', `${ROOT}/Calls/{call}.json`, ctx => {
    const call = findCall(sim, ctx)
    if (call.live) throw new ApiError(21220, 'a call that is up cannot be deleted')
    sim.calls.delete(call.sid)
    ctx.send(204, '')
  })
}

export function findCall(sim, ctx) {
  const call = sim.calls.get(ctx.params.call)
  if (!call) throw new ApiError(20404, 'no such call')
  return call
}

// Whom to ring, and by what number; also for a participant of a conference.
export function checkEnds(sim, To, From) {
  if (!To) throw new ApiError(21201)
  if (!From) throw new ApiError(21213)
  const client = /^client:[^\s]{1,256}$/.test(To)
  if (!client && !isE164(To)) throw new ApiError(21211, `${To}`)
  if (client ? !From.trim() : !isE164(From)) throw new ApiError(21212, `${From}`)
  if (!client && !sim.mayShow(From)) throw new ApiError(21210, `${From} is no number of this account`)
}

// client:alice?lead=7 rings alice, whose SDK gets the rest as custom parameters.
export function targetOf(To) {
  const at = To.startsWith('client:') ? To.indexOf('?') : -1
  return at < 0 ? { to: To, customParams: '' } : { to: To.slice(0, at), customParams: To.slice(at + 1) }
}

function create(sim, ctx) {
  const f = form(ctx, CREATE)
  checkEnds(sim, f.To, f.CallerId ?? f.From)
  const by = exactlyOne(f, ['Url', 'Twiml', 'ApplicationSid'])
  const app = by === 'ApplicationSid' ? sim.account.handlerOfApplication(f.ApplicationSid) : null
  if (by === 'ApplicationSid' && !app) throw new ApiError(21218, `${f.ApplicationSid}`)
  const callback = callbackFields(f, 'StatusCallback', ['completed'])
  const { to, customParams } = targetOf(f.To)
  const call = new Call(sim, { from: f.CallerId ?? f.From, to, customParams, direction: 'outbound-api', callback: callback ?? app?.callback, applicationSid: app?.applicationSid })
  if (f.MachineDetection) call.answeredBy = 'human' // every simulated phone is a person
  call.onAnswer = () => {
    if (f.SendDigits) call.line.digits?.(f.SendDigits.replace(/w/gi, ''))
    if (f.Record) sim.record(call, { source: 'OutboundAPI', fields: f, onCall: true })
  }
  sim.dialOut(call, app ?? instructionsOf(f), { timeout: f.Timeout ?? 60, timeLimit: f.TimeLimit })
  ctx.json(201, renderCall(call))
}

function update(sim, ctx) {
  const call = findCall(sim, ctx)
  const f = form(ctx, UPDATE)
  if (!call.live && (f.Status || f.Url || f.Twiml)) throw new ApiError(21220, `Call is not in-progress. Cannot ${f.Status ? 'end' : 'redirect'} a call that is ${call.status}.`)
  if (f.Status && (f.Url || f.Twiml)) throw new ApiError(21620, 'Status and new instructions exclude each other')
  if (f.Url && f.Twiml) throw new ApiError(21620, 'Url and Twiml exclude each other')
  if (f.StatusCallback) call.callback = { url: f.StatusCallback, method: f.StatusCallbackMethod ?? 'POST', events: call.callback?.events ?? new Set(['completed']) }
  if (f.TimeLimit) call.limit(f.TimeLimit)
  if (f.Status === 'canceled' && call.status === 'in-progress') throw new ApiError(21220, 'a call that was answered cannot be canceled')
  if (f.Status) call.hangup()
  if (f.Url || f.Twiml) redirect(sim, call, f)
  ctx.json(200, renderCall(call))
}

function redirect(sim, call, f) {
  const ours = call.direction === 'inbound' || call.status === 'in-progress'
  if (!ours) throw new ApiError(21220, 'Call is not in-progress. Cannot redirect.')
  sim.redirect(call, instructionsOf(f))
}

function list(sim, ctx) {
  const moment = value => {
    const date = readDate(value)
    if (!date) throw new ApiError(21620, `'${value}' is no date`)
    return date
  }
  const f = filters(ctx, { To: text, From: text, Status: oneOf('queued', 'ringing', 'in-progress', ...TERMINAL), ParentCallSid: text,
    StartTime: moment, 'StartTime<': moment, 'StartTime>': moment, EndTime: moment, 'EndTime<': moment, 'EndTime>': moment })
  const started = call => call.started ?? call.created
  const fits = call => (!f.To || call.to === f.To) && (!f.From || call.from === f.From) && (!f.Status || call.status === f.Status) &&
    (!f.ParentCallSid || call.parent?.sid === f.ParentCallSid) &&
    within(started(call), f.StartTime, f['StartTime<'], f['StartTime>']) && within(call.ended, f.EndTime, f['EndTime<'], f['EndTime>'])
  page(ctx, 'calls', newestFirst(sim.calls).filter(fits), renderCall)
}

const DAY_MS = 86_400_000
export const within = (date, day, before, after) =>
  (!day || (date && date >= day && date - day < DAY_MS)) && (!before || (date && date <= before)) && (!after || (date && date >= after))

export function renderCall(call) {
  const { sim } = call
  const uri = `/2010-04-01/Accounts/${sim.account.sid}/Calls/${call.sid}`
  return {
    sid: call.sid, parent_call_sid: call.parent?.sid ?? null, account_sid: sim.account.sid, to: call.to, to_formatted: call.to, from: call.from,
    from_formatted: call.from, phone_number_sid: sim.account.numberOf(call.direction === 'inbound' ? call.to : call.from)?.sid ?? '', status: call.status,
    start_time: rfc2822(call.started), end_time: rfc2822(call.ended), duration: call.seconds === null ? null : String(call.seconds), price: null, price_unit: 'USD',
    direction: call.direction, answered_by: call.started ? call.answeredBy : null, api_version: '2010-04-01', forwarded_from: call.forwardedFrom, caller_name: call.callerName,
    queue_time: String(call.queueTime), trunk_sid: '', group_sid: null, annotation: null, date_created: rfc2822(call.created), date_updated: rfc2822(call.ended ?? call.started ?? call.created),
    uri: `${uri}.json`, subresource_uris: { recordings: `${uri}/Recordings.json`, notifications: `${uri}/Notifications.json`, events: `${uri}/Events.json` },
  }
}
