// The official `telnyx` package judges the REST API, the commands and the signatures.
import { readWav, toneShare } from '../lib/tone.mjs'
import { expect, test } from './lib/fixtures.js'
import { believed, telnyxClient } from './lib/telnyx_client.js'
import { eventOf, eventsOf } from './lib/telnyx_events.js'
import { until } from '../lib/until.mjs'

const OWN = '+14155550130'
const PHONE = { echo: '+14155550101', tone: '+14155550103', busy: '+14155550104', nobody: '+14155550105', unknown: '+14155550107', hangup: '+14155550109', declined: '+14155550112' }

let config
let client
let control
let app

test.beforeEach(async ({ application, telnyxSim }) => {
  ({ config, control } = telnyxSim)
  app = application
  app.clear()
  app.on('/telnyx', { status: 200, type: 'application/json', body: '{}' })
  client = telnyxClient(config)
  await Promise.all([control.del('/faults'), control.del('/trouble'), control.post('/account', { active: true, token_ttl: 86_400 })])
})
test.afterEach(async ({ telnyxSim }) => {
  for (const call of await control.get('/calls')) if (!call.ended_at) await control.post(`/calls/${call.call_control_id}/hangup`)
  await control.post('/webhooks/idle')
  expect(telnyxSim.complaints(), 'what the simulator itself could not do').toBe('')
})

const refused = async (promise, status, code) => {
  const error = await promise.then(() => { throw new Error('it was not refused') }, e => e)
  expect({ status: error.status, code: error.error?.errors?.[0]?.code }, error.message).toEqual({ status, code: String(code) })
}
const dial = (to, more = {}) => client.calls.dial({ connection_id: config.connection_id, to, from: OWN, ...more }).then(r => r.data)
const of = id => p => p.call_control_id === id
const event = (type, id, seconds) => eventOf(app, client, type, id ? of(id) : undefined, seconds)
const phone = async id => (await control.get(`/calls/${encodeURIComponent(id)}`)).phone
const hears = (id, hz) => until(`${hz} Hz at ${id}`, async () => (await phone(id)).heard.now === hz)
const ring = more => control.post('/ring', { to: OWN, from: '+12025550111', ...more })

test('balance, the two kinds of connection, numbers, credentials and their tokens', async () => {
  expect((await client.balance.retrieve()).data).toMatchObject({ currency: 'USD' })
  const connection = (await client.connections.retrieve(config.connection_id)).data
  expect(connection).toMatchObject({ record_type: 'call_control_application', active: true, webhook_event_url: `${app.base}/telnyx` })
  expect((await client.connections.retrieve(config.credential_connection_id)).data.record_type).toBe('credential_connection')
  const made = (await client.callControlApplications.create({ application_name: 'crm', webhook_event_url: 'https://crm.example.com/hook' })).data
  expect((await client.callControlApplications.update(made.id, { application_name: 'crm', webhook_event_url: 'https://crm.example.com/two' })).data.webhook_event_url).toBe('https://crm.example.com/two')
  await client.callControlApplications.delete(made.id)
  await refused(client.callControlApplications.retrieve(made.id), 404, 10005)
  const browsers = (await client.credentialConnections.create({ connection_name: 'b', user_name: 'browsers1', password: 'long enough', outbound: { call_parking_enabled: true } })).data
  expect(browsers.outbound.call_parking_enabled).toBe(true)

  const numbers = []
  for await (const number of client.phoneNumbers.list({ filter: { phone_number: OWN } })) numbers.push(number)
  expect(numbers).toMatchObject([{ phone_number: OWN, connection_id: config.connection_id }])
  expect((await client.phoneNumbers.update(numbers[0].id, { customer_reference: 'main line' })).data.customer_reference).toBe('main line')

  const credential = (await client.telephonyCredentials.create({ connection_id: browsers.id, name: 'user_7', tag: 'ringmain' })).data
  expect(credential.sip_username).toMatch(/^gencred/)
  expect(credential.token).toBeUndefined()
  const token = await client.telephonyCredentials.createToken(credential.id)
  expect(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).exp - Date.now() / 1000).toBeGreaterThan(86_000)
  const tagged = []
  for await (const one of client.telephonyCredentials.list({ filter: { tag: 'ringmain' } })) tagged.push(one.id)
  expect(tagged).toContain(credential.id)
  await client.telephonyCredentials.delete(credential.id)
  await refused(client.telephonyCredentials.createToken(credential.id), 404, 10005)
})

test('bad input is refused with the vendor\'s codes', async () => {
  await refused(telnyxClient({ ...config, api_key: 'KEYwrong' }).balance.retrieve(), 401, 10001)
  await refused(dial('12'), 422, 10016)
  await refused(dial(PHONE.tone, { from: '+14155559999' }), 422, 10015)
  await refused(dial(PHONE.tone, { connection_id: config.credential_connection_id }), 422, 10015)
  await refused(dial(PHONE.tone, { colour: 'red' }), 422, 10017)
  await refused(dial(PHONE.tone, { client_state: 'not base64!' }), 422, 10015)
  await refused(client.telephonyCredentials.create({ connection_id: config.connection_id }), 422, 10015)
  await refused(client.credentialConnections.create({ connection_name: 'x', user_name: 'a b', password: 'long enough' }), 422, 10015)
  await refused(client.calls.actions.hangup('v3:nothing', {}), 422, 90015)
  await refused(client.calls.retrieveStatus('v3:nothing'), 404, 10005)
})

