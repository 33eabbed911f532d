// What carriers' recordings need: database, bus, the real webhook-ingest and recorder. Calls are rows, their audio is
// the simulators'.
import { randomUUID } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makeDatabase } from '../../lib/database.mjs'
import { freePort } from '../../lib/ports.mjs'
import { readWav } from '../../../tools/sim-lib/media/wav.js'
import { toneShare } from '../../../tools/sim-lib/media/goertzel.js'
import { CarrierStack } from './stack.mjs'

const build = process.env.RINGMAIN_BUILD_DIR ?? new URL('../../../build', import.meta.url).pathname
const bin = name => join(build, `services/${name}/voip-${name}`)

export class RecorderStack extends CarrierStack {
  recorderEnv = {}

  async up() {
    makeDatabase(this.database)
    writeFileSync(join(this.dir, 'kek'), `k1 ${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    this.run(join(build, 'tools/voip/voip'), ['migrate'], this.voipEnv())
    writeFileSync(join(this.dir, 'pw'), 'correct horse\n', { mode: 0o600 })
    this.run(join(build, 'tools/voip/voip'), ['user', 'add', 'agent@example.com', '--org', 'Recordings', '--password-file', join(this.dir, 'pw')], this.voipEnv())
    ;[this.org, this.user] = this.sql('select org_id, id from voip.users').split('|')
    const [pub, sub] = [await freePort(), await freePort()]
    this.bus = `127.0.0.1:${pub}+${sub}`
    this.start('bus', bin('bus'), [], { VOIP_BUS_LISTEN_PUB: `127.0.0.1:${pub}`, VOIP_BUS_LISTEN_SUB: `127.0.0.1:${sub}` })
    this.recordings = join(this.dir, 'recordings')
    mkdirSync(join(this.dir, 'webhooks'))
    this.certificate(join(this.dir, 'server'), 'localhost')
    await this.options.beforeIngest?.(this)
    const port = await freePort()
    this.webhookUrl = `http://127.0.0.1:${port}`
    this.start('webhook-ingest', bin('webhook-ingest'), [], { VOIP_DB_URL: this.roleUrl('voip_webhook'), VOIP_BUS: this.bus, VOIP_WEBHOOK_LISTEN: `127.0.0.1:${port}`,
      VOIP_WEBHOOK_URL: this.webhookUrl, VOIP_WEBHOOK_SPOOL_DIR: join(this.dir, 'webhooks'), VOIP_KEK_FILE: join(this.dir, 'kek') })
    await this.startRecorder()
    await this.until(() => this.answers(`${this.webhookUrl}/healthz`), 15000, 'webhook-ingest')
  }

  answers(url) {
    try { return execFileSync('curl', ['-fs', url], { stdio: 'pipe' }).length > 0 } catch { return false }
  }

  async startRecorder(env = {}) {
    this.admin ??= await freePort()
    this.recorder = this.start('recorder', bin('recorder'), [], { VOIP_DB_URL: this.roleUrl('voip_recorder'), VOIP_BUS: this.bus, VOIP_SPOOL_DIR: join(this.dir, 'spool'),
      VOIP_RECORDING_DIR: this.recordings, VOIP_RECORDING_FORMAT: 'wav', VOIP_KEK_FILE: join(this.dir, 'kek'), VOIP_ADMIN_LISTEN: `127.0.0.1:${this.admin}`, ...this.recorderEnv, ...env })
    await this.until(() => this.answers(`http://127.0.0.1:${this.admin}/readyz`), 15000, 'recorder')
  }

  async restartRecorder(env, signal = 'SIGTERM') {
    await this.stop(this.recorder, signal)
    await this.startRecorder(env)
  }

  metric(name) {
    const page = execFileSync('curl', ['-fs', `http://127.0.0.1:${this.admin}/metrics`], { encoding: 'utf8' })
    return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(page)?.[1] ?? NaN)
  }

  // A call of this provider that was answered; its recorded leg is not known yet. Live unless `ended` seconds ago.
  call(provider, { direction = 'outbound', ended = null } = {}) {
    const id = this.sql(`select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(r, 1, 3) || '-8' || substr(r, 4, 3) || '-' || substr(r, 7, 12)) from
      (select lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') as h, replace(gen_random_uuid()::text, '-', '') as r) x`)
    this.sql(`insert into voip.calls (org_id, id, direction, status, user_id, provider_id, started_at, answered_at, ended_at) values ('${this.org}', '${id}', '${direction}',
      '${ended === null ? 'in-progress' : 'completed'}', '${this.user}', '${provider}', now() - interval '10 minutes', now() - interval '9 minutes', ${ended === null ? 'null' : `now() - interval '${ended} seconds'`})`)
    return id
  }

  // What call-controller writes of the leg that it dialled with a recording.
  dialled(call, provider, leg, externalId, session = null) {
    this.sql(`insert into voip.provider_commands (org_id, id, provider_id, call_id, leg, kind, state, external_id, record, created_at, updated_at) values
      ('${this.org}', '${randomUUID()}', '${provider}', '${call}', '${leg}', 'dial', 'done', '${externalId}', true, now(), now())`)
    for (const [name, id] of [[leg, externalId], ['room', session]]) {
      if (id) this.sql(`insert into voip.call_external_ids (org_id, provider_id, external_id, call_id, leg) values ('${this.org}', '${provider}', '${id}', '${call}', '${name}') on conflict do nothing`)
    }
  }

  ends(call, ago = 0) {
    this.sql(`update voip.calls set status = 'completed', ended_at = now() - interval '${ago} seconds' where id = '${call}'`)
  }

  rows(call) {
    return JSON.parse(this.sql(`select coalesce(json_agg(r order by r.id), '[]') from (select *, encode(sha256, 'hex') as sha, octet_length(peaks) as peaks_len, due_at is not null as due
      from voip.recordings where call_id = '${call}' and state <> 'deleted') r`))
  }

  // What waits is due now: an hour's patience in a moment.
  hurry() {
    this.sql(`update voip.recordings set due_at = now() where due_at > now() and spool_node = ''`)
  }

  async row(call, fits, what, { hurry = true, ms = 40000 } = {}) {
    return this.until(() => {
      const rows = this.rows(call)
      const found = rows.find(fits)
      if (!found && hurry) this.hurry()
      return found
    }, ms, `${what}; rows: ${JSON.stringify(this.rows(call).map(({ peaks, ...r }) => r))}`)
  }

  stored(call, options) {
    return this.row(call, r => r.state === 'stored', 'the recording to be stored', options)
  }

  // Given up, and why.
  failed(call, options) {
    return this.row(call, r => r.state === 'failed' && !r.due, 'the recording to be given up', options)
  }

  sound(row) {
    return readWav(readFileSync(join(this.recordings, row.object_key)))
  }

  leftovers() {
    return readdirSync(join(this.recordings, '.part'))
  }

  told(id) {
    return Number(this.sql(`select count(*) from voip.event_log where type = 'recording.stored' and subject = '${id}'`))
  }
}

// How much of a channel's sound is at this frequency, apart from its first half second.
export const share = (sound, channel, hz) => toneShare(sound.channels[channel].subarray(sound.rate / 2), sound.rate, hz)
