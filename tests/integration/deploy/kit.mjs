// A database that asks for passwords, keys, and services as processes: the deployment without its containers.
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../lib/ports.mjs'
import { holdDatabase, spawn } from '../../lib/child.mjs'

export const source = process.env.RINGMAIN_SOURCE_DIR ?? new URL('../../..', import.meta.url).pathname
export const build = process.env.RINGMAIN_BUILD_DIR ?? join(source, 'build')
export const binaries = {
  'voip-bus': 'services/bus', 'voip-gateway': 'services/gateway', 'voip-router': 'services/router', 'voip-recorder': 'services/recorder',
  'voip-token-issuer': 'services/token-issuer', 'voip-call-controller': 'services/call-controller', 'voip-media': 'services/call-controller/media', voip: 'tools/voip',
}
const path = [...Object.values(binaries).map(dir => join(build, dir)), process.env.PATH].join(':')
export const dir = mkdtempSync(join(tmpdir(), 'ringmain-deploy-'))
chmodSync(dir, 0o755) // PostgreSQL's user passes through
export const password = randomBytes(12).toString('hex')
export const rolePassword = `r'"$ %/${randomBytes(12).toString('hex')}`
const processes = []

export const secret = (name, text) => {
  writeFileSync(join(dir, name), `${text}\n`, { mode: 0o600 })
  return join(dir, name)
}

export async function until(f, what, ms = 20000) {
  const end = Date.now() + ms
  for (;;) {
    const value = await f()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`)
    await new Promise(r => setTimeout(r, 50))
  }
}

// Runs to its end: { status, text }.
export function run(program, args, env = {}) {
  const done = spawnSync(program, args, { env: { PATH: path, VOIP_ENV_FILE: '/dev/null', ...asan(), ...env }, encoding: 'utf8', cwd: dir, timeout: 120000 })
  if (done.error) throw done.error
  return { status: done.status, text: done.stdout + done.stderr }
}

export function start(name, program, args, env, path_ = path) {
  const log = join(dir, `${name}.log`)
  const fd = openSync(log, 'a')
  const child = spawn(program, args, { env: { PATH: path_, VOIP_ENV_FILE: '/dev/null', ...asan(), ...env }, stdio: ['ignore', fd, fd], cwd: dir })
  child.log = () => readFileSync(log, 'utf8')
  child.events = event => child.log().split('\n').filter(line => line.includes(`"event":"${event}"`)).map(line => JSON.parse(line))
  child.ended = new Promise(resolve => child.once('exit', (status, signal) => {
    child.gone = true
    resolve(signal ?? status)
  }))
  processes.push(child)
  return child
}

const asan = () => process.env.ASAN_OPTIONS === undefined ? {} : { ASAN_OPTIONS: process.env.ASAN_OPTIONS, LSAN_OPTIONS: process.env.LSAN_OPTIONS ?? '' }

export const isAlive = pid => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
export const proc = (pid, file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
export const childrenOf = pid => proc(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number)

// --- PostgreSQL: everybody gives a password, and everything that is said to it is in its log ---
const pgDir = join(dir, 'pg')
let pgPort
export async function databaseUp() {
  pgPort = await freePort()
  mkdirSync(pgDir)
  execFileSync(join(source, 'tools/dev/pg'), ['start', pgDir, String(pgPort)], { env: { PATH: process.env.PATH, PG_INIT_ONLY: '1' } })
  appendFileSync(join(pgDir, 'data/postgresql.conf'), "log_statement = 'all'\nshared_buffers = 16MB\n")
  holdDatabase(join(source, 'tools/dev/pg'), pgDir)
  execFileSync(join(source, 'tools/dev/pg'), ['start', pgDir, String(pgPort)])
  psql(`alter role postgres password '${password}'`)
  psql('create database ringmain')
  // the log from here on may hold no password
  writeFileSync(join(pgDir, 'log'), '')
  writeFileSync(join(pgDir, 'data/pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n')
  psql('select pg_reload_conf()')
  await until(() => run('psql', ['-qtA', '-w', url('postgres'), '-c', 'select 1']).status !== 0, 'a database that wants passwords')
}
export const url = role => `postgresql://${role}@127.0.0.1:${pgPort}/ringmain`
export const databaseLog = () => readFileSync(join(pgDir, 'log'), 'utf8')
function psql(sql) {
  execFileSync('psql', ['-qtAX', `postgresql://postgres@127.0.0.1:${pgPort}/postgres`, '-c', sql], { env: { PATH: process.env.PATH, PGPASSWORD: password } })
}

export const logs = () => readdirSync(dir).filter(f => f.endsWith('.log')).map(f => readFileSync(join(dir, f), 'utf8')).join('\n')

export async function down(keep) {
  for (const child of processes) if (!child.gone) child.kill('SIGKILL')
  await Promise.all(processes.map(child => child.ended))
  execFileSync(join(source, 'tools/dev/pg'), ['stop', pgDir, '0'])
  if (!keep) rmSync(dir, { recursive: true, force: true })
}
