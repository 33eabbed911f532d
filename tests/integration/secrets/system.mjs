// The whole system with secrets of which every byte is known, at the most talkative log level, and a carrier that
// asks for the trunk's password. Run by root, the services get a user of their own, as in production.
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../lib/ports.mjs'
import { Stack } from '../contract/stack.mjs'
import { spawn } from '../../lib/child.mjs'

const build = process.env.RINGMAIN_BUILD_DIR
const asRoot = process.getuid() === 0
export const serviceUid = asRoot ? 10001 : process.getuid()
const sanitizer = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^[ALU]B?SAN_OPTIONS$/.test(key)))

// Characters that change when they are escaped, in each of them.
export const secrets = {
  'trunk password': 'cAnaryTrunk+pass/word=&%7e "zQ1',
  'wrong trunk password': 'cAnaryWrong+pass/word=&%7e zQ2',
  'provider config': 'c4a9a27e5b1d0f6389bbcde072635140', // as Twilio makes them
  'user password': 'cAnaryUser+pass/word=&%7e "zQ4',
  'JWT key': 'cAnaryJwt+key/of=client&tokens%7e-zQ5-0123456789',
  'database password': 'cAnaryDb+pass/word=&%7e zQ6',
  'TURN secret': 'cAnaryTurn+secret/of=&%7e zQ7',
}
export const kekBytes = Buffer.from('cAnaryKek+32/bytes=of&it%7e-zQ8!')

const give = (dir, uid) => {
  chownSync(dir, uid, uid)
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) give(path, uid)
    else chownSync(path, uid, uid)
  }
}

