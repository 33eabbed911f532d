// @telnyx/webrtc, unmodified, in Chromium.
import { toneShare } from '../lib/tone.mjs'
import { expect, test } from './lib/fixtures.js'
import { hears, openPage, silent } from './lib/page.js'
import { telnyxClient } from './lib/telnyx_client.js'
import { eventOf } from './lib/telnyx_events.js'
import { logged, logOf, makePhone } from './lib/telnyx_phone.js'
import { until } from '../lib/until.mjs'
import { MICROPHONE_HZ } from '../lib/chromium.mjs'

const OWN = '+14155550130'
const CARRIER_HZ = 1000

let config
let client
let control
let app
let credential

test.beforeEach(async ({ application, page, pages, telnyxSim }) => {
  ({ config, control } = telnyxSim)
  app = application
  app.clear()
  app.on('/telnyx', { status: 200, type: 'application/json', body: '{}' })
  client = telnyxClient(config)
  await control.post('/account', { token_ttl: 86_400 })
  credential = (await client.telephonyCredentials.create({ connection_id: config.credential_connection_id, name: 'user_7' })).data
  await openPage(page, pages.url)
})
test.afterEach(async ({ page, telnyxSim }) => {
  for (const call of await control.get('/calls')) if (!call.ended_at) await control.post(`/calls/${encodeURIComponent(call.call_control_id)}/hangup`)
  expect(page.strangers, 'requests that left this machine').toEqual([])
  expect(telnyxSim.complaints(), 'what the simulator itself could not do').toBe('')
})

const token = () => client.telephonyCredentials.createToken(credential.id)
async function signIn(page) {
  await makePhone(page, { login_token: await token() }, config.rtc)
  await logged(page, 'telnyx.ready')
}
const event = (type, fits) => eventOf(app, client, type, fits)
const call = id => control.get(`/calls/${encodeURIComponent(id)}`)
const hearsThere = (id, hz) => until(`${hz} Hz at ${id}`, async () => (await call(id)).phone.heard.now === hz)
const place = page => page.evaluate(() => {
  window.call = window.client.newCall({ destinationNumber: '+14155550103', callerNumber: '+14155550130', callerName: 'Zoë', clientState: btoa('crm=7'), customHeaders: [{ name: 'X-CRM', value: '7' }], remoteElement: 'far' })
})

// A call of the browser waits at the application, which dials the phone and joins the two.
async function throughApplication(page) {
  await signIn(page)
  await place(page)
  const parked = await event('call.initiated', p => p.connection_id === config.credential_connection_id)
  const far = (await client.calls.dial({ connection_id: config.connection_id, to: parked.to, from: OWN, link_to: parked.call_control_id, bridge_intent: true, bridge_on_answer: true })).data
  await logged(page, 'call active')
  return { near: parked, far }
}

test('calls a phone through the application: both tones, keys, control ids, the page hangs up', async ({ page }) => {
  const { near, far } = await throughApplication(page)
  expect(near).toMatchObject({ direction: 'outgoing', state: 'parked', to: '+14155550103', from: OWN, client_state: Buffer.from('crm=7').toString('base64') })
  expect(near.custom_headers).toContainEqual({ name: 'X-CRM', value: '7' })
  await hears(page, CARRIER_HZ)
  await hearsThere(far.call_control_id, MICROPHONE_HZ)
  expect(await page.evaluate(() => window.call.options.telnyxCallControlId)).toBe(near.call_control_id)
  await page.evaluate(() => window.call.dtmf('7'))
  expect((await event('call.dtmf.received', p => p.call_control_id === near.call_control_id)).digit).toBe('7')
  await until('the key at the phone', async () => (await call(far.call_control_id)).phone.dtmf === '7')
  await page.evaluate(() => window.call.hangup())
  expect(await event('call.hangup', p => p.call_control_id === near.call_control_id)).toMatchObject({ hangup_cause: 'normal_clearing', hangup_source: 'caller' })
  await event('call.hangup', p => p.call_control_id === far.call_control_id)
})

