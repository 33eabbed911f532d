// @twilio/voice-sdk, unmodified, in Chromium.
import twilio from 'twilio'
import { expect, test } from './lib/fixtures.js'
import { hears, openPage, silent } from './lib/page.js'
import { callSid, logged, logOf, makeDevice } from './lib/twilio_device.js'
import { twilioClient } from './lib/twilio_client.js'
import { quietFor } from '../lib/control.mjs'
import { until } from '../lib/until.mjs'
import { MICROPHONE_HZ } from '../lib/chromium.mjs'

const CARRIER_HZ = 1000
const { AccessToken } = twilio.jwt

function tokenOf({ account_sid, api_key_sid, api_key_secret, app_sid }, { ttl = 3600, identity = 'user_7' } = {}) {
  const token = new AccessToken(account_sid, api_key_sid, api_key_secret, { identity, ttl })
  token.addGrant(new AccessToken.VoiceGrant({ incomingAllow: true, outgoingApplicationSid: app_sid }))
  return token.toJwt()
}

const dialNumber = form => `<Response><Dial callerId="+14155550100" answerOnBridge="true"><Number>${form.To}</Number></Dial></Response>`

test.beforeEach(async ({ application, page, pages, twilioSim }) => {
  application.clear()
  await twilioSim.control.del('/faults')
  await openPage(page, pages.url)
})
test.afterEach(async ({ page, twilioSim }) => {
  expect(page.strangers, 'requests that left this machine').toEqual([])
  expect(twilioSim.complaints(), 'what the simulator itself could not do').toBe('')
})

async function device(page, { config }, options) {
  await makeDevice(page, tokenOf(config), config.signal, options)
}
const connect = (page, params) => page.evaluate(async p => window.follow(await window.device.connect({ params: p })), params)
const phoneCall = (sim, parent) => until('the leg to the phone', async () => (await sim.control.get('/calls')).find(c => c.parent_call_sid === parent))

test('calls a phone: both tones arrive, keys arrive, the application sees who and what', async ({ application, page, twilioSim }) => {
  application.on('/voice', dialNumber)
  await device(page, twilioSim)
  await connect(page, { To: '+14155550103', crm: 'a&b' })
  await logged(page, 'call ringing')
  await logged(page, 'call accept')
  await hears(page, CARRIER_HZ)

  const sid = await callSid(page)
  const { form, headers, body, url } = application.at('/voice')[0]
  expect(form).toMatchObject({ CallSid: sid, From: 'client:user_7', To: '+14155550103', crm: 'a&b', Direction: 'inbound', CallStatus: 'ringing', ApplicationSid: twilioSim.config.app_sid })
  expect(twilio.validateRequest(twilioSim.config.auth_token, headers['x-twilio-signature'], url, Object.fromEntries(new URLSearchParams(body)))).toBe(true)

  await page.evaluate(() => window.call.sendDigits('12#'))
  const phone = await until('microphone and keys at the phone', async () => {
    const leg = await phoneCall(twilioSim, sid)
    return leg.phone.heard.dominant_hz === MICROPHONE_HZ && leg.phone.dtmf === '12#' && leg
  })
  expect(phone.from).toBe('+14155550100')
  await page.evaluate(() => window.call.disconnect())
  await until('both legs have ended', async () => (await twilioSim.control.get('/calls')).every(c => c.status === 'completed'))
})

test('a phone calls: custom parameters, keys of the caller, the browser mutes and hangs up', async ({ application, page, twilioSim }) => {
  application.on('/voice', '<Response><Dial><Client><Identity>user_7</Identity><Parameter name="lead" value="7 &amp; 8"/></Client></Dial></Response>')
  await device(page, twilioSim)
  await page.evaluate(() => window.device.register())
  const phone = await twilioSim.control.post('/ring', { to: '+14155550100', from: '+12025550123', tone: 700 })
  await logged(page, 'incoming')
  expect(await page.evaluate(() => [window.call.parameters.From, window.call.customParameters.get('lead')])).toEqual(['+12025550123', '7 & 8'])
  await page.evaluate(() => window.call.accept())
  await logged(page, 'call accept')
  await hears(page, 700)
  const heard = async () => (await twilioSim.control.get(`/calls/${phone.sid}`)).phone.heard
  await until('the microphone at the phone', async () => (await heard()).now === MICROPHONE_HZ)
  await page.evaluate(() => window.call.mute(true))
  await logged(page, 'call mute true')
  await until('a second of silence', quietFor(heard, 1000))
  await page.evaluate(() => window.call.mute(false))
  await until('the microphone again', async () => (await heard()).now === MICROPHONE_HZ)
  await page.evaluate(() => window.call.disconnect())
  await until('the phone is free', async () => (await twilioSim.control.get(`/calls/${phone.sid}`)).status === 'completed')
  await silent(page, 700)
})

