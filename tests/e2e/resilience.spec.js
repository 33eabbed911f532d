import { expect, test } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { inCall } from './lib/phone.js'
import { api, carrier, dev, kill9, numbers, pid, sql, until } from './lib/system.js'

const live = () => sql("select count(*) from voip.calls where ended_at is null and status in ('initiated','ringing','in-progress')")

test('closing the browser in a call ends the call within 15 s', async ({ page }) => {
  const { far } = await inCall(page)
  await page.close()
  await until('the carrier hears the end', async () => (await carrier.call(far.id)).state === 'ended', 15)
  await until('the row is final', () => live() === '0')
})

test('kill -9 of gateway, router, recorder, token-issuer and bus leaves the audio untouched', async ({ page }) => {
  const { phone, far } = await inCall(page)
  await phone.hears(1000)
  for (const name of ['gateway', 'router', 'recorder', 'token-issuer', 'bus']) {
    const old = pid(name)
    const received = (await carrier.call(far.id)).rtp.received
    kill9(name)
    await until(`${name} is back`, () => pid(name) !== old && pid(name) > 0)
    // the packets of the following second all arrive: 50 a second, a few for jitter of the clock
    const start = Date.now()
    await until('a second', () => Date.now() - start > 1000)
    expect((await carrier.call(far.id)).rtp.received - received, `audio while ${name} was away`).toBeGreaterThan(45)
    await phone.hears(1000, 2)
  }
  await until('the phone is connected again', async () =>
    (await phone.at('call-status').getAttribute('data-status')) === 'in-progress')
  await until('every service is ready', async () => (await Promise.all(
    ['gateway', 'router', 'recorder', 'token-issuer', 'bus'].map(name =>
      fetch(dev.services[name].metrics.replace('/metrics', '/readyz')).then(r => r.ok, () => false)))).every(Boolean), 20)
  await phone.at('hangup-button').click()
  await until('the carrier hears the end', async () => (await carrier.call(far.id)).state === 'ended')
  await until('the row is final', () => live() === '0')
  await until('the recording is there', async () => {
    const row = await api.newestCall(c => c.to_number === numbers.tone)
    return row.recording
  }, 30)
})

test('restarting PostgreSQL during a call loses neither the call nor its row', async ({ page }) => {
  const { phone, far } = await inCall(page)
  const old = pid('postgres')
  execFileSync('sv', ['-w', '20', 'force-restart', `${dev.services.postgres.pid_file.replace('/supervise/pid', '')}`])
  expect(pid('postgres')).not.toBe(old)
  await phone.hears(1000)
  await phone.at('hangup-button').click()
  await until('the carrier hears the end', async () => (await carrier.call(far.id)).state === 'ended')
  const row = await until('the final row', () => api.newestCall(c => c.to_number === numbers.tone && c.status === 'completed').catch(() => null), 20)
  expect(row.ended_at).toBeTruthy()
  await until('no row hangs', () => live() === '0')
})

test('reloading the page keeps the call', async ({ page }) => {
  const { phone, far } = await inCall(page)
  await page.reload()
  await phone.status('in-progress')
  await phone.hears(1000)
  expect((await carrier.call(far.id)).state).not.toBe('ended')
  await phone.at('hangup-button').click()
  await until('the carrier hears the end', async () => (await carrier.call(far.id)).state === 'ended')
})
