// What a person has before the first call: a database with its tables and nothing in them, keys, the `voip`
// command. And the frame in which such tests run.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from '../../lib/child.mjs'

export const source = process.env.RINGMAIN_SOURCE_DIR
const build = process.env.RINGMAIN_BUILD_DIR
const server = process.env.VOIP_TEST_DB_URL
export const program = join(build, 'tools/voip/voip')
// where the sanitizers of an instrumented build write what they find
const sanitizer = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^[ALU]B?SAN_OPTIONS$/.test(key)))

// Runs a program to its end: { code, out, err }
export function finish(file, args, { input = '', cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => { out += chunk })
    child.stderr.on('data', chunk => { err += chunk })
    child.stdin.on('error', () => {}) // it may end before it has read all
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code: code ?? signal, out, err }))
    child.stdin.end(input)
  })
}

// `voip ...args` typed at a terminal.
export async function typed(cwd, env, args, steps) {
  const job = { argv: [program, ...args], env: { TERM: 'xterm', ...env }, cwd, steps }
  const { code, out, err } = await finish('python3', [join(source, 'tests/integration/moving_in/type.py')], { input: JSON.stringify(job), cwd, env: process.env })
  if (code !== 0) throw new Error(`${args.join(' ')}: ${err}`)
  return JSON.parse(out)
}

export class Place {
  static made = 0
  dir = mkdtempSync(join(tmpdir(), 'ringmain-moving-'))
  database = `test_moving_${process.pid}_${Place.made++}_${Date.now()}`

  constructor() {
    if (!server) throw new Error('VOIP_TEST_DB_URL is not set: ./dev test sets it, or name a PostgreSQL superuser\'s URL')
    this.url = `${server.slice(0, server.lastIndexOf('/'))}/${this.database}`
    this.psql(server, `create database ${this.database}`)
    this.store = join(this.dir, 'recordings')
    mkdirSync(this.store)
    this.env = { ...sanitizer, PATH: `${join(build, 'services/bus')}:${join(source, 'tools/node/node_modules/.bin')}:${process.env.PATH}`,
      VOIP_ENV_FILE: '/dev/null', VOIP_DB_URL: this.url, VOIP_MIGRATIONS: join(source, 'migrations'),
      VOIP_KEK_FILE: join(this.dir, 'secrets/kek'), VOIP_RECORDING_DIR: this.store }
    this.fine('init-secrets', join(this.dir, 'secrets'))
    this.fine('migrate')
  }
  voip(args, { env = {}, input } = {}) {
    const done = spawnSync(program, args, { encoding: 'utf8', input, env: { ...this.env, ...env }, cwd: this.dir })
    return { code: done.status ?? done.signal, out: done.stdout, err: done.stderr }
  }
  // Typed at a terminal: steps are [what the screen shows, what is typed then]. { status, screen, echo }
  async type(args, steps, env = {}) {
    return typed(this.dir, { ...this.env, ...env }, args, steps)
  }
  // As voip(), but what runs in this process (a carrier) can answer meanwhile.
  pipe(args, input, env = {}) { return finish(program, args, { input, cwd: this.dir, env: { ...this.env, ...env } }) }
  fine(...args) {
    const done = this.voip(args)
    if (done.code !== 0) throw new Error(`voip ${args.join(' ')}: ${done.code} ${done.err}`)
    return done.out
  }
  psql(url, text) {
    return execFileSync('psql', ['-v', 'ON_ERROR_STOP=1', '-qtA', url, '-c', text], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  }
  sql(text) { return this.psql(`${this.url}?options=-csearch_path%3Dvoip,public`, text) }
  rows(text) { return this.sql(text).split('\n').filter(Boolean) }
  end() {
    this.psql(server, `drop database if exists ${this.database} with (force)`)
    rmSync(this.dir, { recursive: true, force: true })
  }
}

const tests = []
export const test = (name, run) => tests.push({ name, run })
export const equal = (got, wanted, what = '') => {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what} got ${a?.slice(0, 1500)}, wanted ${b?.slice(0, 1500)}`)
}
// Line by line: the first difference is told, not both texts.
export const sameLines = (got, wanted) => {
  const [a, b] = [got.trimEnd().split('\n'), wanted.trimEnd().split('\n')]
  a.forEach((line, i) => equal(line, b[i], `line ${i + 1}`))
  equal(a.length, b.length, 'lines')
}
export const check = (fine, what) => { if (!fine) throw new Error(what) }

// In TAP; each test is given a place of its own. An argument picks those tests whose names hold it.
export async function run(close = async () => {}) {
  let failed = 0
  if (process.argv[2]) tests.splice(0, tests.length, ...tests.filter(({ name }) => name.includes(process.argv[2])))
  console.log(`1..${tests.length}`)
  for (const [i, { name, run: body }] of tests.entries()) {
    let place
    try {
      place = new Place()
      await body(place)
      console.log(`ok ${i + 1} - ${name}`)
    } catch (error) {
      failed++
      console.log(`not ok ${i + 1} - ${name}`)
      for (const line of String(error.stack).split('\n').slice(0, 60)) console.log(`# ${line}`)
    } finally { place?.end() }
  }
  await close()
  process.exit(failed ? 1 : 0)
}
