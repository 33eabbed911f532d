// The official `twilio` package judges the REST API, the signatures and the execution of TwiML.
import { expect, test } from './lib/fixtures.js'
import { toneShare, readWav } from '../lib/tone.mjs'
import { twilioClient, believes } from './lib/twilio_client.js'
import { until } from '../lib/until.mjs'

const OWN = '+14155550100'
const PHONE = { echo: '+14155550101', tone: '+14155550103', busy: '+14155550104', nobody: '+14155550105', early: '+14155550106', unknown: '+14155550107', hangup: '+14155550109', declined: '+14155550112', silent: '+14155550113' }

let config
let client
let control

test.beforeEach(async ({ application, twilioSim }) => {
  ({ config, control } = twilioSim)
  application.clear()
  client = twilioClient(config, config.account_sid, config.auth_token)
  await Promise.all([control.del('/faults'), control.del('/trouble'), control.post('/account', { status: 'active', region: 'us1' })])
})
test.afterEach(async ({ twilioSim }) => {
  for (const call of await control.get('/calls')) if (!call.end_time) await control.post(`/calls/${call.sid}/hangup`)
  expect(twilioSim.complaints(), 'what the simulator itself could not do').toBe('')
})

const refused = async (promise, status, code) => {
  const error = await promise.then(() => { throw new Error('it was not refused') }, e => e)
  expect({ status: error.status, code: error.code }, error.message).toEqual({ status, code })
  expect(error.message.length).toBeGreaterThan(3)
}
const ended = (sid, seconds) => until(`the end of ${sid}`, async () => {
  const call = await client.calls(sid).fetch()
  return call.endTime && call
}, seconds)
const status = (sid, word) => until(`${sid} ${word}`, async () => (await client.calls(sid).fetch()).status === word)
const callbacks = (application, sid) => application.at('/status').filter(r => r.form.CallSid === sid).map(r => r.form)

test('account, keys, application, numbers', async () => {
  const account = await client.api.v2010.accounts(config.account_sid).fetch()
  expect(account).toMatchObject({ status: 'active', type: 'Full', sid: config.account_sid })
  const key = await client.newKeys.create({ friendlyName: 'second' })
  expect(key.secret).toMatch(/^[0-9a-f]{32}$/)
  const byKey = twilioClient(config, key.sid, key.secret)
  const [number] = await byKey.incomingPhoneNumbers.list({ phoneNumber: OWN, limit: 1 })
  expect(number.phoneNumber).toBe(OWN)
  const app = await byKey.applications.create({ friendlyName: 'crm', voiceUrl: 'https://crm.example.com/voice', voiceMethod: 'POST' })
  expect((await byKey.applications(app.sid).fetch()).voiceUrl).toBe('https://crm.example.com/voice')
  expect((await byKey.applications(app.sid).update({ voiceUrl: 'https://crm.example.com/v2' })).voiceUrl).toBe('https://crm.example.com/v2')
  expect(await byKey.applications(app.sid).remove()).toBe(true)
  const before = number.voiceApplicationSid
  expect((await byKey.incomingPhoneNumbers(number.sid).update({ voiceApplicationSid: '', voiceUrl: 'https://crm.example.com/in' })).voiceUrl).toBe('https://crm.example.com/in')
  await byKey.incomingPhoneNumbers(number.sid).update({ voiceApplicationSid: before })
  expect((await byKey.balance.fetch()).currency).toBe('USD')
  await client.keys(key.sid).remove()
  await refused(byKey.balance.fetch(), 401, 20003)
})

