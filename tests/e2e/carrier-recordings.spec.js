// Recordings that carriers made: the softphone over each simulated carrier, then the history plays what recorder fetched,
// the agent left and the customer right as in our own recordings.
import { expect, test } from '@playwright/test'
import { simTelnyx, simTwilio } from './lib/carrier.mjs'
import { Phone } from './lib/phone.js'
import { sidesOf } from './lib/recording.js'
import { api, dev, numbers, sql, until } from './lib/system.js'
import { MICROPHONE_HZ, anyCertificate } from '../lib/chromium.mjs'

const CARRIER_HZ = 1000
const CALLER_HZ = 700
const CALLER = '+12025550123'
const TALK_S = 5
const FETCHED_S = 60

// the simulator's signalling has a certificate of this machine
test.use({ launchOptions: anyCertificate })

for (const make of [simTwilio, simTelnyx]) {
  const carrier = make()

  test.describe(`recordings of ${carrier.name}`, () => {
    test.beforeAll(() => carrier.setUp())
    test.afterAll(() => carrier.tearDown())

    test('of a call out', async ({ page }) => {
      const since = new Date().toISOString()
      const phone = await signIn(carrier, page)
      const before = await carrier.known()
      await phone.dial(numbers.tone)
      await phone.status('in-progress')
      const far = await carrier.next(before, leg => leg.to === numbers.tone)
      await talk(carrier, far, phone, CARRIER_HZ)
      await phone.at('hangup-button').click()
      await isRight(page, phone, await row(call => call.to_number === numbers.tone, since), CARRIER_HZ)
    })

    test('of a call in', async ({ page }) => {
      const since = new Date().toISOString()
      const phone = await signIn(carrier, page)
      const far = await carrier.control.post('/ring', { from: CALLER, to: carrier.numbers[0], tone: CALLER_HZ })
      await phone.at('accept-button').click()
      await phone.status('in-progress')
      await talk(carrier, far, phone, CALLER_HZ)
      await phone.at('hangup-button').click()
      await isRight(page, phone, await row(call => call.from_number === CALLER, since), CALLER_HZ)
    })
  })
}

const idOf = leg => leg.sid ?? leg.call_control_id
const isHere = device => device.registered ?? device.messages.includes('telnyx_rtc.gatewayState')
const phones = async carrier => (await carrier.control.get('/devices')).filter(isHere).length

async function signIn(carrier, page) {
  await until('the phone of the last test to be gone', async () => (await phones(carrier)) === 0, 30)
  const phone = await new Phone(page).signIn()
  await until('the phone at the carrier', async () => (await phones(carrier)) > 0, 30)
  return phone
}

const row = (fits, since) => until('the row in the history', () => api.newestCall(call => call.started_at >= since && call.ended_at && fits(call)), 30)

// Some seconds in which each side hears the other.
async function talk(carrier, far, phone, hz) {
  const id = idOf(far)
  await phone.hears(hz)
  await until("the microphone's tone at the other side", async () => (await carrier.heard(id)).now === MICROPHONE_HZ)
  const { ms } = await carrier.heard(id)
  await until(`${TALK_S} s of talk`, async () => (await carrier.heard(id)).ms >= ms + TALK_S * 1000, TALK_S + 20)
}

async function isRight(page, phone, call, hz) {
  const recording = await until('the recording', async () => {
    const { recording: it } = (await api.get(`/api/voip/calls/${call.id}`)).data
    return it?.state === 'stored' && it
  }, FETCHED_S)
  const sides = await sidesOf(page, recording.id, [MICROPHONE_HZ, hz])
  expect(sides.count).toBe(2)
  expect(sides.left[0], 'the agent on the left').toBeGreaterThan(0.4)
  expect(sides.left[1], 'no customer on the left').toBeLessThan(0.05)
  expect(sides.right[1], 'the customer on the right').toBeGreaterThan(0.4)
  expect(sides.right[0], 'no agent on the right').toBeLessThan(0.05)
  expect(Math.abs(sides.seconds - call.duration), 'as long as the talk').toBeLessThanOrEqual(2)
  expect(sql(`select count(*) from voip.recordings where call_id = '${call.id}'`)).toBe('1')
  const part = await fetch(`${dev.base_url}/api/voip/recordings/${recording.id}`, { headers: { authorization: `Bearer ${dev.agent.api_token}`, range: 'bytes=0-3' } })
  expect([part.status, await part.text()]).toEqual([206, 'OggS'])

  await phone.at('nav-calls').click()
  await phone.at('history-row').first().getByTestId('recording-play').click()
  await until('the player runs', () => page.evaluate(() =>
    [...document.querySelectorAll('audio')].find(a => a.src.includes('/recordings/'))?.currentTime > 0.2))
}
