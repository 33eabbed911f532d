import { expect, test } from '@playwright/test'
import { Phone } from './lib/phone.js'
import { sidesOf } from './lib/recording.js'
import { api, carrier, dev, numbers, until } from './lib/system.js'
import { toneShare } from '../lib/tone.mjs'
import { MICROPHONE_HZ } from '../lib/chromium.mjs'

const CARRIER_HZ = 1000

test('a call out: both tones arrive, digits arrive, history and recording are right', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  const before = await carrier.known()
  await phone.dial(numbers.tone)
  await phone.status('in-progress')
  const answered = Date.now()
  const far = await carrier.next(before)
  await phone.hears(CARRIER_HZ)

  await phone.at('keypad-button').click()
  for (const key of ['4', '2', 'hash']) await phone.at(`key-${key}`).click()
  await until('the digits at the carrier', async () => (await carrier.call(far.id)).dtmf === '42#')

  // let the recording hold some seconds of both tones
  await until('six seconds of talk', () => Date.now() - answered > 6000)
  await phone.at('hangup-button').click()
  const talked = (Date.now() - answered) / 1000
  await expect(phone.at('ended-reason')).toBeVisible()

  const heard = await carrier.audio(far.id)
  const loudest = strongestSecond(heard, MICROPHONE_HZ)
  expect(loudest, 'the microphone\'s tone at the carrier').toBeGreaterThan(0.5)

  const row = await until('the ended call in the history', () =>
    api.newestCall(c => c.to_number === numbers.tone && c.status === 'completed' && c.ended_at))
  expect(row.direction).toBe('outbound')
  expect(Math.abs(row.duration - talked)).toBeLessThanOrEqual(1)

  const recorded = await until('the recording', async () => {
    const { recording } = (await api.get(`/api/voip/calls/${row.id}`)).data
    return recording?.state === 'stored' && recording
  }, 30)
  const channels = await sidesOf(page, recorded.id, [MICROPHONE_HZ, CARRIER_HZ])
  expect(channels.count).toBe(2)
  expect(channels.left[0], 'the agent on the left').toBeGreaterThan(0.4)
  expect(channels.left[1], 'no carrier on the left').toBeLessThan(0.05)
  expect(channels.right[1], 'the carrier on the right').toBeGreaterThan(0.4)
  expect(channels.right[0], 'no agent on the right').toBeLessThan(0.05)
  expect(Math.abs(channels.seconds - talked)).toBeLessThanOrEqual(1.5)

  // the page shows and plays it, with seek
  await phone.at('nav-calls').click()
  const line = phone.at('history-row').first()
  await expect(line.getByTestId('history-status')).toHaveAttribute('data-status', 'completed')
  await expect(line.getByTestId('history-direction')).toHaveAttribute('data-direction', 'outbound')
  await line.getByTestId('recording-play').click()
  await until('the player runs', () => page.evaluate(() => {
    const media = [...document.querySelectorAll('audio')].find(a => a.src.includes('/recordings/'))
    return media && media.currentTime > 0.2
  }))
  const after = await page.evaluate(() => new Promise(resolve => {
    const media = [...document.querySelectorAll('audio')].find(a => a.src.includes('/recordings/'))
    media.addEventListener('seeked', () => resolve(media.currentTime), { once: true })
    media.currentTime = 4
  }))
  expect(after).toBeGreaterThanOrEqual(3.9)
})

test('a call that the far side ends shows why, and its contact', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  await phone.dial(numbers.hangup)
  await phone.status('in-progress')
  await expect(phone.at('ended-reason')).toBeVisible({ timeout: 20_000 })
  const row = await until('history', () => api.newestCall(c => c.to_number === numbers.hangup && c.ended_at))
  expect(row.status).toBe('completed')
  expect(row.hangup_by ?? 'customer').toBe('customer')
})

test('early media is heard before the answer', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  await phone.dial(numbers.early_media)
  await phone.status('ringing')
  await phone.hears(CARRIER_HZ, 3)
  await phone.status('in-progress')
  await phone.at('hangup-button').click()
  await expect(phone.at('ended-reason')).toBeVisible()
})

for (const [name, number, status] of [
  ['busy', numbers.busy, 'busy'],
  ['a number that nobody has', numbers.unknown ?? '+14155550199', 'failed'],
]) {
  test(`${name}: a clear word, and a final row`, async ({ page }) => {
    const phone = await new Phone(page).signIn()
    await phone.dial(number)
    await expect(phone.at('ended-reason')).toBeVisible({ timeout: 20_000 })
    await until('history', () => api.newestCall(c => c.to_number === number && c.status === status))
  })
}

test('no answer: hanging up cancels it at the carrier', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  const before = await carrier.known()
  await phone.dial(numbers.no_answer)
  await phone.status('ringing')
  const far = await carrier.next(before)
  await phone.at('hangup-button').click()
  await until('canceled at the carrier', async () => (await carrier.call(far.id)).state === 'ended')
  await until('history', () => api.newestCall(c => c.to_number === numbers.no_answer && c.status === 'canceled'))
})

test('what is no number and what is forbidden is refused in words', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  await phone.at('number-input').fill('12')
  await expect(phone.at('number-error')).toBeVisible()
  await phone.dial('+881612345678') // a satellite phone: not on the safe list
  await expect(phone.at('ended-reason')).toContainText(/not allowed|forbidden|allow/i)
  const row = await until('history', () => api.newestCall(c => c.to_number.startsWith('+8816') && c.ended_at))
  expect(row.status).toBe('failed')
  expect(row.cause).toBe('destination_forbidden')
})

test('the same idempotency key is the same call', async () => {
  const key = crypto.randomUUID()
  const post = () =>
    fetch(`${dev.base_url}/api/voip/calls/outbound`, {
      method: 'POST',
      headers: { authorization: `Bearer ${dev.agent.api_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to_number: numbers.echo, idempotency_key: key }),
    }).then(r => r.json())
  const [one, two] = [await post(), await post()]
  expect(one.sid).toBeTruthy()
  expect(two.sid).toBe(one.sid)
  await api.post(`/api/voip/calls/${one.sid}/hangup`)
})

// The best share of the tone in any half second: bursts and start-up silence are not held against it.
function strongestSecond({ rate, samples }, hz) {
  let best = 0
  for (let at = 0; at + rate / 2 <= samples.length; at += rate / 4)
    best = Math.max(best, toneShare(samples.slice(at, at + rate / 2), rate, hz))
  return best
}