export class System extends Stack {
  // after the keys are made and before anything reads them
  voip(env, ...args) {
    const out = super.voip(env, ...args)
    if (args[0] === 'init-secrets') this.plant(args[1])
    return out
  }
  plant(dir) {
    const put = (name, text) => { writeFileSync(join(dir, name), text, { mode: 0o600 }); return join(dir, name) }
    put('kek', `canary ${kekBytes.toString('base64')}\n`)
    put('jwt.key', `${secrets['JWT key']}\n`)
    this.files = {
      VOIP_DB_PASSWORD_FILE: put('db-password', `${secrets['database password']}\n`),
      VOIP_TURN_SECRET_FILE: put('turn', `${secrets['TURN secret']}\n`),
    }
    this.secretFiles = Object.fromEntries(['trunk password', 'wrong trunk password', 'user password'].map(name => [name, put(name.replaceAll(' ', '-'), `${secrets[name]}\n`)]))
    this.kek = join(dir, 'kek')
  }
  async startServices(dir) {
    this.bin = join(this.dir, 'bin')
    mkdirSync(this.bin)
    await super.startServices(dir)
  }
  async service(path, settings) {
    if (path.endsWith('voip-gateway')) {
      await this.recorder(settings)
      await this.webhooks(settings)
    }
    await this.launch(path, { ...settings, ...(path.startsWith('bus/') ? {} : { VOIP_DB_PASSWORD_FILE: this.files.VOIP_DB_PASSWORD_FILE }),
      ...(path.includes('token-issuer') ? { VOIP_TURN_URLS: 'turn:127.0.0.1:9', VOIP_TURN_SECRET_FILE: this.files.VOIP_TURN_SECRET_FILE } : {}) })
  }
  busForCommands() {
    const { VOIP_BUS, VOIP_BUS_SERVER_KEY } = this.children.find(child => child.title === 'voip-gateway').settings
    return { VOIP_BUS, VOIP_BUS_SERVER_KEY, VOIP_BUS_CERT: join(this.dir, 'secrets/bus/private/voip.key') }
  }
  async recorder(gateway) {
    await this.launch('recorder/voip-recorder', { VOIP_DB_URL: gateway.VOIP_DB_URL.replace('voip_gateway', 'voip_recorder'), VOIP_BUS: gateway.VOIP_BUS,
      VOIP_BUS_SERVER_KEY: gateway.VOIP_BUS_SERVER_KEY, VOIP_BUS_CERT: gateway.VOIP_BUS_CERT.replace('gateway.key', 'recorder.key'),
      VOIP_DB_PASSWORD_FILE: this.files.VOIP_DB_PASSWORD_FILE, VOIP_SPOOL_DIR: this.dir, VOIP_RECORDING_DIR: this.recordings })
  }
  // where this build has it
  async webhooks(gateway) {
    const path = 'webhook-ingest/voip-webhook-ingest'
    if (!existsSync(join(build, 'services', path))) return
    const port = await freePort()
    this.webhookUrl = `http://127.0.0.1:${port}`
    await this.launch(path, { ...gateway, VOIP_DB_URL: gateway.VOIP_DB_URL.replace('voip_gateway', 'voip_webhook'),
      VOIP_BUS_CERT: gateway.VOIP_BUS_CERT.replace('gateway.key', 'webhook-ingest.key'), VOIP_WEBHOOK_LISTEN: `127.0.0.1:${port}`,
      VOIP_WEBHOOK_URL: 'https://crm.example', VOIP_WEBHOOK_SPOOL_DIR: join(this.dir, 'webhooks'), VOIP_DB_PASSWORD_FILE: this.files.VOIP_DB_PASSWORD_FILE })
  }
  async launch(path, settings) {
    const name = path.split('/').pop()
    const admin = await freePort()
    const log = join(this.dir, `${name}.log`)
    const file = join(this.bin, name)
    copyFileSync(join(build, 'services', path), file)
    chmodSync(file, 0o755)
    const fd = openSync(log, 'a')
    if (asRoot) give(this.dir, serviceUid)
    const child = spawn(file, [], { stdio: ['ignore', fd, fd], cwd: this.dir, uid: serviceUid, gid: asRoot ? serviceUid : process.getgid(),
      env: { PATH: process.env.PATH, ...sanitizer, VOIP_ENV_FILE: '/dev/null', VOIP_LOG_LEVEL: 'debug', VOIP_ADMIN_LISTEN: `127.0.0.1:${admin}`, ...settings } })
    Object.assign(child, { title: name, admin, log, file, settings })
    this.children.push(child)
  }
  // A command that stays, as the services' user.
  async command(title, args, env) {
    const file = join(this.bin, 'voip')
    copyFileSync(join(build, 'tools/voip/voip'), file)
    chmodSync(file, 0o755)
    if (asRoot) give(this.dir, serviceUid)
    const child = spawn(file, args, { stdio: 'ignore', cwd: this.dir, uid: serviceUid, gid: asRoot ? serviceUid : process.getgid(),
      env: { PATH: process.env.PATH, ...sanitizer, VOIP_ENV_FILE: '/dev/null', ...env } })
    this.commandProcess = Object.assign(child, { title })
    // it has shut itself once its database sees it
    for (const end = Date.now() + 10_000; this.sql("select count(*) from pg_stat_activity where application_name = 'voip' and datname = current_database()") === '0';) {
      if (Date.now() > end) throw new Error(`voip ${args.join(' ')} does not reach its database`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  // A real SIP peer that wants the trunk's password for REGISTER and for each INVITE.
  async carrier() {
    const [sip, control] = [await freePort(), await freePort()]
    const out = join(this.dir, 'carrier')
    mkdirSync(out)
    this.carrierProcess = spawn(join(build, 'tools/demo-carrier/demo-carrier'), ['--listen', `127.0.0.1:${sip}`, '--control', `127.0.0.1:${control}`, '--out', out,
      '--user', 'canary', '--password', secrets['trunk password'], '--challenge'], { stdio: ['ignore', openSync(join(this.dir, 'carrier.log'), 'a'), 'inherit'] })
    return { sip, control: `http://127.0.0.1:${control}` }
  }
  logs() { return this.children.map(child => [child.title, readFileSync(child.log)]) }
  async stop() {
    this.carrierProcess?.kill('SIGTERM')
    this.commandProcess?.kill('SIGTERM')
    await super.stop()
  }
}
