// The softphone over Twilio: our services and the unmodified SDK of Twilio in the page, against the simulator.
import { expect, test } from '@playwright/test'
import { quietFor } from '../lib/control.mjs'
import { simTwilio } from './lib/carrier.mjs'
import { Phone } from './lib/phone.js'
import { sidesOf } from './lib/recording.js'
import { api, carrier, dev, numbers, sql, until } from './lib/system.js'
import { MICROPHONE_HZ, anyCertificate } from '../lib/chromium.mjs'

const CARRIER_HZ = 1000
const CALLER_HZ = 700
const CALLER = '+12025550123'
const twilio = simTwilio()
const [DID] = twilio.numbers
let since = ''
const identity = `user_${dev.agent.user_id.replaceAll('-', '')}`

// the simulator's signalling has a certificate of this machine
test.use({ launchOptions: anyCertificate })
test.beforeAll(() => twilio.setUp())
test.beforeEach(() => { since = new Date().toISOString() })
test.afterAll(() => twilio.tearDown())
test.afterEach(async () => {
  await twilio.control.del('/faults')
  await twilio.control.post('/account', { status: 'active' })
  expect(await twilio.control.get('/errors'), 'what our answers made Twilio complain of').toEqual([])
})

// Whatever asks for a host that is not this machine is kept in page.strangers.
function watch(page) {
  page.strangers = []
  page.on('request', request => { if (!['127.0.0.1', 'localhost'].includes(new URL(request.url()).hostname) && !/^(data|blob):/.test(request.url())) page.strangers.push(request.url()) })
}

// Remembers every track that the page was given by a microphone.
const microphones = () => {
  window.__sent = []
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async constraints => {
    const stream = await original(constraints)
    window.__sent.push(...stream.getAudioTracks())
    return stream
  }
}

const phones = async () => (await twilio.control.get('/devices')).filter(d => d.identity === identity && d.registered)
const signedIn = (n = 1) => until(`${n} phones at the carrier`, async () => (await phones()).length === n, 20)

async function signIn(page) {
  await until('the phones of the last test to be gone', async () => (await phones()).length === 0)
  watch(page)
  await page.addInitScript(microphones)
  const phone = await new Phone(page).signIn()
  await signedIn()
  return phone
}

async function inCall(page, number = numbers.tone) {
  const phone = await signIn(page)
  const before = await twilio.known()
  await phone.dial(number)
  await phone.status('in-progress')
  const answered = Date.now()
  const far = await twilio.next(before, call => call.to === number)
  return { phone, far, answered, before }
}

const atFarSide = far => until("the microphone's tone at the other side", async () => (await twilio.heard(far.sid)).now === MICROPHONE_HZ)
const quiet = far => until('silence at the other side', quietFor(() => twilio.heard(far.sid), 1500))
const over = before => until('every leg to end', async () => (await twilio.calls()).every(call => before.has(call.sid) || call.end_time))
const row = fits => until('the row in the history', () => api.newestCall(call => call.started_at >= since && call.ended_at && fits(call)))
const providerOf = id => sql(`select provider_id from voip.calls where id = '${id}'`)

test('a call out: both tones arrive, keys arrive, mute, history and recording are right', async ({ page }) => {
  const { phone, far, answered, before } = await inCall(page)
  expect(far.from).toBe(DID)
  await phone.hears(CARRIER_HZ)
  await atFarSide(far)

  await phone.at('keypad-button').click()
  for (const key of ['4', '2', 'hash']) await phone.at(`key-${key}`).click()
  await until('the keys at the other side', async () => (await twilio.call(far.sid)).phone.dtmf === '42#')
  await phone.at('keypad-button').click()

  await phone.at('mute-button').click()
  await quiet(far)
  await phone.hears(CARRIER_HZ)
  await phone.at('mute-button').click()
  await atFarSide(far)
  await expect(phone.at('quality-dot')).toBeVisible()

  await phone.at('hangup-button').click()
  const talked = (Date.now() - answered) / 1000
  await expect(phone.at('ended-screen')).toBeVisible()
  await over(before)
  const call = await row(c => c.to_number === numbers.tone && c.status === 'completed')
  expect(call).toMatchObject({ direction: 'outbound', hangup_by: 'agent', contact: { type: 'person', name: 'Demo tone' } })
  expect(Math.abs(call.duration - talked)).toBeLessThanOrEqual(1)
  expect(providerOf(call.id)).toBe(twilio.id)
  const recording = await until('the recording', async () => {
    const found = (await api.get(`/api/voip/calls/${call.id}`)).data.recording
    return found?.state === 'stored' && found
  }, 30)
  const { count, left, right, seconds } = await sidesOf(page, recording.id, [MICROPHONE_HZ, CARRIER_HZ])
  expect(count).toBe(2)
  expect([left[0] > 0.4, left[1] < 0.05], 'the agent on the left, alone').toEqual([true, true])
  expect([right[0] < 0.05, right[1] > 0.4], 'the customer on the right, alone').toEqual([true, true])
  expect(Math.abs(seconds - talked)).toBeLessThanOrEqual(1.5)
  expect(page.strangers, 'requests that left this machine').toEqual([])
})

