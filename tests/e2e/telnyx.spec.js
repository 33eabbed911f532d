// Calls at Telnyx through the softphone, with the unmodified @telnyx/webrtc and our own services; the carrier is
// tools/sim-telnyx (what it cannot prove: its README). Both tones are measured: the microphone's at the customer, the
// customer's in the browser.
import { expect, test } from '@playwright/test'
import { simTelnyx } from './lib/carrier.mjs'
import { Phone } from './lib/phone.js'
import { api, carrier, dev, sql, until } from './lib/system.js'
import { quietFor } from '../lib/control.mjs'
import { MICROPHONE_HZ } from '../lib/chromium.mjs'

const CARRIER_HZ = 1000
const CALLER_HZ = 700
const SWITCHED = 20 // seconds that services may take to see another provider

const telnyx = simTelnyx()
const { phones, tones, numbers: [OWN] } = dev.sims.telnyx

test.beforeAll(() => telnyx.setUp())
test.afterAll(() => telnyx.tearDown())
test.beforeEach(({ page }) => strangers(page))
test.afterEach(async ({ page }) => {
  expect(page.strangers, 'requests that left this machine').toEqual([])
  expect(page.refused, 'what the page may not do').toEqual([])
  for (const leg of await telnyx.calls()) if (!leg.ended_at) await telnyx.control.post(`/calls/${encodeURIComponent(leg.call_control_id)}/hangup`)
  await telnyx.control.post('/account', { token_ttl: 86_400 })
})

// Whatever asks for a host that is not this machine, and what the page's own policy forbids.
function strangers(page) {
  Object.assign(page, { strangers: [], refused: [] })
  const foreign = url => !/^(data|blob):/.test(url) && !['127.0.0.1', 'localhost'].includes(new URL(url).hostname)
  page.on('request', request => foreign(request.url()) && page.strangers.push(request.url()))
  page.on('websocket', socket => foreign(socket.url()) && page.strangers.push(socket.url()))
  page.on('console', message => /Content.Security.Policy/i.test(message.text()) && page.refused.push(message.text()))
}

const devices = () => telnyx.control.get('/devices')
const devicesAre = n => until(`${n} phones signed in at Telnyx`, async () =>
  (await devices()).filter(d => d.user && d.messages.includes('telnyx_rtc.gatewayState')).length === n, SWITCHED)

// Signed in here and at Telnyx.
async function signIn(page) {
  const phone = await new Phone(page).signIn()
  await devicesAre(1)
  return phone
}

const customerOf = (before, number) => telnyx.next(before, leg => leg.to === number, SWITCHED)
const idOf = leg => leg.call_control_id
const hearsThere = (leg, hz) => until(`${hz} Hz at the phone`, async () => (await telnyx.heard(idOf(leg))).now === hz)
const silentThere = leg => until('silence at the phone', quietFor(() => telnyx.heard(idOf(leg)), 600))
const row = accept => until('the row in the history', () => api.newestCall(c => accept(c) && c.ended_at))

// A call to the customer's phone that was answered; both ends hear each other.
async function inCall(page, number = phones.tone) {
  const phone = await signIn(page)
  const before = await telnyx.known()
  await phone.dial(number)
  await phone.status('in-progress', SWITCHED)
  const answered = Date.now()
  const far = await customerOf(before, number)
  await phone.hears(CARRIER_HZ)
  await hearsThere(far, MICROPHONE_HZ)
  return { phone, far, answered }
}

async function rings(tabs, more = {}) {
  const leg = await telnyx.control.post('/ring', { from: dev.demo_carrier.caller, to: OWN, tone: CALLER_HZ, ...more })
  for (const tab of tabs) await expect(tab.at('incoming-card')).toBeVisible()
  return leg
}

test('a call out: both tones arrive, so do keys; the agent hangs up; row and contact are right', async ({ page }) => {
  const { phone, far, answered } = await inCall(page)
  await phone.at('keypad-button').click()
  for (const key of ['4', '2', 'hash']) await phone.at(`key-${key}`).click()
  await until('the keys at the phone', async () => (await telnyx.call(idOf(far))).phone.dtmf === '42#')
  await until('three seconds of talk', () => Date.now() - answered > 3000)
  await phone.at('hangup-button').click()
  const talked = (Date.now() - answered) / 1000
  await expect(phone.at('ended-reason')).toBeVisible()
  await until('the end at the carrier', async () => (await telnyx.calls()).every(leg => leg.ended_at))
  const { direction, status, duration, from_number: from, hangup_by: by, contact_name: contact } = await row(c => c.to_number === phones.tone)
  expect({ direction, status, from, by }).toEqual({ direction: 'outbound', status: 'completed', from: OWN, by: 'agent' })
  expect(Math.abs(duration - talked)).toBeLessThanOrEqual(1)
  expect(contact, 'who has that number').toBeTruthy()
})