test('a call out: events signed and in order, client_state in each, status', async () => {
  const client_state = Buffer.from('call 7').toString('base64')
  const call = await dial(PHONE.tone, { client_state })
  expect(call).toMatchObject({ record_type: 'call', is_alive: true })
  await event('call.answered', call.call_control_id)
  expect((await client.calls.retrieveStatus(call.call_control_id)).data).toMatchObject({ is_alive: true, client_state })
  await client.calls.actions.sendDtmf(call.call_control_id, { digits: '1w2#' })
  expect((await phone(call.call_control_id)).dtmf).toBe('12#')
  await client.calls.actions.hangup(call.call_control_id, {})
  expect(await event('call.hangup', call.call_control_id)).toMatchObject({ hangup_cause: 'normal_clearing', hangup_source: 'caller' })
  const events = (await eventsOf(app, client)).filter(e => e.payload.call_control_id === call.call_control_id)
  expect(events.map(e => e.event_type)).toEqual(['call.initiated', 'call.answered', 'call.hangup'])
  for (const { payload } of events) expect(payload).toMatchObject({ client_state, call_session_id: call.call_session_id, connection_id: config.connection_id, from: OWN, to: PHONE.tone })
  await refused(client.calls.actions.hangup(call.call_control_id, {}), 422, 90018)
  expect((await client.calls.retrieveStatus(call.call_control_id)).data.is_alive).toBe(false)
  const [request] = app.at('/telnyx')
  await expect(believed(client, { ...request, body: request.body.replace('initiated', 'answered') })).rejects.toThrow()
})

for (const [what, number, cause, sip] of [['busy', PHONE.busy, 'user_busy', '486'], ['not there', PHONE.unknown, 'not_found', '404'], ['declining', PHONE.declined, 'call_rejected', '603']]) {
  test(`a phone that is ${what}: ${cause}`, async () => {
    const call = await dial(number)
    expect(await event('call.hangup', call.call_control_id)).toMatchObject({ hangup_cause: cause, sip_hangup_cause: sip, hangup_source: 'callee' })
  })
}

test('nobody answers in time; a ringing call is taken back', async () => {
  const call = await dial(PHONE.nobody, { timeout_secs: 5 })
  const other = await dial(PHONE.nobody)
  await client.calls.actions.hangup(other.call_control_id, {})
  expect((await event('call.hangup', other.call_control_id)).hangup_cause).toBe('originator_cancel')
  expect((await event('call.hangup', call.call_control_id)).hangup_cause).toBe('timeout')
})

test('a call comes in, is answered and bridged; recorded with two channels by a URL that ends', async () => {
  const inbound = await ring({ tone: 600 })
  const id = inbound.call_control_id
  expect(await event('call.initiated', id)).toMatchObject({ direction: 'incoming', state: 'parked', from: '+12025550111', to: OWN })
  await refused(client.calls.actions.speak(id, { payload: 'hi', voice: 'female' }), 422, 90034)
  await client.calls.actions.answer(id, { client_state: 'YQ==' })
  expect((await event('call.answered', id)).client_state).toBe('YQ==')
  const out = await dial(PHONE.tone, { link_to: id, bridge_intent: true, bridge_on_answer: true })
  expect(out.call_session_id).toBe(inbound.call_session_id)
  await event('call.bridged', id)
  await event('call.bridged', out.call_control_id)
  await Promise.all([hears(id, 1000), hears(out.call_control_id, 600)])

  await client.calls.actions.startRecording(id, { channels: 'dual', format: 'wav' })
  const before = (await phone(id)).heard.ms
  await until('two seconds', async () => (await phone(id)).heard.ms > before + 2000)
  await client.calls.actions.stopRecording(id, {})
  const saved = await eventOf(app, client, 'call.recording.saved', p => p.call_session_id === inbound.call_session_id)
  expect(saved.call_control_id).toBeUndefined()
  const recordings = []
  for await (const one of client.recordings.list({ filter: { call_session_id: inbound.call_session_id } })) recordings.push(one)
  expect(recordings).toMatchObject([{ channels: 'dual', status: 'completed', call_leg_id: inbound.call_leg_id }])
  expect((await fetch(saved.recording_urls.wav, { headers: { authorization: `Bearer ${config.api_key}` } })).status, 'with a second proof').toBe(400)
  const media = await fetch(recordings[0].download_urls.wav)
  const { samples } = readWav(Buffer.from(await media.arrayBuffer()))
  const channel = i => samples.filter((_, at) => at % 2 === i).slice(4000, 12_000)
  expect(toneShare(channel(0), 8000, 600)).toBeGreaterThan(0.9)
  expect(toneShare(channel(1), 8000, 1000)).toBeGreaterThan(0.9)
  await control.post('/account', { media_ttl_ms: 0 })
  const late = (await client.recordings.retrieve(recordings[0].id)).data
  await control.post('/account', { media_ttl_ms: 600_000 })
  await until('the URL to end', async () => (await fetch(late.download_urls.wav)).status === 403)
  await client.recordings.delete(recordings[0].id)
  await refused(client.recordings.retrieve(recordings[0].id), 404, 10005)

  await control.post(`/calls/${encodeURIComponent(id)}/dtmf`, { digits: '9' })
  expect((await event('call.dtmf.received', id)).digit).toBe('9')
  await control.post(`/calls/${encodeURIComponent(id)}/hangup`)
  expect(await event('call.hangup', id)).toMatchObject({ hangup_cause: 'normal_clearing', hangup_source: 'caller' })
  await event('call.hangup', out.call_control_id)
})

