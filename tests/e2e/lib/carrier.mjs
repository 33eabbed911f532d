// Simulated carriers (./dev up --sims): an account of one set up as the provider of the running system, and its phones.
import { execFileSync } from 'node:child_process'
import { controlOf } from '../../lib/control.mjs'
import { api, dev, sql, until } from './system.js'

const build = process.env.RINGMAIN_BUILD_DIR ?? '../../build'
const SEEDED = sql("select id from voip.providers where name = 'Demo SIP'")
const org = sql(`select org_id from voip.providers where id = '${SEEDED}'`)

const idOf = call => call.sid ?? call.call_control_id // Twilio's and Telnyx's

export class SimCarrier {
  // config: what a person would enter; hidden: what only an operator sets (api_base, phone_base).
  constructor(driver, { config, hidden, numbers, user = dev.agent }) {
    Object.assign(this, { driver, config, hidden, numbers, user, control: controlOf(dev.sims[driver].control) })
  }

  get name() {
    return `Simulated ${this.driver}`
  }

  // Creates the provider, gives its numbers to the user, and lets it carry calls.
  async setUp() {
    this.#remove()
    const { data } = await api.post('/admin/voip/providers', { name: this.name, driver: this.driver, config: this.config }, dev.admin)
    this.id = data.id
    this.seal()
    for (const number of this.numbers) sql(`insert into voip.numbers (e164, org_id, provider_id, user_id) values ('${number}', '${org}', '${this.id}', '${this.user.user_id}')`)
    await this.activate()
    return this
  }

  // The same settings, sealed anew: to the services they are others.
  seal() {
    const sealed = execFileSync(`${build}/tests/integration/gateway/seal`, [dev.secrets.kek, `providers/config/${this.id}`],
      { input: JSON.stringify({ ...this.config, ...this.hidden }), encoding: 'utf8' }).trim()
    sql(`update voip.providers set config = '${sealed}' where id = '${this.id}'`)
  }

  // Also tells every service that providers have changed.
  activate() {
    return api.post(`/admin/voip/providers/${this.id}/activate`, {}, dev.admin)
  }

  // The seeded provider carries calls again.
  standBy() {
    return api.post(`/admin/voip/providers/${SEEDED}/activate`, {}, dev.admin)
  }

  async tearDown() {
    await this.standBy()
    this.#remove()
  }

  #remove() {
    sql(`delete from voip.numbers where e164 = any('{${this.numbers.join(',')}}')`)
    sql(`delete from voip.providers where name = '${this.name}'`)
  }

  calls() {
    return this.control.get('/calls')
  }

  async known() {
    return new Set((await this.calls()).map(idOf))
  }

  // The newest leg that fits and was not there before.
  next(before, fits = () => true, seconds) {
    return until(`a leg at ${this.name}`, async () => (await this.calls()).find(call => !before.has(idOf(call)) && fits(call)), seconds)
  }

  call(id) {
    return this.control.get(`/calls/${encodeURIComponent(id)}`)
  }

  async heard(id) {
    return (await this.call(id)).phone.heard
  }
}

export const simTwilio = () => {
  const { account_sid, auth_token, api_key_sid, api_key_secret, app_sid, numbers, api: base, signal } = dev.sims.twilio
  return new SimCarrier('twilio', {
    config: { account_sid, auth_token, api_key_sid, api_key_secret, app_sid, from_number: numbers[0] },
    hidden: { api_base: base, phone_base: `wss://${signal}` },
    numbers: numbers.slice(0, 1),
  })
}

export const simTelnyx = () => {
  const { api_key, public_key, connection_id, credential_connection_id, numbers, api: base, rtc } = dev.sims.telnyx
  return new SimCarrier('telnyx', {
    config: { api_key, public_key, connection_id, credential_connection_id, from_number: numbers[0] },
    hidden: { api_base: base, phone_base: rtc },
    numbers: numbers.slice(0, 1),
  })
}