test('the phone hangs up; the browser declines; the caller gives up', async ({ application, page, twilioSim }) => {
  application.on('/voice', '<Response><Dial action="/after"><Client>user_7</Client></Dial></Response>')
  application.on('/after', '<Response/>')
  await device(page, twilioSim)
  await page.evaluate(() => window.device.register())
  const ring = () => twilioSim.control.post('/ring', { to: '+14155550100' })
  const first = await ring()
  await logged(page, 'incoming')
  await page.evaluate(() => window.call.accept())
  await logged(page, 'call accept')
  await twilioSim.control.post(`/calls/${first.sid}/hangup`)
  await logged(page, 'call disconnect')

  await page.evaluate(() => { window.log.length = 0 })
  const second = await ring()
  await logged(page, 'incoming')
  await page.evaluate(() => window.call.reject())
  expect((await application.heard('/after', r => r.form.CallSid === second.sid)).form.DialCallStatus).toBe('busy')

  await page.evaluate(() => { window.log.length = 0 })
  const third = await ring()
  await logged(page, 'incoming')
  await twilioSim.control.post(`/calls/${third.sid}/hangup`)
  await logged(page, 'call cancel')
})

test('two browsers of one user ring, the first has the call', async ({ application, browser, page, pages, twilioSim }) => {
  application.on('/voice', '<Response><Dial><Client>user_7</Client></Dial></Response>')
  const other = await openPage(await browser.newPage({ ignoreHTTPSErrors: true, permissions: ['microphone'] }), pages.url)
  for (const one of [page, other]) {
    await device(one, twilioSim)
    await one.evaluate(() => window.device.register())
  }
  await twilioSim.control.post('/ring', { to: '+14155550100', tone: 800 })
  await Promise.all([logged(page, 'incoming'), logged(other, 'incoming')])
  await other.evaluate(() => window.call.accept())
  await logged(page, 'call cancel')
  await hears(other, 800)
  await other.evaluate(() => window.call.disconnect())
  await other.close()
})

test('two browsers talk; a conference of both with a phone', async ({ application, browser, page, pages, twilioSim }) => {
  application.on('/voice', form => `<Response><Dial><Conference>${form.room}</Conference></Dial></Response>`)
  const other = await openPage(await browser.newPage({ ignoreHTTPSErrors: true, permissions: ['microphone'] }), pages.url)
  await makeDevice(other, tokenOf(twilioSim.config, { identity: 'user_8' }), twilioSim.config.signal)
  await device(page, twilioSim)
  for (const one of [page, other]) await connect(one, { room: 'r1' })
  await Promise.all([hears(page, MICROPHONE_HZ), hears(other, MICROPHONE_HZ)])
  const client = twilioClient(twilioSim.config, twilioSim.config.api_key_sid, twilioSim.config.api_key_secret)
  const [room] = await client.conferences.list({ friendlyName: 'r1', status: 'in-progress' })
  await client.conferences(room.sid).participants.create({ from: '+14155550100', to: '+14155550103' })
  await Promise.all([hears(page, CARRIER_HZ), hears(other, CARRIER_HZ)])
  await client.conferences(room.sid).update({ status: 'completed' })
  await Promise.all([logged(page, 'call disconnect'), logged(other, 'call disconnect')])
  await other.close()
})