test('hold gives music to the other side, unhold brings both back; mute; the phone hangs up', async ({ page }) => {
  const { near, far } = await throughApplication(page)
  await hearsThere(far.call_control_id, MICROPHONE_HZ)
  await page.evaluate(() => window.call.hold())
  await logged(page, 'call held')
  await event('call.hold', p => p.call_control_id === near.call_control_id)
  await hearsThere(far.call_control_id, config.tones.music)
  await silent(page, CARRIER_HZ)
  await page.evaluate(() => window.call.unhold())
  await hearsThere(far.call_control_id, MICROPHONE_HZ)
  await hears(page, CARRIER_HZ)
  await page.evaluate(() => window.call.muteAudio())
  let last
  await until('a second of silence', async () => {
    const { loud_ms, ms } = (await call(far.call_control_id)).phone.heard
    if (last?.loud_ms !== loud_ms) last = { loud_ms, ms }
    return ms - last.ms > 1000
  })
  await page.evaluate(() => window.call.unmuteAudio())
  await hearsThere(far.call_control_id, MICROPHONE_HZ)
  await control.post(`/calls/${encodeURIComponent(far.call_control_id)}/hangup`)
  await logged(page, 'call destroy')
  expect(await page.evaluate(() => window.call.cause)).toBe('NORMAL_CLEARING')
})

test('an MP3 of a call has both sides apart; detection finds a person', async ({ page }) => {
  const phone = await control.post('/ring', { to: OWN, tone: 600 })
  await client.calls.actions.answer(phone.call_control_id, { record: 'record-from-answer', record_channels: 'dual', record_format: 'mp3' })
  await client.calls.dial({ connection_id: config.connection_id, to: '+14155550103', from: OWN, link_to: phone.call_control_id, bridge_intent: true, bridge_on_answer: true, answering_machine_detection: 'detect' })
  expect((await event('call.machine.detection.ended')).result).toBe('human')
  await hearsThere(phone.call_control_id, CARRIER_HZ)
  const { ms } = (await call(phone.call_control_id)).phone.heard
  await until('two seconds', async () => (await call(phone.call_control_id)).phone.heard.ms > ms + 2000)
  await control.post(`/calls/${encodeURIComponent(phone.call_control_id)}/hangup`)
  const { recording_urls } = await event('call.recording.saved')
  const bytes = Buffer.from(await (await fetch(recording_urls.mp3)).arrayBuffer())
  const shares = await page.evaluate(async ([base64, measure]) => {
    const share = new Function(`return ${measure}`)()
    const audio = await new AudioContext().decodeAudioData(Uint8Array.from(atob(base64), c => c.charCodeAt(0)).buffer)
    // the end, where both sides spoke
    const end = channel => audio.getChannelData(channel).slice(-audio.sampleRate, -audio.sampleRate / 4)
    return [share(end(0), audio.sampleRate, 600), share(end(1), audio.sampleRate, 1000), audio.numberOfChannels]
  }, [bytes.toString('base64'), toneShare.toString()])
  expect(shares[2]).toBe(2)
  expect(shares[0]).toBeGreaterThan(0.8)
  expect(shares[1]).toBeGreaterThan(0.8)
})

test('a phone calls the browser: ringing with the caller\'s number, answered, hung up by the page', async ({ page }) => {
  await signIn(page)
  const phone = await control.post('/ring', { to: OWN, from: '+12025550123', tone: 700 })
  await event('call.initiated', p => p.call_control_id === phone.call_control_id)
  await client.calls.actions.answer(phone.call_control_id, {})
  await client.calls.dial({ connection_id: config.connection_id, to: `sip:${credential.sip_username}@sip.telnyx.com`, from: '+12025550123', from_display_name: 'Ada', link_to: phone.call_control_id,
    bridge_intent: true, bridge_on_answer: true })
  await logged(page, 'call ringing')
  expect(await page.evaluate(() => [window.call.options.remoteCallerNumber, window.call.options.remoteCallerName])).toEqual(['+12025550123', 'Ada'])
  await page.evaluate(() => window.call.answer())
  await logged(page, 'call active')
  await hears(page, 700)
  await hearsThere(phone.call_control_id, MICROPHONE_HZ)
  await page.evaluate(() => window.call.hangup())
  await event('call.hangup', p => p.call_control_id === phone.call_control_id)
})

test('two devices of a credential ring together where their connection says so, and are told a header; else the last one alone', async ({ page, context, pages }) => {
  const ringing = inbound => client.credentialConnections.update(config.credential_connection_id, { inbound: { simultaneous_ringing: inbound } })
  const dial = () => client.calls.dial({ connection_id: config.connection_id, to: `sip:${credential.sip_username}@sip.telnyx.com`, from: OWN, custom_headers: [{ name: 'X-Call-Id', value: '7' }] })
    .then(r => r.data.call_control_id)
  const other = await openPage(await context.newPage(), pages.url)
  for (const one of [page, other]) await signIn(one)
  const both = await dial()
  for (const one of [page, other]) await logged(one, 'call ringing')
  expect(await page.evaluate(() => window.call.options.customHeaders)).toContainEqual({ name: 'X-Call-Id', value: '7' })
  await other.evaluate(() => window.call.answer())
  await logged(other, 'call active')
  await logged(page, 'call hangup')
  await client.calls.actions.hangup(both, {})
  await logged(other, 'call hangup')

  await ringing('disabled')
  for (const one of [page, other]) await one.evaluate(() => { window.log.length = 0 })
  const last = await dial()
  await logged(other, 'call ringing')
  await client.calls.actions.hangup(last, {})
  await logged(other, 'call hangup')
  expect(await logOf(page)).toEqual([])
  await ringing('enabled')
})