test('mute, hold and back: what each side hears', async ({ page }) => {
  const { phone, far } = await inCall(page)
  await phone.at('mute-button').click()
  await silentThere(far)
  await phone.hears(CARRIER_HZ)
  await phone.at('mute-button').click()
  await hearsThere(far, MICROPHONE_HZ)

  await phone.at('hold-button').click()
  await hearsThere(far, tones.music)
  await phone.silent(CARRIER_HZ)
  await expect(phone.at('hold-button')).toHaveAttribute('aria-pressed', 'true')
  await phone.at('hold-button').click()
  await hearsThere(far, MICROPHONE_HZ)
  await phone.hears(CARRIER_HZ)
})

test('the customer hangs up: the page says so, and so does the row', async ({ page }) => {
  const { phone, far, answered } = await inCall(page)
  await until('two seconds of talk', () => Date.now() - answered > 2000)
  await telnyx.control.post(`/calls/${encodeURIComponent(idOf(far))}/hangup`)
  const talked = (Date.now() - answered) / 1000
  await expect(phone.at('ended-reason')).toBeVisible()
  const { status, duration, hangup_by: by } = await row(c => c.to_number === phones.tone)
  expect({ status, by }).toEqual({ status: 'completed', by: 'customer' })
  expect(Math.abs(duration - talked)).toBeLessThanOrEqual(1)
})

for (const [kind, status] of [['busy', 'busy'], ['unknown', 'failed'], ['declined', 'failed']]) {
  test(`${kind}: a clear word, a final row, and no leg is left`, async ({ page }) => {
    const phone = await signIn(page)
    await phone.dial(phones[kind])
    await expect(phone.at('ended-reason')).toBeVisible({ timeout: SWITCHED * 1000 })
    await row(c => c.to_number === phones[kind] && c.status === status)
    await until('the end at the carrier', async () => (await telnyx.calls()).every(leg => leg.ended_at))
  })
}

test('a call that nobody answers is canceled when the agent hangs up', async ({ page }) => {
  const phone = await signIn(page)
  const before = await telnyx.known()
  await phone.dial(phones.no_answer)
  await customerOf(before, phones.no_answer)
  await phone.at('hangup-button').click()
  await until('the end at the carrier', async () => (await telnyx.calls()).every(leg => leg.ended_at))
  await row(c => c.to_number === phones.no_answer && c.status === 'canceled')
})

test('a call in rings both tabs; one answers, the other stops; both tones; the caller hangs up', async ({ page, context }) => {
  const one = await signIn(page)
  const two = await new Phone(await context.newPage()).join()
  await devicesAre(2)
  const caller = await rings([one, two])
  await two.at('accept-button').click()
  await two.status('in-progress')
  const answered = Date.now()
  await expect(one.at('incoming-card')).toBeHidden()
  await two.hears(CALLER_HZ)
  await hearsThere(caller, MICROPHONE_HZ)
  await one.silent(CALLER_HZ)
  await until('two seconds of talk', () => Date.now() - answered > 2000)
  await telnyx.control.post(`/calls/${encodeURIComponent(idOf(caller))}/hangup`)
  const talked = (Date.now() - answered) / 1000
  await expect(two.at('ended-reason')).toBeVisible()
  const { status, duration, from_number: from, hangup_by: by, contact_name: contact } = await row(c => c.direction === 'inbound')
  expect({ status, from, by }).toEqual({ status: 'completed', from: dev.demo_carrier.caller, by: 'customer' })
  expect(Math.abs(duration - talked)).toBeLessThanOrEqual(1)
  expect(contact, 'who calls').toBeTruthy()
})

test('a second call is taken: the first hears music, and goes on', async ({ page }) => {
  const { phone, far } = await inCall(page)
  const caller = await telnyx.control.post('/ring', { from: dev.demo_carrier.caller, to: OWN, tone: CALLER_HZ })
  await phone.at('accept-waiting').click()
  await phone.hears(CALLER_HZ)
  await hearsThere(caller, MICROPHONE_HZ)
  await hearsThere(far, tones.music)
  await telnyx.control.post(`/calls/${encodeURIComponent(idOf(caller))}/hangup`)
  await until('the first call is alone', async () => (await telnyx.calls()).filter(leg => !leg.ended_at).length === 2)
  expect((await telnyx.call(idOf(far))).state).toBe('answered')
})

test('a caller who is declined, and one who gives up', async ({ page }) => {
  const phone = await signIn(page)
  const declined = await rings([phone])
  await phone.at('decline-button').click()
  await until('the caller hears it', async () => (await telnyx.call(idOf(declined))).state === 'ended')
  await row(c => c.direction === 'inbound' && c.status === 'busy')

  const gone = await rings([phone])
  await telnyx.control.post(`/calls/${encodeURIComponent(idOf(gone))}/hangup`)
  await expect(phone.at('incoming-card')).toBeHidden()
  await row(c => c.direction === 'inbound' && c.status === 'canceled')
})