test('a browser is rung by REST, with parameters: as a participant and as a call', async ({ application, page, twilioSim }) => {
  const { config } = twilioSim
  const client = twilioClient(config, config.api_key_sid, config.api_key_secret)
  const url = application.on('/voice', '<Response><Pause length="5"/></Response>')
  await device(page, twilioSim)
  await page.evaluate(() => window.device.register())
  const to = `client:user_7?${new URLSearchParams({ lead: '7 & 8', call_id: 'x' })}`
  for (const ring of [() => client.conferences('r2').participants.create({ from: '+14155550100', to }), () => client.calls.create({ from: '+14155550100', to, url })]) {
    await page.evaluate(() => { window.log.length = 0 })
    const { callSid, sid } = await ring()
    await logged(page, 'incoming')
    expect(await page.evaluate(() => [window.call.parameters.CallSid, ...window.call.customParameters])).toEqual([callSid ?? sid, ['lead', '7 & 8'], ['call_id', 'x']])
    await page.evaluate(() => window.call.reject())
    await until('it is busy', async () => (await client.calls(callSid ?? sid).fetch()).status === 'busy')
  }
})

test('a fresh token during a call: the call goes on, the old end passes', async ({ application, page, twilioSim }) => {
  application.on('/voice', dialNumber)
  await makeDevice(page, tokenOf(twilioSim.config, { ttl: 6 }), twilioSim.config.signal, { tokenRefreshMs: 4000 })
  await page.evaluate(() => window.device.register())
  await connect(page, { To: '+14155550103' })
  await logged(page, 'call accept')
  await logged(page, 'tokenWillExpire')
  await page.evaluate(jwt => window.device.updateToken(jwt), tokenOf(twilioSim.config))
  const listens = async () => (await twilioSim.control.get('/devices'))[0].messages.filter(m => m === 'listen').length
  await until('the second token at the simulator', async () => (await listens()) === 2)
  await page.waitForFunction(() => performance.now() > 7000, null, { timeout: 15_000 })
  await hears(page, CARRIER_HZ)
  expect(await logOf(page)).not.toContain('error 20104')
  expect((await twilioSim.control.get('/devices'))[0].registered).toBe(true)
  await page.evaluate(() => window.call.disconnect())
})

test('an expired token: the SDK hears 20104; a token of another account, key or region: 20101', async ({ page, twilioSim }) => {
  const { config, control } = twilioSim
  // the promise of a device that is refused may stay open
  const tryRegister = () => page.evaluate(() => { window.device.register().catch(() => {}) })
  await makeDevice(page, tokenOf(config, { ttl: 2 }), config.signal)
  await tryRegister()
  await logged(page, 'error 20104')
  const wrong = [tokenOf({ ...config, api_key_secret: 'x'.repeat(32) }), tokenOf({ ...config, account_sid: `AC${'0'.repeat(32)}` }), tokenOf({ ...config, api_key_sid: `SK${'0'.repeat(32)}` })]
  for (const token of wrong) {
    await makeDevice(page, token, config.signal)
    await tryRegister()
    await logged(page, 'error 20101')
  }
  await control.post('/account', { region: 'ie1' })
  await makeDevice(page, tokenOf(config), config.signal)
  await tryRegister()
  await logged(page, 'error 20101')
  await control.post('/account', { region: 'us1' })
})

test('the socket is lost in a call: the SDK comes back, audio never stopped', async ({ application, page, twilioSim }) => {
  application.on('/voice', dialNumber)
  await device(page, twilioSim)
  await connect(page, { To: '+14155550103' })
  await logged(page, 'call accept')
  await hears(page, CARRIER_HZ)
  await twilioSim.control.post('/devices/user_7/drop')
  await logged(page, 'call reconnecting')
  await logged(page, 'call reconnected', 20)
  await hears(page, CARRIER_HZ)
  await page.evaluate(() => window.call.disconnect())
})

test('a busy phone, an application that rejects', async ({ application, page, twilioSim }) => {
  application.on('/voice', form => (form.To === '+1' ? '<Response><Reject reason="busy"/></Response>' : dialNumber(form)))
  await device(page, twilioSim)
  await connect(page, { To: '+14155550104' })
  await logged(page, 'call disconnect')
  await page.evaluate(() => { window.log.length = 0 })
  await connect(page, { To: '+1' })
  await logged(page, 'call disconnect')
  expect((await logOf(page)).some(word => word.startsWith('call error'))).toBe(true)
})