test('the browser declines; nobody is signed in', async ({ page }) => {
  await signIn(page)
  const dial = () => client.calls.dial({ connection_id: config.connection_id, to: `sip:${credential.sip_username}@sip.telnyx.com`, from: '+12025550123' }).then(r => r.data.call_control_id)
  const first = await dial()
  await logged(page, 'call ringing')
  await page.evaluate(() => window.call.hangup())
  expect(['user_busy', 'call_rejected']).toContain((await event('call.hangup', p => p.call_control_id === first)).hangup_cause)
  await page.evaluate(() => window.client.disconnect())
  await until('no device', async () => (await control.get('/devices')).length === 0)
  const second = await dial()
  expect((await event('call.hangup', p => p.call_control_id === second)).hangup_cause).toBe('not_found')
})

test('without parking Telnyx dials by itself; early media; busy', async ({ page }) => {
  await client.credentialConnections.update(config.credential_connection_id, { outbound: { call_parking_enabled: false } })
  await signIn(page)
  await page.evaluate(() => window.client.newCall({ destinationNumber: '+14155550106', callerNumber: '+14155550130', remoteElement: 'far' }))
  await logged(page, 'call early')
  await hears(page, CARRIER_HZ, 3)
  await logged(page, 'call active')
  await page.evaluate(() => window.call.hangup())
  await page.evaluate(() => { window.log.length = 0; window.client.newCall({ destinationNumber: '+14155550104', callerNumber: '+14155550130' }) })
  await logged(page, 'call destroy')
  expect(await page.evaluate(() => [window.call.cause, window.call.sipCode])).toEqual(['USER_BUSY', 486])
  await client.credentialConnections.update(config.credential_connection_id, { outbound: { call_parking_enabled: true } })
})

test('a fresh token during a call: the call and its audio go on', async ({ page }) => {
  await control.post('/account', { token_ttl: 110 })
  const { near } = await throughApplication(page)
  await logged(page, 'warning 34001')
  await control.post('/account', { token_ttl: 86_400 })
  await page.evaluate(login_token => window.client.login({ creds: { login_token } }), await token())
  await until('the second login', async () => (await control.get('/devices'))[0].messages.filter(m => m === 'login').length === 2)
  await hears(page, CARRIER_HZ)
  expect((await call(near.call_control_id)).state).toBe('answered')
  expect(await page.evaluate(() => window.call.state)).toBe('active')
  await page.evaluate(() => window.call.hangup())
})

test('the socket is lost in a call: the SDK comes back and the call is attached again', async ({ page }) => {
  const { near, far } = await throughApplication(page)
  await hears(page, CARRIER_HZ)
  await control.post(`/devices/${credential.sip_username}/drop`)
  await until('a new device', async () => (await control.get('/devices')).some(d => d.messages.includes('telnyx_rtc.attach')), 20)
  await hears(page, CARRIER_HZ)
  await hearsThere(far.call_control_id, MICROPHONE_HZ)
  expect((await call(near.call_control_id)).state).toBe('answered')
  await page.evaluate(() => Object.values(window.client.calls)[0].hangup())
  await event('call.hangup', p => p.call_control_id === near.call_control_id)
})

test('sign-in by name and password; a forged, an expired and a deleted credential\'s token are refused', async ({ page }) => {
  await makePhone(page, { login: credential.sip_username, password: credential.sip_password }, config.rtc)
  await logged(page, 'telnyx.ready')
  const good = await token()
  const forged = good.split('.').with(1, Buffer.from(JSON.stringify({ sub: credential.id, exp: 4e9 })).toString('base64url')).join('.')
  await control.post('/account', { token_ttl: -1 })
  const expired = await token()
  const refusedLogin = async login_token => {
    await makePhone(page, { login_token }, config.rtc)
    await until('an error', async () => (await logOf(page)).some(word => word.startsWith('error')))
    expect(await logOf(page)).not.toContain('telnyx.ready')
    await page.evaluate(() => window.client.disconnect())
  }
  await refusedLogin(forged)
  await refusedLogin(expired)
  await client.telephonyCredentials.delete(credential.id)
  await refusedLogin(good)
})
