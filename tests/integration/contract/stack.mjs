// The services of a system with SIP calls, as processes on free loopback ports, with a database of their own and
// the demo organisation in it. Everything ends with the test, by process id.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDatabase } from '../../lib/database.mjs'
import { freePort } from '../../lib/ports.mjs'
import { spawn } from '../../lib/child.mjs'

const source = process.env.RINGMAIN_SOURCE_DIR
const build = process.env.RINGMAIN_BUILD_DIR
const server = process.env.VOIP_TEST_DB_URL
const READY_MS = 30_000
const STOP_MS = 8_000

// where the sanitizers of an instrumented build write what they find
const sanitizer = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^[ALU]B?SAN_OPTIONS$/.test(key)))

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

export class Stack {
  children = []
  dir = mkdtempSync(join(tmpdir(), 'ringmain-contract-'))
  database = `test_contract_${process.pid}_${Date.now()}`

  // services: 'all', or a list of their folders; settings: more of the environment of some, by name; seed: false
  // leaves the database as `voip migrate` makes it
  async start(services = 'all', settings = {}, seed = true) {
    this.wanted = services
    this.settings = settings
    if (!server) throw new Error('VOIP_TEST_DB_URL is not set: ./dev test sets it, or name a PostgreSQL superuser\'s URL')
    this.base = server.slice(0, server.lastIndexOf('/'))
    makeDatabase(this.database)
    this.owner = `${this.base}/${this.database}`
    const secrets = join(this.dir, 'secrets')
    const env = { ...sanitizer, PATH: `${join(build, 'services/bus')}:${join(source, 'tools/node/node_modules/.bin')}:${process.env.PATH}`,
      VOIP_ENV_FILE: '/dev/null', VOIP_DB_URL: this.owner, VOIP_MIGRATIONS: join(source, 'migrations') }
    this.env = env
    this.voip(env, 'init-secrets', secrets)
    this.voip(env, 'migrate')
    if (seed) {
      this.voip(env, 'seed', '--json', join(this.dir, 'seed.json'), '--demo-carrier', '127.0.0.1:9')
      this.seed = JSON.parse(readFileSync(join(this.dir, 'seed.json'), 'utf8'))
    }
    if (services.length) await this.startServices(secrets)
    return this
  }

  async startServices(secrets) {
    const [pub, sub, http, sip] = [await freePort(), await freePort(), await freePort(), await freePort()]
    this.url = `http://127.0.0.1:${http}`
    this.recordings = join(this.dir, 'recordings')
    mkdirSync(this.recordings)
    // what a service needs to be on the bus and in the database, by its role and the name of its key
    const bus = this.onBus = (role, key) => ({
      VOIP_DB_URL: `postgresql://voip_${role}@${this.base.split('@').pop()}/${this.database}`,
      VOIP_BUS: `127.0.0.1:${pub}+${sub}`,
      VOIP_TRUNK_NETWORKS: '127.0.0.0/8 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24',
      VOIP_BUS_CERT: join(secrets, `bus/private/${key}.key`),
      VOIP_BUS_SERVER_KEY: join(secrets, 'bus/server.pub'),
      VOIP_JWT_KEY_FILE: join(secrets, 'jwt.key'),
      VOIP_KEK_FILE: join(secrets, 'kek'),
    })
    const media = join(this.dir, 'media.sock')
    await this.service('bus/voip-bus', { VOIP_BUS_LISTEN_PUB: `127.0.0.1:${pub}`, VOIP_BUS_LISTEN_SUB: `127.0.0.1:${sub}`,
      VOIP_BUS_KEYS: join(secrets, 'bus/public'), VOIP_BUS_CERT: join(secrets, 'bus/private/bus.key') })
    await this.service('token-issuer/voip-token-issuer', bus('token', 'token-issuer'))
    await this.service('router/voip-router', bus('router', 'router'))
    await this.service('call-controller/media/voip-media', { VOIP_MEDIA_SOCKET: media, VOIP_MEDIA_ADDR: '127.0.0.1',
      VOIP_RTP_PORTS: '41000-41999', VOIP_SPOOL_DIR: this.dir })
    await this.service('call-controller/voip-call-controller', { ...bus('call', 'call-controller'),
      VOIP_SIP_LISTEN: `127.0.0.1:${sip}`, VOIP_MEDIA_SOCKET: media, VOIP_SPOOL_DIR: this.dir })
    await this.service('gateway/voip-gateway', { ...bus('gateway', 'gateway'), VOIP_HTTP_LISTEN: `127.0.0.1:${http}`,
      VOIP_RECORDING_DIR: this.recordings })
    await Promise.all(this.children.map(child => this.ready(child)))
  }

  async service(path, settings) {
    const name = path.split('/').pop()
    if (this.wanted !== 'all' && !this.wanted.includes(path.split('/')[0])) return
    const admin = await freePort()
    const log = openSync(join(this.dir, `${name}.log`), 'a')
    const child = spawn(join(build, 'services', path), [], { stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, ...sanitizer, VOIP_ENV_FILE: '/dev/null', VOIP_LOG_LEVEL: 'info', VOIP_ADMIN_LISTEN: `127.0.0.1:${admin}`, ...settings, ...this.settings[name] } })
    Object.assign(child, { title: name, admin, path, settings })
    this.children.push(child)
  }

  // Ends a service and starts it again.
  async restart(name) {
    const child = this.children.find(c => c.title === name)
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
    this.children.splice(this.children.indexOf(child), 1)
    await this.service(child.path, child.settings)
    await this.ready(this.children.at(-1))
  }

  async ready(child) {
    const end = Date.now() + READY_MS
    let last = ''
    while (Date.now() < end && child.exitCode === null) {
      try {
        const answer = await fetch(`http://127.0.0.1:${child.admin}/readyz`)
        last = await answer.text()
        if (answer.ok) return
      } catch (error) { last = error.cause?.code ?? error.message }
      await pause(50)
    }
    throw new Error(`${child.title} is not ready: ${last}\n${readFileSync(join(this.dir, `${child.title}.log`), 'utf8').slice(-2000)}`)
  }

  voip(env, ...args) {
    return execFileSync(join(build, 'tools/voip/voip'), args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
  psql(url, text) {
    return execFileSync('psql', ['-v', 'ON_ERROR_STOP=1', '-qtA', url, '-c', text], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  }
  sql(text) { return this.psql(`${this.owner}?options=-csearch_path%3Dvoip,public`, text) }

  async stop() {
    // in order first (the second signal says: now), so that leaks are found
    for (let i = 0; i < 2; i++) {
      for (const child of this.children) child.kill('SIGTERM')
      await pause(200)
    }
    const gone = Promise.all(this.children.map(c => c.exitCode !== null || c.signalCode ? null : new Promise(r => c.once('exit', r))))
    await Promise.race([gone, pause(STOP_MS)])
    for (const child of this.children) child.kill('SIGKILL')
    await gone
    this.psql(server, `drop database if exists ${this.database} with (force)`)
    rmSync(this.dir, { recursive: true, force: true })
  }
}
