// The small system of the SIP tests with the real router, and a stand-in for webhook-ingest.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Stack, patience, sleep } from '../../sip/lib/stack.mjs'

const build = process.env.RINGMAIN_BUILD_DIR ?? new URL('../../../build', import.meta.url).pathname
const ingest = join(build, 'tests/calls/calls-ingest')

export class CarrierStack extends Stack {
  voiceReplies = new Map()

  constructor(options = {}) {
    super({ realRouter: true, ...options, router: { VOIP_CALLS_PER_USER_PER_MINUTE: '0', VOIP_CALLS_PER_ORG_PER_MINUTE: '0', ...options.router },
      controller: { VOIP_WEBHOOK_URL: 'https://voip.example.org/, https://other.example.org', VOIP_MAX_CALLS: '3000', ...options.controller } })
  }

  async up() {
    await super.up()
    this.ingest = this.start('ingest', ingest, [this.bus, this.roleUrl('voip_webhook'), this.org], {}, 'pipe')
    createInterface({ input: this.ingest.stdout }).on('line', line => {
      const msg = JSON.parse(line)
      if (msg.ready) this.ingestReady = true
      if (msg.reply) this.voiceReplies.set(msg.reply, msg)
      for (const check of [...this.waiters]) check()
    })
    await this.until(() => this.ingestReady, 10000, 'the stand-in for webhook-ingest')
  }

  async down(keep) {
    if (this.ingest && !this.ingest.gone) this.ingest.stdin.end()
    return super.down(keep)
  }

  // A provider row with a sealed configuration; gives its id.
  carrier(name, driver, config, { active = false, priority = 0, number } = {}) {
    const id = randomUUID()
    const sealed = execFileSync(ingest, ['--seal', join(this.dir, 'kek'), `providers/config/${id}`], { input: JSON.stringify(config), encoding: 'utf8' }).trim()
    if (active) this.sql('update voip.providers set is_active = false')
    this.sql(`insert into voip.providers (org_id, id, name, driver, config, is_active, priority) values ('${this.org}', '${id}', '${name}', '${driver}', '${sealed}', ${active}, ${priority})`)
    if (number) this.sql(`insert into voip.numbers (e164, org_id, provider_id) values ('${number}', '${this.org}', '${id}')`)
    return id
  }

  // A verified webhook. A carrier speaks on while the system goes down: then nobody listens.
  webhook(provider, driver, event) {
    if (this.ingest.stdin.writableEnded) return
    this.ingest.stdin.write(`${JSON.stringify({ event: { provider, driver, ...event } })}\n`)
  }

  async voice(fields) {
    const id = this.nextId++
    this.ingest.stdin.write(`${JSON.stringify({ id, voice: fields })}\n`)
    return this.until(() => this.voiceReplies.get(id), 8000, 'the reply to route.voice')
  }

  // As until, but the database is not asked with each of thousands of events.
  async slowly(f, ms, what) {
    for (const end = Date.now() + patience * ms; !f(); await sleep(250)) if (Date.now() > end) throw new Error(`waited ${patience} times ${ms} ms in vain for ${what}`)
  }

  // A request to the controller that holds the call.
  toCall(type, callId, fields = {}) {
    return this.request(type, { call_id: callId, node: this.sql(`select node_id from voip.calls where id = '${callId}'`), ...fields })
  }
}
