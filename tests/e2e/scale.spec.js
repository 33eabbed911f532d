import { expect, test } from '@playwright/test'
import { Phone } from './lib/phone.js'
import { carrier, dev, numbers, sql, until } from './lib/system.js'

test.beforeAll(() => {
  expect(dev.gateways.length, 'start with --scale gateway=2,call-controller=2').toBe(2)
  expect(dev.controllers.length).toBe(2)
})

// The controller of a call is chosen by a hash of a random key: n calls all go to one of two in 2 of 2^n runs. So it is
// dialled until both were seen, three times on average; 21 calls without the second happen once in a million.
const DIALS_MAX = 21

test('calls spread over both controllers', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  const before = sql("select coalesce(max(id::text), '') from voip.calls")
  const count = what => Number(sql(`select count(${what}) from voip.calls where direction = 'outbound' and id::text > '${before}'`))
  for (let dialled = 1; count('distinct node_id') < 2; dialled++) {
    expect(dialled, 'calls that all went to one controller').toBeLessThanOrEqual(DIALS_MAX)
    await phone.dial(numbers.busy)
    await expect(phone.at('ended-reason')).toBeVisible()
    await phone.at('ended-close').click()
    await until(`the row of call ${dialled}`, () => count('*') === dialled)
  }
})

test('a browser on either gateway is rung by a call on either controller, in order', async ({ browser }) => {
  for (const base of dev.gateways) {
    const context = await browser.newContext({ permissions: ['microphone'] })
    const page = await context.newPage()
    const versions = []
    page.on('websocket', ws => ws.on('framereceived', ({ payload }) => {
      const message = JSON.parse(payload)
      if (message.type === 'call.changed') versions.push([message.call.id, message.call.version])
    }))
    const phone = await new Phone(page, dev.agent, base).signIn()
    for (const [index] of dev.controllers.entries()) {
      const far = await carrier.ring({ did: dev.trunks.lab.did, from: dev.demo_carrier.caller, tone: 600, target: index })
      await expect(phone.at('incoming-card')).toBeVisible()
      await phone.at('accept-button').click()
      await phone.status('in-progress')
      await phone.hears(600)
      await phone.at('hangup-button').click()
      await until('the carrier hears the end', async () => (await carrier.call(far.id)).state === 'ended')
      await phone.at('ended-close').click()
    }
    const last = new Map()
    for (const [id, version] of versions) {
      expect(version, 'versions of a call only grow').toBeGreaterThan(last.get(id) ?? -1)
      last.set(id, version)
    }
    expect(last.size).toBe(dev.controllers.length)
    await context.close()
  }
})