test('click-to-call by the API rings both tabs, and is taken in one', async ({ page, context }) => {
  const one = await signIn(page)
  const two = await new Phone(await context.newPage()).join()
  await devicesAre(2)
  const before = await telnyx.known()
  await api.post('/api/voip/calls/outbound', { to_number: phones.tone })
  for (const tab of [one, two]) await expect(tab.at('incoming-card')).toBeVisible()
  expect((await telnyx.calls()).some(leg => !before.has(idOf(leg)) && leg.to === phones.tone), 'nobody is called before the agent is there').toBe(false)
  await one.at('accept-button').click()
  await one.status('in-progress', SWITCHED)
  await expect(two.at('incoming-card')).toBeHidden()
  await one.hears(CARRIER_HZ)
  await hearsThere(await customerOf(before, phones.tone), MICROPHONE_HZ)
  await one.at('hangup-button').click()
  await until('the end at the carrier', async () => (await telnyx.calls()).every(leg => leg.ended_at))
})

test('the token is renewed while somebody talks, and the call goes on', async ({ page }) => {
  // token-issuer remembers a token for as long as the settings are the same
  await telnyx.control.post('/account', { token_ttl: 15 })
  telnyx.seal()
  const { phone, far } = await inCall(page)
  const logins = async () => (await devices()).flatMap(d => d.messages).filter(m => m === 'login').length
  await until('two more tokens', async () => (await logins()) >= 3, 40)
  await phone.hears(CARRIER_HZ)
  await hearsThere(far, MICROPHONE_HZ)
  expect((await telnyx.call(idOf(far))).state).toBe('answered')
  await phone.at('hangup-button').click()
  await row(c => c.to_number === phones.tone && c.status === 'completed')
})

test('a lost connection to Telnyx: the call goes on over a new one', async ({ page }) => {
  const { phone, far } = await inCall(page)
  const [{ user }] = await devices()
  await telnyx.control.post(`/devices/${user}/drop`)
  await until('the phone is back', async () => (await devices()).some(d => d.messages.includes('telnyx_rtc.attach')), 30)
  await phone.hears(CARRIER_HZ)
  await hearsThere(far, MICROPHONE_HZ)
  await phone.at('hangup-button').click()
  await until('the end at the carrier', async () => (await telnyx.calls()).every(leg => leg.ended_at))
  await row(c => c.to_number === phones.tone && c.status === 'completed')
})

test('a phone that Telnyx throws out comes back by itself', async ({ page }) => {
  const phone = await signIn(page)
  const [{ user }] = await devices()
  await telnyx.control.post(`/devices/${user}/punt`)
  await until('nobody is signed in at Telnyx', async () => (await devices()).length === 0)
  await until('the phone is back', async () => (await devices()).length === 1, 40)
  await devicesAre(1)
  await expect(phone.at('deaf-banner')).toBeHidden()
  const before = await telnyx.known()
  await phone.dial(phones.tone)
  await phone.status('in-progress', SWITCHED)
  await customerOf(before, phones.tone)
  await phone.hears(CARRIER_HZ)
})

// Where our services look for Telnyx's API from now on; to be activated tells them.
async function reach(base) {
  telnyx.hidden.api_base = base
  telnyx.seal()
  await telnyx.standBy()
  await telnyx.activate()
}

// The call goes out by the demo carrier, once, and not by Telnyx.
async function callElsewhere(phone) {
  const [atTelnyx, elsewhere] = [await telnyx.known(), await carrier.known()]
  await phone.dial(phones.tone)
  await phone.status('in-progress', SWITCHED)
  const far = await carrier.next(elsewhere)
  await phone.hears(CARRIER_HZ)
  await until('the microphone there', async () => Math.abs((await carrier.call(far.id)).dominant_hz - MICROPHONE_HZ) < 20)
  await phone.at('hangup-button').click()
  await phone.at('ended-close').click()
  await until('its end', async () => (await carrier.call(far.id)).state === 'ended')
  expect((await carrier.calls()).filter(c => !elsewhere.has(c.id)).length).toBe(1)
  expect((await telnyx.known()).size).toBe(atTelnyx.size)
}

test('while Telnyx cannot be reached calls go out over the next provider, once, also from a page that is loaded then', async ({ page }) => {
  const phone = await signIn(page)
  const { api_base: base } = telnyx.hidden
  try {
    await reach('http://127.0.0.1:1/v2')
    await callElsewhere(phone)
    await page.reload()
    await phone.open()
    await expect(phone.at('deaf-banner')).toContainText('Telnyx')
    await callElsewhere(phone)
  } finally {
    await reach(base)
  }
  await expect(phone.at('deaf-banner')).toBeHidden({ timeout: 40_000 })
  await devicesAre(1)
})

test('a provider that is deleted takes its users\' credentials at Telnyx along', async ({ page }) => {
  await signIn(page)
  const id = sql(`select credential_id from voip.telnyx_credentials where provider_id = '${telnyx.id}' and user_id = '${dev.agent.user_id}'`)
  const { api: base, api_key: key } = dev.sims.telnyx
  const atTelnyx = async () => (await fetch(`${base}/telephony_credentials/${id}`, { headers: { authorization: `Bearer ${key}` } })).status
  expect(await atTelnyx()).toBe(200)
  await telnyx.standBy()
  await api.delete(`/admin/voip/providers/${telnyx.id}`, dev.admin)
  await until('it is gone there', async () => (await atTelnyx()) === 404)
  await telnyx.setUp()
})
