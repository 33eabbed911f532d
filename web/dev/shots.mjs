// Pictures of every screen, from the built app against the mock: npm run build && npm run shots [DIR]
// It also fails when the page asks any other host, breaks the content security policy, or axe-core
// finds a barrier (WCAG 2.1 AA).
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const dir = process.argv[2] ?? 'shots'
const base = process.env.BASE ?? 'http://127.0.0.1:4173'
mkdirSync(dir, { recursive: true })
const server = process.env.BASE
  ? null
  : spawn('node_modules/.bin/vite', ['preview', '--mode', 'mock', '--host', '127.0.0.1', '--port', '4173', '--strictPort'], { stdio: 'ignore' })

for (let i = 0; i < 100; i++) {
  if (await fetch(base).then(() => true, () => false)) break
  await new Promise((r) => setTimeout(r, 100))
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
})
const faults = []
const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
const loopback = readFileSync(new URL('loopback.js', import.meta.url), 'utf8')

async function open(options = {}, init = '') {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ['microphone'], ...options })
  const page = await context.newPage()
  await page.addInitScript(loopback + init)
  page.on('request', (r) => {
    if (!r.url().startsWith(base) && !/^(data|blob):/.test(r.url())) faults.push(`asks another host: ${r.url()}`)
  })
  page.on('console', (m) => {
    if (/Content Security Policy/.test(m.text())) faults.push(m.text())
    else if (m.type() === 'error' || m.type() === 'warning') console.log(`console ${m.type()}: ${m.text()}`)
  })
  page.on('pageerror', (e) => faults.push(`error in the page: ${e.stack}`))
  const at = (id) => page.getByTestId(id)
  const shot = async (name) => {
    await page.mouse.move(1, 1) // nothing is hovered
    await page.waitForTimeout(450)
    await page.screenshot({ path: `${dir}/${name}.png` })
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] }))
    for (const { id, help, nodes } of violations) {
      for (const node of nodes.slice(0, 3)) faults.push(`accessibility, ${name}: ${id}: ${help}: ${node.html.slice(0, 200)} ${node.any[0]?.message ?? ''}`)
    }
  }
  const signIn = async (password = 'demo') => {
    await page.goto(base)
    await at('login-email').fill('agent@example.com')
    await at('login-password').fill(password)
    await at('login-submit').click()
  }
  const ready = () => page.locator('[data-testid=phone-state][data-state=ready]').waitFor()
  const status = (word) => page.locator(`[data-testid=call-status][data-status=${word}]`).waitFor()
  const control = (path) => fetch(`${base}/__mock/${path}`)
  return { page, context, at, shot, signIn, ready, status, control }
}

async function tour(prefix, options, init) {
  const s = await open(options, init)
  await s.page.goto(base)
  await s.shot(`${prefix}-01-login`)
  await s.signIn('wrong')
  await s.at('login-error').waitFor()
  await s.shot(`${prefix}-02-login-wrong`)
  await s.at('login-password').fill('demo')
  await s.at('login-submit').click()
  await s.page.getByTestId('phone').waitFor()
  if (!(await s.at('number-input').isVisible())) await s.at('phone-toggle').click()
  await s.ready()
  await s.shot(`${prefix}-03-idle`)
  await s.at('number-input').fill('+44 20 7946 0018,,1234')
  await s.shot(`${prefix}-04-number`)
  await s.at('number-input').fill('12')
  await s.shot(`${prefix}-05-number-wrong`)
  await s.at('number-input').fill('meyer')
  await s.at('pick-number').first().waitFor()
  await s.shot(`${prefix}-06-name`)
  await s.at('number-clear').click()
  await s.at('tab-recent').click()
  await s.shot(`${prefix}-07-recent`)
  await s.control('ring?who=0')
  await s.at('incoming-card').waitFor()
  await s.shot(`${prefix}-08-incoming`)
  await s.at('accept-button').click()
  await s.status('in-progress')
  await s.page.waitForTimeout(4500)
  await s.shot(`${prefix}-09-in-call`)
  await s.at('mute-button').click()
  await s.at('keypad-button').click()
  await s.at('key-4').click()
  await s.at('key-hash').click()
  await s.shot(`${prefix}-10-keypad-muted`)
  await s.at('keypad-button').click()
  await s.at('hold-button').click()
  await s.control('ring?who=2')
  await s.at('waiting-card').waitFor()
  await s.shot(`${prefix}-11-held-second-call`)
  await s.at('accept-waiting').click()
  await s.page.waitForTimeout(500)
  await s.shot(`${prefix}-12-two-calls`)
  await s.at('hangup-button').click()
  await s.page.waitForTimeout(300)
  await s.at('phone-minimise').click()
  await s.shot(`${prefix}-13-pill`)
  await s.at('hangup-button').click()
  await s.at('phone-toggle').click()
  await s.at('ended-reason').waitFor()
  await s.shot(`${prefix}-14-ended`)
  await s.at('ended-close').click()
  await s.at('number-input').fill('+14155550103')
  await s.at('call-button').click()
  await s.at('ended-reason').waitFor()
  await s.shot(`${prefix}-15-refused`)
  await s.at('ended-close').click()
  await s.at('number-input').fill('+14155550102')
  await s.at('call-button').click()
  await s.status('ringing')
  await s.shot(`${prefix}-16-ringing`)
  await s.at('hangup-button').click()
  await s.at('ended-close').click()
  await s.at('phone-settings').click()
  await s.shot(`${prefix}-17-settings`)
  await s.at('settings-back').click()
  await s.at('phone-minimise').click()
  await s.at('recording-play').first().click()
  await s.page.waitForTimeout(2500)
  await s.shot(`${prefix}-18-history-player`)
  await s.at('history-search').fill('nobody of this name')
  await s.shot(`${prefix}-19-history-empty`)
  await s.at('nav-contacts').click()
  await s.shot(`${prefix}-20-contacts`)
  await s.at('contact-edit').first().click()
  await s.shot(`${prefix}-21-contact-edit`)
  await s.page.getByRole('dialog').getByRole('button', { name: /close|schließen/i }).click()
  await s.at('contacts-import').click()
  await s.page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('name,phone\nA,1\nB,12\n') })
  await s.shot(`${prefix}-22-import`)
  await s.at('import-start').click()
  await s.at('import-report').waitFor()
  await s.shot(`${prefix}-23-import-report`)
  await s.at('import-done').click()
  await s.at('nav-providers').click()
  await s.at('provider-card').first().waitFor()
  await s.shot(`${prefix}-25-providers`)
  const card = (name) => s.page.locator(`[data-testid=provider-card][data-name="${name}"]`)
  await card('Twilio (US numbers)').getByTestId('provider-test').click()
  await s.shot(`${prefix}-26-provider-testing`)
  await card('Twilio (US numbers)').locator('[data-testid=provider-report][data-state=bad]').waitFor()
  await card('Nordlicht Telekom').getByTestId('provider-test').click()
  await card('Nordlicht Telekom').locator('[data-testid=provider-report][data-state=good]').waitFor()
  await s.shot(`${prefix}-27-provider-reports`)
  await s.at('provider-new').click()
  await s.shot(`${prefix}-28-provider-kind`)
  await s.at('driver-sip').click()
  await s.shot(`${prefix}-29-provider-form`)
  await s.at('provider-save').click()
  await s.at('provider-problem').waitFor()
  await s.shot(`${prefix}-30-provider-faults`)
  await s.page.getByRole('dialog').getByRole('button', { name: /close|schließen/i }).click()
  await card('Nordlicht Telekom').getByTestId('provider-edit').click()
  await s.at('provider-more').click()
  await s.shot(`${prefix}-31-provider-edit`)
  await s.page.getByRole('dialog').getByRole('button', { name: /close|schließen/i }).click()
  await card('Old trunk').getByTestId('provider-activate').click()
  await s.at('activate-confirm').waitFor()
  await s.shot(`${prefix}-32-provider-activate`)
  await s.page.keyboard.press('Escape')
  await card('Old trunk').getByTestId('provider-delete').click()
  await s.at('delete-name').fill('Old')
  await s.shot(`${prefix}-33-provider-delete`)
  await s.page.keyboard.press('Escape')
  await s.at('user-menu').filter({ visible: true }).click()
  await s.shot(`${prefix}-24-user-menu`)
  await s.context.close()
}

