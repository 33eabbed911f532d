// Status callbacks of calls: which events were asked for, numbered as they are sent.
import { rfc2822 } from './dates.js'
import { overrides, signedRequest } from './requests.js'

// The parameters that every voice request and callback has.
export function voiceParams(call) {
  return {
    CallSid: call.sid,
    AccountSid: call.sim.account.sid,
    From: call.from,
    To: call.to,
    Caller: call.from,
    Called: call.to,
    CallStatus: call.status,
    ApiVersion: '2010-04-01',
    Direction: call.direction,
    ParentCallSid: call.parent?.sid,
    ForwardedFrom: call.forwardedFrom,
    CallerName: call.callerName,
    AnsweredBy: call.started ? call.answeredBy : null,
    ...geography('From', call.from),
    ...geography('To', call.to),
  }
}

// Twilio guesses a place from a number; the guess of a North American one is the country.
function geography(side, number) {
  if (!number?.startsWith('+')) return {}
  const other = side === 'From' ? 'Caller' : 'Called'
  const place = { City: '', State: '', Zip: '', Country: number.startsWith('+1') ? 'US' : '' }
  return Object.fromEntries(Object.entries(place).flatMap(([k, v]) => [[side + k, v], [other + k, v]]))
}

export function tellStatus(call, event) {
  if (!call.callback?.url || !call.callback.events.has(event)) return
  const params = {
    ...voiceParams(call),
    CallStatus: event === 'initiated' ? 'initiated' : call.status,
    Timestamp: rfc2822(new Date()),
    CallbackSource: 'call-progress-events',
    SequenceNumber: call.sequence++,
    ...(event === 'completed' ? finalParams(call) : {}),
  }
  send(call.sim, { kind: 'status', call: call.sid, event }, call.callback, params)
}

function finalParams(call) {
  const recording = call.recordings.find(r => r.onCall)
  return {
    CallDuration: call.seconds,
    Duration: Math.ceil(call.seconds / 60),
    SipResponseCode: call.sipCode ?? 200,
    ...(recording ? { RecordingUrl: recording.url, RecordingSid: recording.sid, RecordingDuration: recording.seconds } : {}),
  }
}

export function tellRecording(recording, status) {
  const { callback, call, conference, sim } = recording
  if (!callback?.url || !callback.events.has(status)) return
  send(sim, { kind: 'recording', recording: recording.sid, event: status }, callback, {
    AccountSid: sim.account.sid,
    CallSid: (call?.parent ?? call)?.sid,
    ConferenceSid: conference?.sid,
    RecordingSid: recording.sid,
    RecordingUrl: recording.url,
    RecordingStatus: status,
    RecordingDuration: status === 'in-progress' ? undefined : recording.seconds,
    RecordingChannels: recording.dual ? 2 : 1,
    RecordingStartTime: rfc2822(recording.started),
    RecordingSource: recording.source,
    RecordingTrack: recording.track,
    ErrorCode: status === 'absent' ? 16101 : undefined,
  })
}

export function tellConference(conference, event, params) {
  const { callback, sim } = conference
  if (!callback?.url || !callback.events.has(CONFERENCE_GROUPS[event] ?? event)) return
  send(sim, { kind: 'conference', conference: conference.sid, event }, callback, {
    ConferenceSid: conference.sid,
    FriendlyName: conference.name,
    AccountSid: sim.account.sid,
    Timestamp: rfc2822(new Date()),
    StatusCallbackEvent: event,
    SequenceNumber: ++conference.sequence,
    ...params,
  })
}

// What an application subscribes by one word arrives as several events.
const CONFERENCE_GROUPS = {
  'conference-start': 'start', 'conference-end': 'end', 'participant-join': 'join', 'participant-leave': 'leave',
  'participant-mute': 'mute', 'participant-unmute': 'mute', 'participant-hold': 'hold', 'participant-unhold': 'hold',
  'participant-modify': 'modify', 'announcement-end': 'announcement', 'announcement-fail': 'announcement',
}

// By default only a connection that failed is tried again; #rp=all or #rp=5xx widens that.
function send(sim, about, { url, method = 'POST' }, params) {
  const { retries, policy } = overrides(url)
  const token = crypto.randomUUID()
  const waits = Array(retries).fill(500)
  const wanted = ({ error, status }) => error ? policy !== '4xx' && policy !== '5xx'
    : policy === 'all' || (policy === '4xx' && status < 500) || (policy === '5xx' && status >= 500)
  sim.hooks.event(about, () => signedRequest(sim.account.authToken, { url, method }, params, token), waits, wanted)
}
