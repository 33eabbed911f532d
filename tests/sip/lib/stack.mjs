// A whole small system for SIP tests: database, bus, media, call-controller, and the driver in the place of
// gateway and router. Everything lives in one temporary folder and on loopback addresses.
import { execFileSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, mkdirSync, writeFileSync, rmSync, openSync, readFileSync, readdirSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeDatabase } from '../../lib/database.mjs'
import { freePort } from '../../lib/ports.mjs'
import { spawn } from '../../lib/child.mjs'

const source = process.env.RINGMAIN_SOURCE_DIR ?? new URL('../../..', import.meta.url).pathname
const build = process.env.RINGMAIN_BUILD_DIR ?? join(source, 'build')
const bin = {
  bus: join(build, 'services/bus/voip-bus'),
  media: join(build, 'services/call-controller/media/voip-media'),
  controller: join(build, 'services/call-controller/voip-call-controller'),
  router: join(build, 'services/router/voip-router'),
  voip: join(build, 'tools/voip/voip'),
  driver: join(build, 'tests/sip/sip-driver'),
}

// On a machine that does much else beside it, all takes longer than a test's author saw. What must come within a time
// is measured by the test itself.
export const patience = 4

export const sleep = ms => new Promise(r => setTimeout(r, ms))

export class Stack {
  processes = []
  live = []
  replies = new Map()
  waiters = new Set()
  nextId = 1
  controllers = 0

  constructor(options = {}) {
    this.options = options
    this.dir = mkdtempSync(join(tmpdir(), 'ringmain-sip-'))
    mkdirSync(join(this.dir, 'spool'))
    this.database = `sip_${process.pid}_${randomBytes(4).toString('hex')}`
    const url = process.env.VOIP_TEST_DB_URL
    if (!url) throw new Error('VOIP_TEST_DB_URL is not set: it names the superuser of a test cluster')
    this.adminUrl = url
    this.url = Object.assign(new URL(url), { pathname: `/${this.database}` }).href
  }

  sql(text, url = this.url) {
    return execFileSync('psql', ['-qtAX', '-v', 'ON_ERROR_STOP=1', url, '-c', text], { encoding: 'utf8' }).trim()
  }

  // A session of its own whose transaction stays open: { commit }, after it did what text says.
  async holding(text) {
    const psql = spawn('psql', ['-qtAX', '-v', 'ON_ERROR_STOP=1', this.url], { stdio: ['pipe', 'pipe', 'inherit'] })
    psql.stdin.write(`begin; ${text}; select 'held';\n`)
    const closed = once(psql, 'close')
    await Promise.race([once(psql.stdout, 'data'), closed.then(() => { throw new Error(`psql ended: ${text}`) })])
    return { commit: () => (psql.stdin.end('commit;\n'), closed) }
  }

  roleUrl(role) {
    return Object.assign(new URL(this.url), { username: role }).href
  }

  run(program, args, env = {}) {
    return execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  }

  start(name, program, args, env, stdin = 'ignore') {
    const log = openSync(join(this.dir, `${name}.log`), 'a')
    const child = spawn(program, args, { env: { PATH: process.env.PATH, ...asan(this.dir), ...env }, stdio: [stdin, stdin === 'pipe' ? 'pipe' : log, log] })
    child.name = name
    child.exited = new Promise(resolve => child.once('exit', (code, signal) => {
      child.gone = true
      resolve({ code, signal })
    }))
    this.processes.push(child)
    return child
  }