async function tabs() {
  const one = await open()
  await one.signIn()
  await one.ready()
  const page = await one.context.newPage()
  await page.addInitScript(loopback)
  await page.goto(base)
  await page.locator('[data-testid=phone-state][data-state=ready]').waitFor()
  await one.control('ring?who=1')
  await one.at('incoming-card').waitFor()
  await page.getByTestId('incoming-card').waitFor()
  await page.getByTestId('accept-button').click()
  await page.locator('[data-testid=call-status][data-status=in-progress]').waitFor()
  await one.at('incoming-card').waitFor({ state: 'hidden' })
  await one.shot('tabs-1-elsewhere')
  await page.reload()
  await page.locator('[data-testid=call-status][data-status=in-progress]').waitFor()
  await page.waitForTimeout(800)
  await page.screenshot({ path: `${dir}/tabs-2-after-reload.png` })
  await one.at('attach-button').click()
  await one.page.locator('[data-testid=phone-state][data-state=connected]').waitFor()
  await page.locator('[data-testid=phone-state][data-state=elsewhere]').waitFor()
  await one.control('drop')
  await one.page.waitForTimeout(100)
  await one.shot('tabs-3-after-drop')
  await one.control('end')
  await one.at('ended-reason').waitFor()
  await one.context.close()
}

async function refusedMicrophone() {
  const s = await open({ permissions: [] }, `
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
    navigator.permissions.query = () => Promise.resolve({ state: 'denied' })`)
  await s.signIn()
  await s.at('mic-banner').waitFor()
  await s.shot('mic-1-banner')
  await s.at('number-input').fill('+14155550100')
  await s.at('call-button').click()
  await s.at('ended-reason').waitFor()
  await s.shot('mic-2-refused')
  await s.context.close()
  const asked = await open({ permissions: [] }, "navigator.permissions.query = () => Promise.resolve({ state: 'prompt' })")
  await asked.signIn()
  await asked.at('mic-banner').waitFor()
  await asked.shot('mic-3-prompt')
  await asked.at('mic-allow').click()
  await asked.at('mic-banner').waitFor({ state: 'hidden' })
  await asked.context.close()
}

try {
  const only = process.env.ONLY?.split(',') ?? ['light', 'dark', 'narrow', 'de', 'tabs', 'mic']
  if (only.includes('light')) await tour('light', {})
  if (only.includes('dark')) await tour('dark', { colorScheme: 'dark' })
  if (only.includes('narrow')) await tour('narrow', { viewport: { width: 400, height: 780 } })
  if (only.includes('de')) await tour('de', { locale: 'de-DE' })
  if (only.includes('tabs')) await tabs()
  if (only.includes('mic')) await refusedMicrophone()
} finally {
  await browser.close()
  server?.kill()
}
for (const fault of new Set(faults)) console.error(fault)
process.exit(faults.length > 0 ? 1 : 0)