test('hold: the customer hears music and no agent, then the agent again', async ({ page }) => {
  const { phone, far } = await inCall(page)
  await atFarSide(far)
  await phone.at('hold-button').click()
  await expect(phone.at('hold-button')).toHaveAttribute('aria-pressed', 'true')
  await until('music at the other side', async () => (await twilio.heard(far.sid)).now === dev.sims.twilio.tones.music)
  await phone.silent(CARRIER_HZ)
  await phone.at('hold-button').click()
  await atFarSide(far)
  await phone.hears(CARRIER_HZ)
  await phone.at('hangup-button').click()
})

test('the customer hangs up', async ({ page }) => {
  const { phone, far, answered, before } = await inCall(page)
  await phone.hears(CARRIER_HZ)
  await twilio.control.post(`/calls/${far.sid}/hangup`)
  await expect(phone.at('ended-screen')).toBeVisible()
  const talked = (Date.now() - answered) / 1000
  await over(before)
  const call = await row(c => c.to_number === numbers.tone && c.status === 'completed')
  expect(call.hangup_by).toBe('customer')
  expect(Math.abs(call.duration - talked)).toBeLessThanOrEqual(1)
})

test('called with two tabs: both ring, one answers, the other stops', async ({ page, context }) => {
  const one = await signIn(page)
  const two = await new Phone(await context.newPage()).join()
  await signedIn(2)
  const far = await twilio.control.post('/ring', { to: DID, from: CALLER, tone: CALLER_HZ })
  await expect(one.at('incoming-card')).toBeVisible()
  await expect(two.at('incoming-card')).toBeVisible()
  await two.at('accept-button').click()
  await two.status('in-progress')
  const answered = Date.now()
  await expect(one.at('incoming-card')).toBeHidden()
  await two.hears(CALLER_HZ)
  await atFarSide(far)
  await two.at('hangup-button').click()
  const talked = (Date.now() - answered) / 1000
  await until('the caller to be free', async () => (await twilio.call(far.sid)).end_time)
  const call = await row(c => c.from_number === CALLER && c.status === 'completed')
  expect(call).toMatchObject({ direction: 'inbound', hangup_by: 'agent' })
  expect(Math.abs(call.duration - talked)).toBeLessThanOrEqual(1)
})

test('the tab that dials takes its leg by itself; another tab stays quiet', async ({ page, context }) => {
  const one = await signIn(page)
  const two = await new Phone(await context.newPage()).join()
  await signedIn(2)
  await one.dial(numbers.tone)
  await one.status('in-progress')
  await one.hears(CARRIER_HZ)
  await expect(two.at('incoming-card')).toBeHidden()
  await expect(two.at('elsewhere-screen')).toBeVisible()
  await one.at('hangup-button').click()
  await expect(two.at('elsewhere-screen')).toBeHidden()
})

test('a caller who gives up, and one who is declined', async ({ page }) => {
  const phone = await signIn(page)
  const first = await twilio.control.post('/ring', { to: DID, from: CALLER, tone: CALLER_HZ })
  await expect(phone.at('incoming-card')).toBeVisible()
  await twilio.control.post(`/calls/${first.sid}/hangup`)
  await expect(phone.at('incoming-card')).toBeHidden()
  await row(c => c.from_number === CALLER && c.status === 'canceled')
  const second = await twilio.control.post('/ring', { to: DID, from: CALLER, tone: CALLER_HZ })
  await phone.at('decline-button').click()
  await until('the caller to be free', async () => (await twilio.call(second.sid)).end_time)
  await row(c => c.from_number === CALLER && c.status === 'busy')
})

test('busy, and nobody answers until the agent hangs up', async ({ page }) => {
  const phone = await signIn(page)
  await phone.dial(numbers.busy)
  await expect(phone.at('ended-reason')).toBeVisible({ timeout: 20_000 })
  await row(c => c.to_number === numbers.busy && c.status === 'busy')
  await phone.at('ended-close').click()
  const before = await twilio.known()
  await phone.dial(numbers.no_answer)
  await phone.status('ringing')
  await phone.hears(dev.sims.twilio.tones.ringback)
  await phone.at('hangup-button').click()
  await over(before)
  await row(c => c.to_number === numbers.no_answer && c.status === 'canceled')
})

