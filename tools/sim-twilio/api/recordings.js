import { ApiError } from '../errors.js'
import { readDate, rfc2822 } from '../dates.js'
import { bool, form, oneOf, readFields, text } from './fields.js'
import { filters, newestFirst, page } from './list.js'
import { RECORDING, findCall, within } from './calls.js'
import { findConference } from './conferences.js'
import { ROOT } from './index.js'

const UPDATE = { Status: oneOf('stopped', 'paused', 'in-progress'), PauseBehavior: oneOf('skip', 'silence') }

export function recordingRoutes(server, sim) {
  const find = ctx => {
    const recording = sim.recordings.get(ctx.params.recording)
    if (!recording || recording.deleted) throw new ApiError(20404, 'no such recording')
    return recording
  }
  server.on('POST', `${ROOT}/Calls/{call}/Recordings.json`, ctx => {
    const call = findCall(sim, ctx)
    const fields = form(ctx, RECORDING)
    if (call.status !== 'in-progress') throw new ApiError(21220, `a call that is ${call.status} cannot be recorded`)
    ctx.json(201, renderRecording(sim.record(call, { source: 'StartCallRecordingAPI', fields })))
  })
  server.on('POST', `${ROOT}/Calls/{call}/Recordings/{recording}.json`, ctx => update(sim, ctx))
  server.on('GET', `${ROOT}/Calls/{call}/Recordings.json`, ctx => {
    const call = findCall(sim, ctx)
    list(sim, ctx, r => r.call === call)
  })
  server.on('GET', `${ROOT}/Conferences/{conference}/Recordings.json`, ctx => {
    const conference = findConference(sim, ctx)
    list(sim, ctx, r => r.conference === conference)
  })
  server.on('GET', `${ROOT}/Recordings.json`, ctx => list(sim, ctx, () => true))
  server.on('GET', `${ROOT}/Recordings/{recording}.json`, ctx => ctx.json(200, renderRecording(find(ctx))))
  server.on('GET', `${ROOT}/Recordings/{recording}.wav`, ctx => media(ctx, find(ctx), 'wav'))
  server.on('GET', `${ROOT}/Recordings/{recording}.mp3`, ctx => media(ctx, find(ctx), 'mp3'))
  server.on('GET', `${ROOT}/Recordings/{recording}`, ctx => media(ctx, find(ctx), 'wav'))
  server.on('DELETE', `${ROOT}/Recordings/{recording}.json`, ctx => {
    const recording = find(ctx)
    recording.stop()
    recording.deleted = true
    ctx.send(204, '')
  })
}

async function media(ctx, recording, format) {
  const { RequestedChannels } = readFields(ctx.query, { RequestedChannels: oneOf('1', '2') })
  if (recording.status !== 'completed') throw new ApiError(20404, `the recording is ${recording.status}`)
  const audio = await recording.audio(format, RequestedChannels ? Number(RequestedChannels) : undefined)
  ctx.send(200, audio, { 'content-type': format === 'mp3' ? 'audio/mpeg' : 'audio/x-wav' })
}

function update(sim, ctx) {
  const call = findCall(sim, ctx)
  const asked = ctx.params.recording
  const recording = call.recordings.find(r => (asked === 'Twilio.CURRENT' ? r.live : r.sid === asked))
  if (!recording) throw new ApiError(20404, 'no such recording of this call')
  const { Status, PauseBehavior } = form(ctx, UPDATE)
  if (!Status) throw new ApiError(21620, 'Status is missing')
  if (!recording.live) throw new ApiError(21220, `the recording is ${recording.status}`)
  if (Status === 'stopped') recording.stop()
  else if (Status === 'paused') recording.pause(PauseBehavior)
  else recording.resume()
  ctx.json(200, renderRecording(recording))
}

function list(sim, ctx, among) {
  const moment = value => {
    const date = readDate(value)
    if (!date) throw new ApiError(21620, `'${value}' is no date`)
    return date
  }
  const f = filters(ctx, { CallSid: text, ConferenceSid: text, DateCreated: moment, 'DateCreated<': moment, 'DateCreated>': moment, IncludeSoftDeleted: bool })
  const fits = r => (!r.deleted || f.IncludeSoftDeleted) && among(r) && (!f.CallSid || r.call?.sid === f.CallSid) &&
    (!f.ConferenceSid || r.conference?.sid === f.ConferenceSid) && within(r.created, f.DateCreated, f['DateCreated<'], f['DateCreated>'])
  page(ctx, 'recordings', newestFirst(sim.recordings).filter(fits), renderRecording)
}

export function renderRecording(r) {
  const account = r.sim.account.sid
  return {
    sid: r.sid, account_sid: account, call_sid: r.call?.sid ?? null, conference_sid: r.conference?.sid ?? null,
    status: r.deleted ? 'deleted' : r.status, channels: r.dual ? 2 : 1, source: r.source, track: r.track, duration: r.live ? null : String(r.seconds),
    start_time: rfc2822(r.started), error_code: r.status === 'absent' ? 16101 : null, price: null, price_unit: 'USD', api_version: '2010-04-01',
    media_url: r.url, encryption_details: null, date_created: rfc2822(r.created), date_updated: rfc2822(r.created),
    uri: `/2010-04-01/Accounts/${account}/Recordings/${r.sid}.json`,
    subresource_uris: {},
  }
}