  log(name) {
    const file = join(this.dir, `${name}.log`)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  async up() {
    makeDatabase(this.database)
    writeFileSync(join(this.dir, 'kek'), `k1 ${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    const env = this.voipEnv()
    this.run(bin.voip, ['migrate'], env)
    writeFileSync(join(this.dir, 'pw'), 'correct horse\n', { mode: 0o600 })
    this.run(bin.voip, ['user', 'add', 'agent@example.com', '--org', 'Sip Test', '--password-file', join(this.dir, 'pw')], env)
    ;[this.org, this.user] = this.sql('select org_id, id from voip.users').split('|')
    this.provider = randomUUID()
    this.sql(`insert into voip.providers (org_id, id, name, driver, is_active) values ('${this.org}', '${this.provider}', 'main', 'sip', true)`)

    const [pub, sub] = [await freePort(), await freePort()]
    this.bus = `127.0.0.1:${pub}+${sub}`
    this.start('bus', bin.bus, [], { VOIP_BUS_LISTEN_PUB: `127.0.0.1:${pub}`, VOIP_BUS_LISTEN_SUB: `127.0.0.1:${sub}` })
    this.startMedia()
    await this.options.beforeController?.(this)
    this.sipPort = await freePort()
    this.tlsPort = await freePort()
    this.certificate(join(this.dir, 'server'), 'localhost')
    this.startController()
    this.startDriver()
    await this.until(() => this.ready && this.controllers >= 1, 15000, 'the controller on the bus')
    await this.until(() => this.log('controller').includes('"event":"media.up"') && this.log('controller').includes('"event":"trunks.loaded"'), 10000, 'media and trunks')
  }

  voipEnv() {
    return { VOIP_DB_URL: this.url, VOIP_MIGRATIONS: join(source, 'migrations'), VOIP_KEK_FILE: join(this.dir, 'kek'), VOIP_DBMATE: join(source, 'tools/node/node_modules/.bin/dbmate') }
  }

  startMedia() {
    this.mediaProcess = this.start('media', bin.media, [], {
      VOIP_MEDIA_SOCKET: join(this.dir, 'media.sock'), VOIP_MEDIA_ADDR: '127.0.0.1', VOIP_RTP_PORTS: '30000-39999', VOIP_MEDIA_THREADS: '1', ...this.options.media,
    })
  }

  startController() {
    this.controller = this.start('controller', bin.controller, [], {
      VOIP_DB_URL: this.roleUrl('voip_call'), VOIP_BUS: this.bus, VOIP_NODE: this.options.node ?? 'cc1',
      VOIP_SIP_LISTEN: `127.0.0.1:${this.sipPort}`, VOIP_SIP_TLS_LISTEN: `127.0.0.1:${this.tlsPort}`, VOIP_SIP_TLS_CERT: join(this.dir, 'server.pem'),
      VOIP_MEDIA_SOCKET: join(this.dir, 'media.sock'), VOIP_SPOOL_DIR: join(this.dir, 'spool'), VOIP_RECORDING_ENABLED: 'false',
      VOIP_KEK_FILE: join(this.dir, 'kek'), VOIP_TRUNK_NETWORKS: '127.0.0.0/8', VOIP_LOG_LEVEL: 'debug', VOIP_DRAIN_S: '5', ...this.options.controller,
    })
  }

  startDriver() {
    const args = [this.bus, this.org, this.user]
    if (!this.options.realRouter) args.push('--router')
    else this.start('router', bin.router, [], { VOIP_DB_URL: this.roleUrl('voip_router'), VOIP_BUS: this.bus, ...this.options.router })
    this.driver = this.start('driver', bin.driver, args, {}, 'pipe')
    createInterface({ input: this.driver.stdout }).on('line', line => this.heard(JSON.parse(line)))
  }

  heard(msg) {
    if (msg.ready) this.ready = true
    if ('controllers' in msg) this.controllers = msg.controllers
    if (msg.live) this.live.push({ type: msg.live, ...msg.data })
    if (msg.reply) this.replies.set(msg.reply, msg)
    for (const check of [...this.waiters]) check()
  }

  // Waits until f() is true, ms on a quiet machine; events of the driver wake it, and a slow poll for what has none.
  until(f, ms, what) {
    return new Promise((resolve, reject) => {
      let poll
      const done = (settle, value) => {
        clearTimeout(deadline)
        clearInterval(poll)
        this.waiters.delete(check)
        settle(value)
      }
      const check = () => {
        let value
        try { value = f() } catch (err) { done(reject, err) }
        if (value) done(resolve, value)
      }
      const deadline = setTimeout(() => done(reject, new Error(`waited ${patience} times ${ms} ms in vain for ${what}; live: ${JSON.stringify(this.live.slice(-3))}`)), patience * ms)
      poll = setInterval(check, 50)
      this.waiters.add(check)
      check()
    })
  }

  tell(msg) {
    this.driver.stdin.write(`${JSON.stringify(msg)}\n`)
  }

  async request(type, fields = {}) {
    const id = this.nextId++
    this.tell({ id, type, user: this.user, ...fields })
    return this.until(() => this.replies.get(id), type === 'trunk.test' ? 26000 : 8000, `the reply to ${type}`)
  }

  // Resolves when the driver answers so: it reads in order, and answers the request behind it.
  async routes(routes) {
    this.tell({ type: 'route', routes })
    await this.request('call.list')
  }

  // Inserts a trunk; gives its id.
  trunk(fields) {
    const id = randomUUID()
    const row = { options_interval_s: 0, session_timer: true, ...fields }
    const names = Object.keys(row)
    const values = names.map(n => typeof row[n] === 'string' ? `'${row[n].replaceAll("'", "''")}'` : row[n])
    this.sql(`insert into voip.trunks (org_id, id, provider_id, name, ${names.join(', ')})
      values ('${this.org}', '${id}', '${this.provider}', 't-${id.slice(0, 8)}', ${values.join(', ')})`)
    return id
  }

  // One with a password, sealed by the command line tool.
  trunkWithPassword(name, { host, port, username, password, ...more }) {
    writeFileSync(join(this.dir, 'secret'), `${password}\n`, { mode: 0o600 })
    this.run(bin.voip, ['provider', 'add', 'sip', '--name', name, '--host', host, '--port', String(port), '--username', username,
      '--password-file', join(this.dir, 'secret'), '--no-register', '--inactive'], this.voipEnv())
    const id = this.sql(`select t.id from voip.trunks t join voip.providers p on p.id = t.provider_id where p.name = '${name}'`)
    const sets = Object.entries({ options_interval_s: 0, ...more }).map(([k, v]) => `${k} = ${typeof v === 'string' ? `'${v}'` : v}`)
    this.sql(`update voip.trunks set ${sets.join(', ')}, version = version + 1 where id = '${id}'`)
    return id
  }

  // name.crt, name.key, name.pem (both); signed by ca when given, else by itself.
  certificate(name, cn, ca) {
    const san = /^[\d.]+$/.test(cn) ? `IP:${cn}` : `DNS:${cn}`
    const sign = ca ? ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`] : []
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${cn}`,
      '-addext', `subjectAltName=${san}`, ...(ca ? ['-addext', 'basicConstraints=critical,CA:FALSE'] : []), ...sign, '-keyout', `${name}.key`, '-out', `${name}.crt`], { stdio: 'pipe' })
    writeFileSync(`${name}.pem`, readFileSync(`${name}.crt`, 'utf8') + readFileSync(`${name}.key`, 'utf8'), { mode: 0o600 })
  }