test('a second call out parks the first, which goes on afterwards', async ({ page }) => {
  const { phone, far: first } = await inCall(page)
  await atFarSide(first)
  await signedIn() // a fresh line has taken the place of the one in the call
  const before = await twilio.known()
  await twilio.control.post('/ring', { to: DID, from: CALLER, tone: CALLER_HZ })
  await phone.at('accept-waiting').click()
  await phone.hears(CALLER_HZ)
  await until('music at the first', async () => (await twilio.heard(first.sid)).now === dev.sims.twilio.tones.music)
  await phone.at('hangup-button').click()
  await over(new Set([...before]))
  await expect(phone.at('call-screen')).toBeVisible()
  await phone.at('hold-button').click()
  await atFarSide(first)
  await phone.at('hangup-button').click()
})

test('a call by click in the API rings every tab; the one that takes it has it', async ({ page, context }) => {
  const one = await signIn(page)
  const two = await new Phone(await context.newPage()).join()
  await signedIn(2)
  await api.post('/api/voip/calls/outbound', { to_number: numbers.tone, idempotency_key: crypto.randomUUID() })
  await expect(one.at('incoming-card')).toBeVisible()
  await expect(two.at('incoming-card')).toBeVisible()
  await one.at('accept-button').click()
  await one.status('in-progress')
  await one.hears(CARRIER_HZ)
  await expect(two.at('incoming-card')).toBeHidden()
  await one.at('hangup-button').click()
})

test('another microphone and speaker are taken in a call', async ({ page }) => {
  const { phone, far } = await inCall(page)
  await atFarSide(far)
  const tracks = () => page.evaluate(() => window.__sent.map(track => track.readyState))
  const first = (await tracks()).length - 1
  for (const choice of ['Fake Audio Input 2', 'Fake Audio Output 2']) {
    await phone.at('device-button').click()
    await page.getByRole('menuitemcheckbox', { name: choice }).click()
  }
  await until('the first microphone to be let go of', async () => (await tracks())[first] === 'ended')
  await atFarSide(far)
  await phone.hears(CARRIER_HZ)
  await phone.at('hangup-button').click()
  await until('every microphone to be let go of', async () => (await tracks()).every(state => state === 'ended'))
})

test('a token that ends in a call is renewed before: the call goes on, and the phone can be rung', async ({ page }) => {
  const LIFE_S = 9
  await twilio.control.post('/account', { token_life: LIFE_S })
  await page.route('**/api/voip/token', async route => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...await answer.json(), expires_in: LIFE_S } })
  })
  const { phone, far } = await inCall(page)
  const inCallSince = Date.now()
  const renewals = async () => (await twilio.control.get('/devices')).map(d => d.messages.filter(m => m === 'listen').length)
  await until('both lines to renew their token twice', async () => (await renewals()).filter(n => n >= 3).length === 2, 40)
  await until('every token of the time of the answer to end', () => Date.now() - inCallSince > (LIFE_S + 1) * 1000, 15)
  await phone.hears(CARRIER_HZ)
  await atFarSide(far)
  await phone.at('hangup-button').click()
  await phone.at('ended-close').click()
  await twilio.control.post('/ring', { to: DID, from: CALLER, tone: CALLER_HZ })
  await phone.at('accept-button').click()
  await phone.hears(CALLER_HZ)
  await phone.at('hangup-button').click()
})

test('a token that was refused, a socket that was cut: the phone signs in again', async ({ page }) => {
  const { phone, far } = await inCall(page)
  await signedIn()
  await twilio.control.post(`/devices/${identity}/expire`)
  await twilio.control.post(`/devices/${identity}/drop`)
  await signedIn()
  await atFarSide(far)
  await phone.hears(CARRIER_HZ)
  await phone.at('hangup-button').click()
  await phone.at('ended-close').click()
  await twilio.control.post('/account', { status: 'suspended' })
  await twilio.control.post(`/devices/${identity}/drop`)
  await expect(phone.at('deaf-banner')).toBeVisible({ timeout: 40_000 })
  await twilio.control.post('/account', { status: 'active' })
})

// the last one: for half a minute after such a failure routers ask other providers first
test('Twilio refuses: the same click goes out by the next provider, once', async ({ page }) => {
  const phone = await signIn(page)
  const [before, trunkBefore] = [await twilio.known(), await carrier.known()]
  await twilio.control.post('/faults', { method: 'POST', path: 'Participants', action: 'status', status: 401 })
  await phone.dial(numbers.tone)
  await phone.status('in-progress')
  await phone.hears(CARRIER_HZ)
  const far = await carrier.next(trunkBefore)
  expect((await carrier.calls()).filter(call => !trunkBefore.has(call.id))).toHaveLength(1)
  expect(await twilio.known()).toEqual(before)
  await until("the microphone's tone at the trunk", async () => Math.abs((await carrier.call(far.id)).dominant_hz - MICROPHONE_HZ) < 20)
  await phone.at('hangup-button').click()
  const call = await row(c => c.to_number === numbers.tone && c.status === 'completed')
  expect(providerOf(call.id)).not.toBe(twilio.id)
})
