import { ApiError } from '../errors.js'
import { rfc2822 } from '../dates.js'
import { Call } from '../call.js'
import { announceOne } from '../announcements.js'
import { bool, callbackFields, callbackUrl, form, method, oneOf, text, url, whole, words } from './fields.js'
import { filters, page } from './list.js'
import { PROGRESS, RECORDING, checkEnds, targetOf } from './calls.js'
import { findConference } from './conferences.js'
import { ROOT } from './index.js'

const beep = oneOf('true', 'false', 'onEnter', 'onExit')
const waitUrl = value => (value === '' ? '' : url(value))
const CREATE = { From: text, To: text, CallerId: text, Label: text, ...PROGRESS, Timeout: whole(5, 600), TimeLimit: whole(1, 86400), Record: bool, ...RECORDING, Muted: bool, Beep: beep, EarlyMedia: bool,
  StartConferenceOnEnter: bool, EndConferenceOnExit: bool, WaitUrl: waitUrl, WaitMethod: method, MaxParticipants: whole(2, 250), JitterBufferSize: text,
  Coaching: bool, CallSidToCoach: text, CallReason: text, Byoc: text, MachineDetection: oneOf('Enable', 'DetectMessageEnd'),
  ConferenceRecord: oneOf('do-not-record', 'record-from-start', 'true', 'false'), ConferenceTrim: oneOf('trim-silence', 'do-not-trim'),
  ConferenceStatusCallback: callbackUrl, ConferenceStatusCallbackMethod: method,
  ConferenceStatusCallbackEvent: words('start', 'end', 'join', 'leave', 'mute', 'hold', 'modify', 'speaker', 'announcement'),
  ConferenceRecordingStatusCallback: callbackUrl, ConferenceRecordingStatusCallbackMethod: method, ConferenceRecordingStatusCallbackEvent: words('in-progress', 'completed', 'absent', 'failed') }
const UPDATE = { Muted: bool, Hold: bool, HoldUrl: url, HoldMethod: method, AnnounceUrl: url, AnnounceMethod: method, WaitUrl: url, WaitMethod: method,
  BeepOnExit: bool, EndConferenceOnExit: bool, Coaching: bool, CallSidToCoach: text }

export function participantRoutes(server, sim) {
  const base = `${ROOT}/Conferences/{conference}/Participants`
  server.on('POST', `${base}.json`, ctx => create(sim, ctx))
  server.on('GET', `${base}.json`, ctx => {
    const conference = findConference(sim, ctx)
    const f = filters(ctx, { Muted: bool, Hold: bool, Coaching: bool })
    const fits = p => (f.Muted === undefined || p.muted === f.Muted) && (f.Hold === undefined || p.hold === f.Hold) && (f.Coaching === undefined || Boolean(p.coach) === f.Coaching)
    page(ctx, 'participants', [...conference.participants.values()].filter(fits), p => render(conference, p))
  })
  server.on('GET', `${base}/{participant}.json`, ctx => {
    const [conference, participant] = find(sim, ctx)
    ctx.json(200, render(conference, participant))
  })
  server.on('POST', `${base}/{participant}.json`, ctx => update(sim, ctx))
  server.on('DELETE', `${base}/{participant}.json`, ctx => {
    const [conference, participant] = find(sim, ctx)
    conference.leave(participant.call, 'kicked')
    ctx.send(204, '')
  })
}

// By the call or by its label.
function find(sim, ctx) {
  const conference = findConference(sim, ctx)
  const asked = ctx.params.participant
  const participant = conference.participants.get(asked) ?? [...conference.participants.values()].find(p => p.label === asked)
  if (!participant) throw new ApiError(20404, 'no such participant')
  return [conference, participant]
}

// The conference is named by its SID or by its friendly name; an unknown name makes one.
function create(sim, ctx) {
  const f = form(ctx, CREATE)
  const name = ctx.params.conference
  checkEnds(sim, f.To, f.CallerId ?? f.From)
  const known = sim.conferences.get(name)
  if (known && !known.live) throw new ApiError(21220, 'the conference is over')
  const conference = known ?? sim.conferenceNamed(name, {
    callback: callbackFields(f, 'ConferenceStatusCallback', ['start', 'end']),
    record: ['record-from-start', 'true'].includes(f.ConferenceRecord),
    recordingCallback: callbackFields(f, 'ConferenceRecordingStatusCallback', ['completed']),
    maxParticipants: f.MaxParticipants,
  })
  if (f.Label && [...conference.participants.values()].some(p => p.label === f.Label)) throw new ApiError(21620, `Label '${f.Label}' is taken in this conference`)
  const call = new Call(sim, { from: f.CallerId ?? f.From, ...targetOf(f.To), direction: 'outbound-api', callback: callbackFields(f, 'StatusCallback', ['completed']) })
  if (f.EarlyMedia !== false) call.onRinging = () => { if (conference.live) conference.hearRinging(call) }
  call.onAnswer = () => {
    if (f.Record) sim.record(call, { source: 'StartConferenceRecordingAPI', fields: f, onCall: true })
    if (!conference.live) return call.hangup()
    conference.join(call, options(f)).then(() => call.hangup())
  }
  sim.dialOut(call, null, { timeout: f.Timeout ?? 60, timeLimit: f.TimeLimit })
  const participant = { call, label: f.Label ?? null, muted: f.Muted ?? false, hold: false, endOnExit: f.EndConferenceOnExit ?? false,
    startOnEnter: f.StartConferenceOnEnter ?? true, coach: f.CallSidToCoach ?? null, joined: new Date() }
  ctx.json(201, render(conference, participant))
}

const options = f => ({
  label: f.Label ?? null,
  muted: f.Muted ?? false,
  startOnEnter: f.StartConferenceOnEnter ?? true,
  endOnExit: f.EndConferenceOnExit ?? false,
  coach: f.Coaching ? f.CallSidToCoach : null,
  wait: f.WaitUrl === undefined ? null : f.WaitUrl === '' ? '' : { url: f.WaitUrl, method: f.WaitMethod },
})

function update(sim, ctx) {
  const [conference, participant] = find(sim, ctx)
  const f = form(ctx, UPDATE)
  const changes = {}
  if (f.Muted !== undefined) changes.muted = f.Muted
  if (f.Hold !== undefined) Object.assign(changes, { hold: f.Hold, holdUrl: f.HoldUrl ? { url: f.HoldUrl, method: f.HoldMethod } : null })
  if (f.EndConferenceOnExit !== undefined) changes.endOnExit = f.EndConferenceOnExit
  if (f.Coaching !== undefined) changes.coach = f.Coaching ? f.CallSidToCoach ?? participant.coach : null
  if (Object.keys(changes).length) conference.update(participant, changes)
  if (f.AnnounceUrl) announceOne(sim, conference, participant, { url: f.AnnounceUrl, method: f.AnnounceMethod })
  ctx.json(200, render(conference, participant))
}

function render(conference, p) {
  const account = conference.sim.account.sid
  return {
    account_sid: account, call_sid: p.call.sid, conference_sid: conference.sid, label: p.label, muted: p.muted, hold: p.hold, coaching: Boolean(p.coach),
    call_sid_to_coach: p.coach, start_conference_on_enter: p.startOnEnter, end_conference_on_exit: p.endOnExit,
    status: p.call.status === 'in-progress' ? 'connected' : p.call.live ? p.call.status : 'complete', queue_time: String(p.call.queueTime),
    date_created: rfc2822(p.joined), date_updated: rfc2822(p.joined),
    uri: `/2010-04-01/Accounts/${account}/Conferences/${conference.sid}/Participants/${p.call.sid}.json`,
  }
}