  // The calls' rows, once the call with this id ended.
  async row(callId) {
    return this.until(() => {
      const text = this.sql(`select row_to_json(c) from voip.calls c where id = '${callId}' and ended_at is not null`)
      return text && JSON.parse(text)
    }, 5000, 'the call to end in the database')
  }

  changed(callId, f, ms = 8000) {
    return this.until(() => this.live.find(e => e.type === 'call.changed' && (!callId || e.call_id === callId) && f(e)), ms, `call.changed of ${callId}: ${f}`)
  }

  async stop(child, signal = 'SIGTERM', ms = 8000) {
    if (!child || child.gone) return
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), ms)
    await child.exited
    clearTimeout(timer)
  }

  async down(keep = false) {
    if (this.driver && !this.driver.gone) this.driver.stdin.end()
    await this.stop(this.controller)
    await Promise.all(this.processes.filter(p => p !== this.controller).map(p => this.stop(p, 'SIGTERM', 3000)))
    try { this.sql(`drop database if exists ${this.database} with (force)`, this.adminUrl) } catch { /* the cluster is gone */ }
    const reports = readdirSync(this.dir).filter(f => f.startsWith('asan.'))
    for (const file of reports) console.log(`not ok - a sanitizer's report\n${readFileSync(join(this.dir, file), 'utf8').replace(/^/gm, '# ')}`)
    if (reports.length) keep = process.exitCode = 1
    if (!keep) rmSync(this.dir, { recursive: true, force: true })
  }
}

function asan(dir) {
  return process.env.ASAN_OPTIONS === undefined ? {} : { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS}:log_path=${dir}/asan` }
}
