// Option C of the guide from an empty database: the first administrator signs in, enters a carrier with wrong values on
// the way, tests it, has it set up at the carrier, activates it; then a token is issued and the call goes out by it.
// A system of its own beside the running one, with the simulated accounts of Twilio and Telnyx and a demo carrier.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { dev } from './lib/system.js'

process.env.RINGMAIN_SOURCE_DIR ??= resolve('../..')
process.env.RINGMAIN_BUILD_DIR ??= resolve('../../build')
process.env.VOIP_TEST_DB_URL ??= dev.database_url
const { Carriers } = await import('../integration/carriers/kit.mjs')
const { worksFor } = await import('../integration/carriers/works.mjs')

const person = { email: 'ann@acme.test', password: 'my own Password 7' }
const NAME = 'Our lines'
let system

test.beforeEach(async () => {
  system = new Carriers()
  await system.start('all', { 'voip-gateway': { VOIP_WEB_ROOT: resolve('../../web/dist') } }, false)
  writeFileSync(join(system.dir, 'pw'), `${person.password}\n`, { mode: 0o600 })
  const made = await system.command('user', 'add', person.email, '--role', 'admin', '--org', 'Acme Ltd', '--password-file', 'pw')
  expect(made.code, made.err).toBe(0)
})
test.afterEach(() => system?.stop())

class Panel {
  constructor(page) {
    this.page = page
    this.card = page.locator(`[data-testid=provider-card][data-name="${NAME}"]`)
  }
  at(id) {
    return this.page.getByTestId(id)
  }
  step(name) {
    return this.card.locator(`[data-testid=report-step][data-step="${name}"]`)
  }
  async open() {
    await this.page.goto(system.url.replace('127.0.0.1', 'localhost'))
    await this.at('login-email').fill(person.email)
    await this.at('login-password').fill(person.password)
    await this.at('login-submit').click()
    await this.at('phone-minimise').click() // it stands over the corner of the page
    await this.at('nav-providers').click()
  }
  async fill(config) {
    for (const [key, value] of Object.entries(config)) await this.at(`field-${key}`).fill(value)
  }
  // Fills the form with what is wrong first: nothing is stored, and the form says at which field.
  async create(driver, wrong, right) {
    await this.at('provider-new').click()
    await this.at(`driver-${driver}`).click()
    await this.at('provider-name').fill(NAME)
    await this.fill({ ...right, ...wrong })
    await this.at('provider-save').click()
    await expect(this.at('provider-problem')).toBeVisible()
    expect(system.sql('select count(*) from providers')).toBe('0')
    await this.fill(Object.fromEntries(Object.keys(wrong).map(key => [key, right[key] ?? ''])))
    await this.at('provider-save').click()
    await expect(this.at('provider-editor')).toBeHidden()
    await expect(this.card).toHaveAttribute('data-active', 'false')
    return system.sql('select id from providers')
  }
  async press(button, outcome) {
    await this.card.getByTestId(button).click()
    await expect(this.card.locator(`[data-testid=provider-report][data-state=${outcome}]`)).toBeVisible({ timeout: 30_000 })
  }
  async activate() {
    await this.card.getByTestId('provider-activate').click()
    await this.at('activate-confirm').click()
    await expect(this.card).toHaveAttribute('data-active', 'true')
  }
}

test('the panel, Twilio', async ({ page }) => {
  const panel = new Panel(page)
  await panel.open()
  const { account_sid, auth_token, api_key_sid, api_key_secret, from_number } = system.accountOf('twilio')
  const id = await panel.create('twilio', { account_sid: 'ann@acme.test', from_number: 'ours' }, { account_sid, auth_token, api_key_sid, api_key_secret, from_number })
  system.pointAt(id, 'twilio')
  await panel.press('provider-test', 'bad')
  await expect(panel.step('account')).toHaveAttribute('data-ok', 'true')
  await expect(panel.step('application')).toHaveAttribute('data-ok', 'false')
  await panel.press('provider-provision', 'good')
  await panel.press('provider-test', 'good')
  await expect(panel.step('webhook')).toHaveAttribute('data-ok', 'true')
  await panel.activate()
  await worksFor(system, person, NAME, 'twilio')
})

test('the panel, Telnyx', async ({ page }) => {
  const panel = new Panel(page)
  await panel.open()
  const { api_key, connection_id, public_key, from_number } = system.accountOf('telnyx')
  const id = await panel.create('telnyx', { connection_id: 'the first', public_key: 'KEY' }, { api_key, connection_id, public_key, from_number })
  system.pointAt(id, 'telnyx', { credential_connection_id: undefined })
  await panel.press('provider-test', 'bad')
  await expect(panel.step('api_key')).toHaveAttribute('data-ok', 'true')
  await expect(panel.step('credentials')).toHaveAttribute('data-ok', 'false')
  await panel.press('provider-provision', 'good')
  await panel.press('provider-test', 'good')
  await panel.activate()
  await worksFor(system, person, NAME, 'telnyx')
})

test('the panel, a SIP trunk', async ({ page }) => {
  const panel = new Panel(page)
  await panel.open()
  const { sip_server, sip_port, caller_id } = system.accountOf('sip')
  await panel.at('provider-new').click()
  await panel.at('driver-sip').click()
  await panel.at('provider-name').fill(NAME)
  await panel.fill({ sip_server, sip_port: '9' })
  await panel.at('provider-save').click()
  await expect(panel.at('provider-problem')).toBeVisible() // neither password nor a carrier that knows us
  await panel.at('field-auth_method').click()
  await page.getByRole('option', { name: /knows our address/ }).click()
  await panel.at('provider-more').click()
  await panel.fill({ caller_id })
  await panel.at('provider-save').click()
  await expect(panel.at('provider-editor')).toBeHidden()
  await panel.press('provider-test', 'bad')
  await expect(panel.step('options')).toHaveAttribute('data-ok', 'false')
  await panel.card.getByTestId('provider-edit').click()
  await panel.fill({ sip_port })
  await panel.at('provider-save').click()
  await expect(panel.at('provider-editor')).toBeHidden()
  await panel.press('provider-test', 'good')
  await panel.activate()
  await worksFor(system, person, NAME, 'sip')
})

test('activating another provider in the panel changes the carrier of the next call', async ({ page }) => {
  system.seed = { admin: await system.signIn(person.email, person.password) }
  for (const [i, driver] of ['twilio', 'telnyx', 'sip'].entries()) await system.provider(driver, driver, i)
  await system.activate(system.sql('select id from providers where driver = \'telnyx\''))
  await system.want(200, 'POST', '/api/voip/token') // Telnyx knows the user by a login of his own
  const before = system.children.map(child => child.pid)
  const panel = new Panel(page)
  await panel.open()
  for (const driver of ['twilio', 'sip', 'telnyx', 'twilio']) {
    panel.card = page.locator(`[data-testid=provider-card][data-name="${driver}"]`)
    await panel.activate()
    await expect(page.locator('[data-testid=provider-card][data-active=true]')).toHaveCount(1)
    await system.dials()
    await system.click()
    expect(await system.dials()).toEqual({ twilio: 0, telnyx: 0, sip: 0, [driver]: 1 })
  }
  expect(system.children.filter(child => child.exitCode === null && child.signalCode === null).map(child => child.pid)).toEqual(before)
})
