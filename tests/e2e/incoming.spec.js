import { expect, test } from '@playwright/test'
import { Phone } from './lib/phone.js'
import { api, carrier, dev, metric, until } from './lib/system.js'

const DID = dev.trunks.lab.did
const CALLER_HZ = 600

test('an incoming call rings both tabs; one answers, the other stops; audio flows', async ({ page, context }) => {
  const one = await new Phone(page).signIn()
  const two = await new Phone(await context.newPage()).join()
  const far = await carrier.ring({ did: DID, from: dev.demo_carrier.caller, tone: CALLER_HZ })
  await expect(one.at('incoming-card')).toBeVisible()
  await expect(two.at('incoming-card')).toBeVisible()
  await two.at('accept-button').click()
  await two.status('in-progress')
  await expect(one.at('incoming-card')).toBeHidden()
  await two.hears(CALLER_HZ)
  const answered = Date.now()
  await until('the microphone at the carrier', async () => {
    const call = await carrier.call(far.id)
    return call.dominant_hz > 420 && call.dominant_hz < 460
  })
  await until('three seconds', () => Date.now() - answered > 3000)
  await carrier.hangup(far.id)
  await expect(two.at('ended-reason')).toBeVisible()
  const row = await until('history', () => api.newestCall(c => c.direction === 'inbound' && c.ended_at && c.status === 'completed'))
  expect(Math.abs(row.duration - (Date.now() - answered) / 1000)).toBeLessThanOrEqual(2)
})

test('a caller who gives up leaves a no-answer or canceled row and a quiet phone', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  const far = await carrier.ring({ did: DID, from: dev.demo_carrier.caller, tone: CALLER_HZ })
  await expect(phone.at('incoming-card')).toBeVisible()
  await carrier.hangup(far.id)
  await expect(phone.at('incoming-card')).toBeHidden()
  await until('history', () =>
    api.newestCall(c => c.direction === 'inbound' && ['canceled', 'no-answer'].includes(c.status)))
})

test('a declined call ends at the carrier', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  const far = await carrier.ring({ did: DID, from: dev.demo_carrier.caller, tone: CALLER_HZ })
  await phone.at('decline-button').click()
  await until('the carrier hears it', async () => (await carrier.call(far.id)).state === 'ended')
})

test('nobody signed in: the caller is told at once', async () => {
  await until('the tabs of the last test are gone', async () =>
    (await Promise.all(['gateway', 'gateway-2'].map(name => metric(name, 'voip_gateway_sockets')))).every(n => n === 0))
  const far = await carrier.ring({ did: DID, from: dev.demo_carrier.caller, tone: CALLER_HZ })
  const call = await until('a final answer', async () => {
    const c = await carrier.call(far.id)
    return c.state === 'ended' && c
  })
  expect(call.sip_status).toBe(480)
})