test('reject, transfer, speak, playback', async () => {
  const first = await ring()
  await client.calls.actions.reject(first.call_control_id, { cause: 'USER_BUSY' })
  expect((await event('call.hangup', first.call_control_id)).hangup_cause).toBe('user_busy')

  const second = await ring({ tone: 700 })
  const id = second.call_control_id
  await client.calls.actions.answer(id, {})
  await client.calls.actions.speak(id, { payload: 'Please hold the line', voice: 'female', language: 'en-US' })
  await hears(id, config.tones.speech)
  expect((await event('call.speak.ended', id)).status).toBe('completed')
  await client.calls.actions.startPlayback(id, { audio_url: `${app.base}/nothing.wav` })
  expect((await event('call.playback.ended', id)).status).toBe('file_not_found')
  await client.calls.actions.transfer(id, { to: PHONE.tone, target_leg_client_state: 'Yg==' })
  const target = await eventOf(app, client, 'call.answered', p => p.client_state === 'Yg==')
  expect(target).toMatchObject({ call_session_id: second.call_session_id, to: PHONE.tone, from: OWN })
  await hears(id, 1000)
  await hears(target.call_control_id, 700)
})

test('the same command_id acts once', async () => {
  const [a, b] = [await dial(PHONE.tone, { command_id: 'dial-1' }), await dial(PHONE.tone, { command_id: 'dial-1' })]
  expect(b.call_control_id).toBe(a.call_control_id)
  await event('call.answered', a.call_control_id)
  for (let i = 0; i < 2; i++) await client.calls.actions.sendDtmf(a.call_control_id, { digits: '5', command_id: 'keys-1' })
  expect((await phone(a.call_control_id)).dtmf).toBe('5')
  // the library repeats by itself when it is told to wait
  await control.post('/faults', { action: 'perform_then_status', status: 500, method: 'POST', path: '/calls$', times: 1 })
  const before = (await control.get('/calls')).length
  const again = await telnyxClient(config, { maxRetries: 2 }).calls.dial({ connection_id: config.connection_id, to: PHONE.tone, from: OWN, command_id: 'dial-2' })
  expect(again.data.is_alive).toBe(true)
  expect((await control.get('/calls')).length).toBe(before + 1)
})

test('faults and troubles: 429, an inactive account, repeats to the fail-over URL, duplicates', async () => {
  await control.post('/faults', { action: 'status', status: 429, times: 1 })
  await refused(client.balance.retrieve(), 429, 10011)
  await control.post('/account', { active: false })
  await refused(client.balance.retrieve(), 403, 10009)
  await control.post('/account', { active: true })

  app.on('/first', { status: 500, body: '' })
  const application = (await client.callControlApplications.create({ application_name: 'f', webhook_event_url: `${app.base}/first`, webhook_event_failover_url: `${app.base}/second` })).data
  const call = await client.calls.dial({ connection_id: application.id, to: PHONE.busy, from: OWN, webhook_retries_policies: { 'call.initiated': { retries_ms: [10, 20] } } })
  await app.heard('/second', r => JSON.parse(r.body).data.event_type === 'call.initiated')
  const [one, two, three] = [...app.at('/first'), ...app.at('/second')].map(r => JSON.parse(r.body)).filter(b => b.data.event_type === 'call.initiated')
  expect([one, two, three].map(b => b.meta.attempt)).toEqual([1, 2, 3])
  expect(new Set([one, two, three].map(b => b.data.id)).size).toBe(1)
  expect(three.meta.delivered_to).toBe(`${app.base}/second`)
  expect(call.data.is_alive).toBe(true)

  await control.post('/trouble', { duplicate: 1, reorder_ms: 200 })
  const twice = await dial(PHONE.busy)
  await event('call.hangup', twice.call_control_id)
  await control.post('/webhooks/idle')
  const ids = (await eventsOf(app, client)).filter(e => e.payload.call_control_id === twice.call_control_id).map(e => e.id)
  expect(ids.length).toBe(4)
  expect(new Set(ids).size).toBe(2)
})