test('bad input is refused with the vendor\'s codes', async () => {
  const url = 'https://crm.example.com/voice'
  const valid = { to: PHONE.tone, from: OWN, url }
  await refused(twilioClient(config, config.account_sid, 'wrong').balance.fetch(), 401, 20003)
  await refused(client.calls.create({ ...valid, to: '12' }), 400, 21211)
  await refused(client.calls.create({ ...valid, from: '+14155559999' }), 400, 21210)
  await refused(client.calls.create({ ...valid, url: 'ftp://crm.example.com' }), 400, 21205)
  await refused(client.calls.create({ ...valid, twiml: '<Response/>' }), 400, 21205)
  await refused(client.calls.create({ to: PHONE.tone, from: OWN, applicationSid: `AP${'0'.repeat(32)}` }), 400, 21218)
  await refused(client.calls(`CA${'0'.repeat(32)}`).fetch(), 404, 20404)
  const headers = { authorization: `Basic ${Buffer.from(`${config.account_sid}:${config.auth_token}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' }
  const unknown = await fetch(`${config.api}/2010-04-01/Accounts/${config.account_sid}/Calls.json`, { method: 'POST', headers, body: new URLSearchParams({ To: PHONE.tone, From: OWN, Url: url, Colour: 'red' }) })
  expect(unknown.status).toBe(400)
  expect(await unknown.json()).toMatchObject({ code: 20001, message: expect.stringContaining('Colour') })
  expect((await fetch(`${config.api}/2010-04-01/Accounts/AC${'0'.repeat(32)}/Calls.json`, { headers })).status).toBe(404)
})

test('a call goes through every state, each told once and signed', async ({ application }) => {
  const url = application.on('/voice', '<Response><Pause length="30"/></Response>')
  const call = await client.calls.create({ to: PHONE.tone, from: OWN, url: `${url}?call=42&name=Zo%C3%AB`, statusCallback: `${application.base}/status?x=1`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'] })
  expect(call).toMatchObject({ status: 'queued', direction: 'outbound-api', to: PHONE.tone, from: OWN })
  await status(call.sid, 'in-progress')
  await application.heard('/voice', r => r.form.CallSid === call.sid)
  expect((await client.calls.list({ status: 'in-progress', to: PHONE.tone })).map(c => c.sid)).toContain(call.sid)
  await client.calls(call.sid).update({ status: 'completed' })
  const done = await ended(call.sid)
  expect(done.status).toBe('completed')
  await control.post('/webhooks/idle')
  const told = callbacks(application, call.sid).sort((a, b) => a.SequenceNumber - b.SequenceNumber)
  expect(told.map(c => `${c.SequenceNumber} ${c.CallStatus}`)).toEqual(['0 initiated', '1 ringing', '2 in-progress', '3 completed'])
  expect(told[3]).toMatchObject({ CallDuration: done.duration, CallbackSource: 'call-progress-events', SipResponseCode: '200' })
  for (const request of application.requests) expect(believes(config.auth_token, request), request.url).toBe(true)
  expect(believes('0'.repeat(32), application.requests[0])).toBe(false)
})

for (const [name, number, word, sip] of [['busy', PHONE.busy, 'busy', '486'], ['no such number', PHONE.unknown, 'failed', '404'], ['declined', PHONE.declined, 'busy', '603']]) {
  test(`a phone that is ${name} ends as ${word}`, async ({ application }) => {
    const call = await client.calls.create({ to: number, from: OWN, twiml: '<Response/>', statusCallback: `${application.base}/status` })
    expect((await ended(call.sid)).status).toBe(word)
    await control.post('/webhooks/idle')
    expect(callbacks(application, call.sid)).toMatchObject([{ CallStatus: word, SipResponseCode: sip, SequenceNumber: '0' }])
  })
}

test('nobody answers; and a ringing call is canceled', async () => {
  const call = await client.calls.create({ to: PHONE.nobody, from: OWN, twiml: '<Response/>', timeout: 1 })
  expect((await ended(call.sid)).status).toBe('no-answer')
  const second = await client.calls.create({ to: PHONE.nobody, from: OWN, twiml: '<Response/>' })
  await status(second.sid, 'ringing')
  await client.calls(second.sid).update({ status: 'canceled' })
  expect((await ended(second.sid)).status).toBe('canceled')
  await refused(client.calls(second.sid).update({ status: 'completed' }), 400, 21220)
})

test('the customer is bridged: audio both ways, a recording with two channels, deleted at the end', async ({ application }) => {
  application.on('/voice', `<Response><Dial callerId="${OWN}" record="record-from-answer-dual" recordingStatusCallback="/recording" action="/done"><Number statusCallback="/status" statusCallbackEvent="initiated ringing answered completed">${PHONE.hangup}</Number></Dial></Response>`
    .replaceAll('"/', `"${application.base}/`))
  application.on('/done', '<Response><Hangup/></Response>')
  const call = await control.post('/ring', { to: OWN, from: '+12025550111', tone: 600 })
  expect((await ended(call.sid, 15)).status).toBe('completed')
  const { form } = application.at('/done')[0]
  expect(form).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true', From: '+12025550111', To: OWN, Direction: 'inbound' })
  const [child] = await client.calls.list({ parentCallSid: call.sid })
  expect(child).toMatchObject({ sid: form.DialCallSid, direction: 'outbound-dial', from: OWN })
  expect((await control.get(`/calls/${child.sid}`)).phone.heard.dominant_hz).toBe(600)
  expect((await control.get(`/calls/${call.sid}`)).phone.heard.dominant_hz).toBe(1000)

  const told = await application.heard('/recording')
  expect(told.form).toMatchObject({ RecordingStatus: 'completed', CallSid: call.sid, RecordingChannels: '2', RecordingSource: 'DialVerb' })
  const [recording] = await client.recordings.list({ callSid: call.sid })
  expect(recording).toMatchObject({ sid: told.form.RecordingSid, channels: 2, status: 'completed', source: 'DialVerb' })
  const media = await fetch(`${config.api}/2010-04-01/Accounts/${config.account_sid}/Recordings/${recording.sid}.wav?RequestedChannels=2`,
    { headers: { authorization: `Basic ${Buffer.from(`${config.api_key_sid}:${config.api_key_secret}`).toString('base64')}` } })
  expect(media.status).toBe(200)
  const [left, right] = split(readWav(Buffer.from(await media.arrayBuffer())).samples)
  expect(Math.abs(left.length / 8000 - 3)).toBeLessThan(0.5)
  expect(toneShare(left.slice(8000, 16000), 8000, 600)).toBeGreaterThan(0.9)
  expect(toneShare(right.slice(8000, 16000), 8000, 1000)).toBeGreaterThan(0.9)
  expect((await fetch(media.url)).status, 'without proof').toBe(401)
  const mp3 = await fetch(media.url.replace('.wav', '.mp3'), { headers: { authorization: `Basic ${Buffer.from(`${config.account_sid}:${config.auth_token}`).toString('base64')}` } })
  expect(mp3.headers.get('content-type')).toBe('audio/mpeg')
  expect(Buffer.from(await mp3.arrayBuffer()).readUInt16BE(0) & 0xffe0, 'a frame of MPEG audio').toBe(0xffe0)
  expect(await client.recordings(recording.sid).remove()).toBe(true)
  await refused(client.recordings(recording.sid).fetch(), 404, 20404)
})
const split = samples => [samples.filter((_, i) => i % 2 === 0), samples.filter((_, i) => i % 2 === 1)]

test('recordings by REST: start, pause, resume, stop', async ({ application }) => {
  const call = await client.calls.create({ to: PHONE.tone, from: OWN, twiml: '<Response><Pause length="30"/></Response>' })
  await refused(client.calls(call.sid).recordings.create({}), 400, 21220)
  await status(call.sid, 'in-progress')
  const recording = await client.calls(call.sid).recordings.create({ recordingChannels: 'dual', recordingStatusCallback: `${application.base}/recording`, recordingStatusCallbackEvent: ['in-progress', 'completed'] })
  expect((await client.calls(call.sid).recordings('Twilio.CURRENT').update({ status: 'paused', pauseBehavior: 'skip' })).status).toBe('paused')
  expect((await client.calls(call.sid).recordings(recording.sid).update({ status: 'in-progress' })).status).toBe('in-progress')
  await until('half a second of sound', async () => (await control.get(`/calls/${call.sid}`)).phone.heard.ms > 500)
  await client.calls(call.sid).recordings(recording.sid).update({ status: 'stopped' })
  await application.heard('/recording', r => r.form.RecordingStatus === 'completed')
  expect(application.at('/recording').map(r => r.form.RecordingStatus)).toEqual(['in-progress', 'completed'])
})

test('conferences: participants by REST, mute, hold, label, kick, end on exit', async ({ application }) => {
  const events = ['start', 'end', 'join', 'leave', 'mute', 'hold']
  const room = `<Response><Dial><Conference statusCallback="${application.base}/conference" statusCallbackEvent="${events.join(' ')}" participantLabel="agent" endConferenceOnExit="true" waitUrl="">sale-7</Conference></Dial></Response>`
  const agent = await client.calls.create({ to: PHONE.tone, from: OWN, twiml: room })
  const conference = await until('the conference', async () => (await client.conferences.list({ friendlyName: 'sale-7' }))[0])
  const customer = await client.conferences(conference.sid).participants.create({ from: OWN, to: PHONE.echo, label: 'customer', earlyMedia: true, endConferenceOnExit: false,
    statusCallback: `${application.base}/status`, statusCallbackEvent: ['answered', 'completed'] })
  expect(customer.label).toBe('customer')
  const heard = async sid => (await control.get(`/calls/${sid}`)).phone.heard.now
  await until('the agent\'s tone at the customer', async () => (await heard(customer.callSid)) === 1000)
  expect((await client.conferences(conference.sid).fetch()).status).toBe('in-progress')

  const participant = client.conferences(conference.sid).participants
  expect((await participant('agent').update({ muted: true })).muted).toBe(true)
  await until('silence from the muted', async () => (await heard(customer.callSid)) === null)
  await participant('agent').update({ muted: false })
  expect((await participant(customer.callSid).update({ hold: true })).hold).toBe(true)
  await until('music for the held', async () => (await heard(customer.callSid)) === config.tones.music)
  application.on('/hold', '<Response><Say>please wait</Say></Response>')
  await participant('customer').update({ hold: true, holdUrl: `${application.base}/hold` })
  await until('the application\'s own waiting sound', async () => (await heard(customer.callSid)) === config.tones.speech)
  await participant('customer').update({ hold: false })
  await until('together again', async () => (await heard(customer.callSid)) === 1000)
  expect((await participant.list()).map(p => p.label).sort()).toEqual(['agent', 'customer'])

  expect(await participant('customer').remove()).toBe(true)
  expect((await ended(customer.callSid)).status).toBe('completed')
  await client.calls(agent.sid).update({ status: 'completed' })
  await until('the end of the conference', async () => (await client.conferences(conference.sid).fetch()).status === 'completed')
  await control.post('/webhooks/idle')
  const told = application.at('/conference').sort((a, b) => a.form.SequenceNumber - b.form.SequenceNumber)
  expect(told.map(r => r.form.StatusCallbackEvent)).toEqual(['participant-join', 'conference-start', 'participant-join', 'participant-mute', 'participant-unmute', 'participant-hold',
    'participant-unhold', 'participant-leave', 'participant-leave', 'conference-end'])
  expect(told.every(r => believes(config.auth_token, r))).toBe(true)
  expect(told.at(-1).form.ReasonConferenceEnded).toBe('participant-with-end-conference-on-exit-left')
})

test('the agent hears a customer ring, early media, and silence again when nobody came', async () => {
  const agent = await client.calls.create({ to: PHONE.silent, from: OWN, twiml: '<Response><Dial><Conference waitUrl="">early</Conference></Dial></Response>' })
  const heard = async () => (await control.get(`/calls/${agent.sid}`)).phone.heard.now
  await status(agent.sid, 'in-progress')
  const conference = await until('the conference', async () => (await client.conferences.list({ friendlyName: 'early' }))[0])
  const { participants } = client.conferences(conference.sid)
  const ringing = await participants.create({ from: OWN, to: PHONE.nobody })
  await until('the ringing', async () => (await heard()) === config.tones.ringback)
  await client.calls(ringing.callSid).update({ status: 'canceled' })
  await ended(ringing.callSid)
  const early = await participants.create({ from: OWN, to: PHONE.early })
  await until('what the phone plays before it answers', async () => (await heard()) === 1000)
  expect((await client.calls(early.callSid).fetch()).status).toBe('ringing')
  await status(early.callSid, 'in-progress')
  await until('the answered phone', async () => (await heard()) === 1000)
  expect((await client.conferences(conference.sid).fetch()).status).toBe('in-progress')
})

test('a live call is redirected, alone and out of a bridge into a conference', async ({ application }) => {
  application.on('/voice', `<Response><Dial callerId="${OWN}"><Number>${PHONE.tone}</Number></Dial><Dial><Conference>three</Conference></Dial></Response>`)
  const call = await control.post('/ring', { to: OWN, tone: 700 })
  const child = await until('the child', async () => (await client.calls.list({ parentCallSid: call.sid, status: 'in-progress' }))[0])
  await client.calls(child.sid).update({ twiml: '<Response><Dial><Conference>three</Conference></Dial></Response>' })
  const conference = await until('both in it', async () => (await client.conferences.list({ friendlyName: 'three', status: 'in-progress' }))[0])
  expect((await client.conferences(conference.sid).participants.list()).length).toBe(2)
  await until('both tones crossed', async () => (await control.get(`/calls/${call.sid}`)).phone.heard.now === 1000 && (await control.get(`/calls/${child.sid}`)).phone.heard.now === 700)
  await client.conferences(conference.sid).update({ status: 'completed' })
  expect((await ended(call.sid)).status).toBe('completed')
})

test('say, play, gather, redirect, record, reject', async ({ application }) => {
  const wav = Buffer.from(toneWav(1500))
  application.file('/tune.wav', 'audio/wav', wav)
  application.on('/voice', `<Response><Play>${application.base}/tune.wav</Play><Gather numDigits="2" action="/menu"><Say>choose</Say></Gather></Response>`)
  application.on('/menu', form => (form.Digits === '42' ? '<Response><Redirect method="GET">/mail</Redirect></Response>' : '<Response><Reject/></Response>'))
  application.on('/mail', `<Response><Record maxLength="1" playBeep="false" action="/recorded" recordingStatusCallback="${application.base}/recording"/></Response>`)
  application.on('/recorded', '<Response><Say>thank you</Say></Response>')
  const call = await control.post('/ring', { to: OWN, tone: 900 })
  await until('the tune', async () => (await control.get(`/calls/${call.sid}`)).phone.heard.now === 1500)
  await until('the question', async () => (await control.get(`/calls/${call.sid}`)).phone.heard.now === config.tones.speech)
  await control.post(`/calls/${call.sid}/dtmf`, { digits: '42' })
  expect((await ended(call.sid)).status).toBe('completed')
  expect(application.at('/mail')[0].method).toBe('GET')
  expect(application.requests.filter(r => r.path !== '/tune.wav').every(r => believes(config.auth_token, r))).toBe(true)
  expect(application.at('/recorded')[0].form).toMatchObject({ RecordingDuration: '1' })
  expect((await application.heard('/recording')).form.RecordingSource).toBe('RecordVerb')
  expect(await control.get('/notes')).toContainEqual({ call: call.sid, what: 'say', text: 'thank you' })

  application.on('/voice', '<Response><Reject reason="busy"/></Response>')
  const second = await control.post('/ring', { to: OWN })
  expect((await ended(second.sid)).status).toBe('busy')
})
function toneWav(hz) {
  const samples = Int16Array.from({ length: 8000 }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / 8000))
  const head = Buffer.alloc(44)
  head.write('RIFF'); head.writeUInt32LE(36 + samples.byteLength, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16); head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24); head.writeUInt32LE(16_000, 28); head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write('data', 36); head.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([head, Buffer.from(samples.buffer)])
}

for (const [what, answer, code] of [
  ['an unknown verb', '<Response><Fax/></Response>', 12200],
  ['an unknown attribute', '<Response><Dial calledId="+1">+14155550103</Dial></Response>', 12200],
  ['a wrong value', '<Response><Pause length="soon"/></Response>', 12200],
  ['no XML', 'OK', 12100],
  ['a foreign caller id', '<Response><Dial callerId="+14155557777">+14155550103</Dial></Response>', 13214],
  ['JSON', { type: 'application/json', body: '{}' }, 12300],
  ['an error', { status: 500, body: 'oops' }, 11200],
]) {
  test(`the application answers ${what}: error ${code}, and the caller hears an apology`, async ({ application }) => {
    application.on('/voice', answer)
    const call = await control.post('/ring', { to: OWN })
    expect((await ended(call.sid, 15)).status).toBe('completed')
    expect((await control.get('/errors')).filter(e => e.call === call.sid)[0].code).toBe(code)
    expect((await control.get(`/calls/${call.sid}`)).phone.heard.dominant_hz).toBe(config.tones.speech)
  })
}

test('signed for the public URL, delivered here', async ({ application }) => {
  application.on('/voice', '<Response><Hangup/></Response>')
  const call = await client.calls.create({ to: PHONE.silent, from: OWN, url: 'https://crm.example.com/voice?tenant=7' })
  await ended(call.sid)
  const [request] = application.at('/voice')
  expect(believes(config.auth_token, request, 'https://crm.example.com/voice?tenant=7')).toBe(true)
  expect(believes(config.auth_token, request)).toBe(false)
  expect((await control.get('/webhooks')).every(w => w.status !== null || w.error)).toBe(true)
  await expect(fetch(`${config.control}/control/nothing`).then(r => r.status)).resolves.toBe(404)
})

test('faults: 500, 429, a call that was made though nobody was told, suspension, another region', async () => {
  const create = () => client.calls.create({ to: PHONE.silent, from: OWN, twiml: '<Response/>' })
  await control.post('/faults', { action: 'status', status: 429, path: '/Calls.json$', times: 1 })
  await refused(create(), 429, 20429)
  await control.post('/faults', { action: 'status', status: 500, times: 1 })
  await refused(client.balance.fetch(), 500, 20500)
  const before = (await client.calls.list({ to: PHONE.silent })).length
  await control.post('/faults', { action: 'perform_then_status', status: 503, method: 'POST', path: '/Calls.json$', times: 1 })
  const lost = await create().catch(e => e)
  expect(lost.status).toBe(503)
  expect((await client.calls.list({ to: PHONE.silent })).length).toBe(before + 1)
  await control.post('/faults', { action: 'perform_then_hang', method: 'POST', path: '/Calls.json$', times: 1 })
  const body = new URLSearchParams({ To: PHONE.silent, From: OWN, Twiml: '<Response/>' })
  const hung = fetch(`${config.api}/2010-04-01/Accounts/${config.account_sid}/Calls.json`, { method: 'POST', body, signal: AbortSignal.timeout(1000),
    headers: { authorization: `Basic ${Buffer.from(`${config.account_sid}:${config.auth_token}`).toString('base64')}` } })
  await expect(hung).rejects.toThrow(/timeout/i)
  expect((await client.calls.list({ to: PHONE.silent })).length).toBe(before + 2)
  await control.post('/account', { status: 'suspended' })
  await refused(client.balance.fetch(), 401, 20005)
})

test('troubles of the network: every event twice, late and out of order; or lost', async ({ application }) => {
  const statusCallback = `${application.base}/status`
  const all = { statusCallback, statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'], twiml: '<Response/>', to: PHONE.silent, from: OWN }
  await control.post('/trouble', { duplicate: 1, reorder_ms: 300 })
  const call = await client.calls.create(all)
  await ended(call.sid)
  await control.post('/webhooks/idle')
  expect(callbacks(application, call.sid).map(c => c.SequenceNumber).sort()).toEqual(['0', '0', '1', '1', '2', '2', '3', '3'])
  await control.del('/trouble')
  await control.post('/trouble', { loss: 1 })
  const second = await client.calls.create(all)
  await ended(second.sid)
  await control.post('/webhooks/idle')
  expect(callbacks(application, second.sid)).toEqual([])
})
