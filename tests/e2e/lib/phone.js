// The softphone as a person uses it, and ears on what the browser really plays.
import { expect } from '@playwright/test'
import { carrier, dev, numbers, until } from './system.js'
import { ears } from '../../lib/ears.mjs'

export class Phone {
  constructor(page, user = dev.agent, base = dev.base_url) {
    Object.assign(this, { page, user, base })
  }

  at(id) {
    return this.page.getByTestId(id)
  }

  async signIn() {
    await this.page.addInitScript(ears)
    await this.page.goto(this.base)
    await this.at('login-email').fill(this.user.email)
    await this.at('login-password').fill(this.user.password)
    await this.at('login-submit').click()
    await this.open()
    return this
  }

  // A second tab of the same sign-in.
  async join() {
    await this.page.addInitScript(ears)
    await this.page.goto(this.base)
    await this.open()
    return this
  }

  async open() {
    await expect(this.at('phone-toggle').or(this.at('phone-state')).first()).toBeVisible()
    if (!(await this.at('phone-state').isVisible())) await this.at('phone-toggle').click()
    await expect(this.at('phone-state')).toHaveAttribute('data-state', 'ready')
    await expect(this.at('number-input')).toBeVisible()
  }

  async dial(number) {
    await this.at('number-input').fill(number)
    await this.at('call-button').click()
  }

  status(word, seconds = 30) {
    return expect(this.at('call-status')).toHaveAttribute('data-status', word, { timeout: seconds * 1000 })
  }

  // Waits until the tone makes up most of what this browser plays.
  hears(hz, seconds = 30) {
    return until(`${hz} Hz in the browser`, () => this.page.evaluate(f => window.__heard(f) > 0.5, hz), seconds)
  }

  silent(hz) {
    return until(`no ${hz} Hz in the browser`, () => this.page.evaluate(f => window.__heard(f) < 0.05, hz))
  }
}

// Signs in and calls the carrier's tone; far is the call as the carrier knows it.
export async function inCall(page) {
  const phone = await new Phone(page).signIn()
  const before = await carrier.known()
  await phone.dial(numbers.tone)
  await phone.status('in-progress')
  return { phone, far: await carrier.next(before) }
}
