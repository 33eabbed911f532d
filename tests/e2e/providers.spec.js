// Option C of the guide, as a person does it: an administrator opens the providers page, enters a SIP carrier, tests it,
// activates it; the next call goes out by it, without a restart.
import { expect, test } from '@playwright/test'
import { Phone } from './lib/phone.js'
import { api, carrier, dev, numbers, sql, until } from './lib/system.js'

const NAME = 'Carrier of the panel'
const SEEDED = sql('select id from voip.providers where is_active')
const [host, port] = dev.demo_carrier.sip.split(':')
const card = (page, name) => page.locator(`[data-testid=provider-card][data-name="${name}"]`)
const step = (page, name) => card(page, NAME).locator(`[data-testid=report-step][data-step="${name}"]`)

// The trunk that the newest call to this number went out by.
const trunkOf = number => sql(`select t.name from voip.calls c join voip.trunks t on t.id = c.trunk_id where c.to_number = '${number}' order by c.id desc limit 1`)

// The phone stands over the corner of the page: it goes to its pill first.
async function openProviders(page) {
  if (await page.getByTestId('phone-minimise').isVisible()) await page.getByTestId('phone-minimise').click()
  await page.getByTestId('nav-providers').click()
  await expect(page.getByTestId('provider-card').first()).toBeVisible()
}

async function call(phone, number) {
  if (!(await phone.at('number-input').isVisible())) await phone.open()
  const before = await carrier.known()
  await phone.dial(number)
  await phone.status('in-progress')
  await carrier.next(before, c => c.number === number)
  await until('the trunk in the row', () => trunkOf(number))
  await phone.at('hangup-button').click()
  await phone.at('ended-close').click()
}

test.afterEach(async () => {
  await api.post(`/admin/voip/providers/${SEEDED}/activate`, {}, dev.admin)
  const left = sql(`select id from voip.providers where name like '${NAME}%'`).split('\n').filter(Boolean)
  if (left.length) await api.post('/admin/voip/providers/mass-destroy', { indices: left }, dev.admin)
})

test('a SIP provider is created, tested and activated in the panel, and carries the next call', async ({ page }) => {
  const phone = await new Phone(page, dev.admin).signIn()
  await call(phone, numbers.tone)
  expect(trunkOf(numbers.tone)).not.toBe(NAME)

  // create
  await openProviders(page)
  await page.getByTestId('provider-new').click()
  await page.getByTestId('driver-sip').click()
  await page.getByTestId('provider-name').fill(NAME)
  await page.getByTestId('provider-save').click()
  await expect(page.getByTestId('provider-problem')).toBeVisible() // nothing but a name: it says what is missing
  await page.getByTestId('field-sip_server').fill(host)
  await page.getByTestId('field-sip_port').fill('1')
  await page.getByTestId('field-auth_method').click()
  await page.getByRole('option', { name: /knows our address/ }).click()
  await page.getByTestId('provider-save').click()
  await expect(page.getByTestId('provider-editor')).toBeHidden()
  await expect(card(page, NAME)).toHaveAttribute('data-active', 'false')

  // a wrong port is found by the test, which says what to do; then it is put right
  await card(page, NAME).getByTestId('provider-test').click()
  await expect(step(page, 'options')).toHaveAttribute('data-ok', 'false', { timeout: 20_000 })
  await expect(step(page, 'options')).toContainText('port')
  await card(page, NAME).getByTestId('provider-edit').click()
  await page.getByTestId('field-sip_port').fill(port)
  await page.getByTestId('provider-save').click()
  await expect(page.getByTestId('provider-editor')).toBeHidden()
  await card(page, NAME).getByTestId('provider-test').click()
  await expect(card(page, NAME).locator('[data-testid=provider-report][data-state=good]')).toBeVisible({ timeout: 20_000 })
  await expect(step(page, 'options')).toHaveAttribute('data-ok', 'true')
  await expect(card(page, NAME).locator('[data-testid=provider-health][data-health=up]')).toBeVisible({ timeout: 25_000 })
  await expect(page.locator(`[data-testid=trunk-row][data-name="${NAME}"]`)).toBeVisible()

  // activate, and call
  await card(page, NAME).getByTestId('provider-activate').click()
  await page.getByTestId('activate-confirm').click()
  await expect(card(page, NAME)).toHaveAttribute('data-active', 'true')
  expect(await page.locator('[data-testid=provider-card][data-active=true]').count()).toBe(1)
  await phone.open()
  await call(phone, numbers.echo)
  expect(trunkOf(numbers.echo)).toBe(NAME)
})

test('the active provider cannot be deleted; another one goes when its name is typed', async ({ page }) => {
  const made = await api.post('/admin/voip/providers', { name: NAME, driver: 'sip', config: { sip_server: host, sip_port: port, auth_method: 'ip_auth' } }, dev.admin)
  await new Phone(page, dev.admin).signIn()
  await openProviders(page)
  await expect(page.locator('[data-testid=provider-card][data-active=true]').getByTestId('provider-delete')).toBeDisabled()
  await card(page, NAME).getByTestId('provider-delete').click()
  await page.getByTestId('delete-name').fill('Carrier')
  await expect(page.getByTestId('delete-confirm')).toBeDisabled()
  await page.getByTestId('delete-name').fill(NAME)
  await page.getByTestId('delete-confirm').click()
  await expect(card(page, NAME)).toHaveCount(0)
  expect(sql(`select count(*) from voip.providers where id = '${made.data.id}'`)).toBe('0')
})

test('a secret stays when its field is left blank, and the page never holds it', async ({ page }) => {
  const secret = 'canary-in-the-panel-9Qx'
  const { data } = await api.post('/admin/voip/providers', { name: NAME, driver: 'sip', config: { sip_server: host, sip_port: port, username: 'u', password: secret } }, dev.admin)
  await new Phone(page, dev.admin).signIn()
  await openProviders(page)
  await card(page, NAME).getByTestId('provider-edit').click()
  await expect(page.getByTestId('field-password')).toHaveValue('')
  await expect(page.getByTestId('field-password')).toHaveAttribute('placeholder', new RegExp(secret.slice(-4)))
  expect(await page.content()).not.toContain(secret)
  await page.getByTestId('provider-name').fill(`${NAME} 2`)
  await page.getByTestId('provider-save').click()
  await expect(card(page, `${NAME} 2`)).toBeVisible()
  const after = (await api.get(`/admin/voip/providers/${data.id}`, dev.admin)).data
  expect(after.config.password).toEqual({ set: true, last4: secret.slice(-4) })
})

test('who may not see providers has no such page', async ({ page }) => {
  await new Phone(page).signIn()
  await expect(page.getByTestId('nav-providers')).toHaveCount(0)
  await page.goto(`${dev.base_url}/settings/providers`)
  await expect(page.getByTestId('history-table').or(page.getByTestId('list-empty'))).toBeVisible()
  await expect(page).not.toHaveURL(/settings/)
})
