// What deploy/ relies on: passwords from files, health by file, a call unit that keeps its two processes alive.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { equal, main, ok, test } from '../../sip/lib/tap.mjs'
import { binaries, build, childrenOf, databaseLog, databaseUp, dir, down, isAlive, logs, password, proc, rolePassword, run, secret, source, start, until, url } from './kit.mjs'
import { freePort } from '../../lib/ports.mjs'

const keys = join(dir, 'secrets')
const health = name => join(dir, `${name}.admin`)
const owner = () => ({
  VOIP_DB_URL: url('postgres'), VOIP_DB_PASSWORD_FILE: secret('postgres_password', password),
  VOIP_MIGRATIONS: join(source, 'migrations'), VOIP_DBMATE: join(source, 'tools/node/node_modules/.bin/dbmate'), HOME: dir,
})
const rolePasswordFile = () => secret('role_password', rolePassword)
let bus
const common = (role, key) => ({
  VOIP_DB_URL: url(role), VOIP_DB_PASSWORD_FILE: rolePasswordFile(), VOIP_BUS: bus, VOIP_BUS_SERVER_KEY: join(keys, 'bus/server.pub'),
  VOIP_BUS_CERT: join(keys, `bus/private/${key}.key`), VOIP_ADMIN_LISTEN: '127.0.0.1:0', VOIP_ADMIN_FILE: health(key),
})
const isHealthy = name => run('voip', ['healthcheck'], { VOIP_ADMIN_FILE: health(name) }).status === 0
const healthy = name => until(() => isHealthy(name), `${name} to be healthy`)
const noSecret = (text, what) => {
  for (const word of [password, rolePassword, rolePassword.slice(-24)]) ok(!text.includes(word), `${what} holds a password`)
}

test('init-secrets makes the keys', () => {
  const { status, text } = run('voip', ['init-secrets', keys])
  equal(status, 0, text)
  ok(existsSync(join(keys, 'bus/private/gateway.key')), 'the gateway has a key')
})

test('migrate needs the password that the server asks for', () => {
  const { VOIP_DB_PASSWORD_FILE: _, ...without } = owner()
  equal(run('voip', ['migrate'], without).status, 1, 'without a password')
  equal(run('voip', ['migrate'], { ...owner(), VOIP_DB_PASSWORD_FILE: secret('wrong', 'not it') }).status, 1, 'with a wrong one')
})

test('a password file that is named but missing or empty is a fault', () => {
  const missing = run('voip', ['migrate'], { ...owner(), VOIP_DB_PASSWORD_FILE: '/no/such/file' })
  equal(missing.status, 1, missing.text)
  ok(missing.text.includes('VOIP_DB_PASSWORD_FILE names /no/such/file'), missing.text)
  const empty = run('voip', ['migrate'], { ...owner(), VOIP_DB_ROLE_PASSWORD_FILE: secret('empty', '') })
  equal(empty.status, 1, empty.text)
  ok(empty.text.includes('VOIP_DB_ROLE_PASSWORD_FILE'), empty.text)
})

test('migrate gives the roles a password that no log shows', () => {
  const { status, text } = run('voip', ['migrate'], { ...owner(), VOIP_DB_ROLE_PASSWORD_FILE: rolePasswordFile() })
  equal(status, 0, text)
  noSecret(text, 'the output')
  ok(databaseLog().includes('set_role_passwords'), 'the server logs statements')
  noSecret(databaseLog(), "the server's log")
})

test('a second migrate finds nothing to do', () => {
  const { status, text } = run('voip', ['migrate'], { ...owner(), VOIP_DB_ROLE_PASSWORD_FILE: rolePasswordFile() })
  equal(status, 0, text)
})

test('the services get their passwords from a file and show them nowhere', async () => {
  const [pub, sub, http] = [await freePort(), await freePort(), await freePort()]
  bus = `127.0.0.1:${pub}+${sub}`
  start('bus', 'voip-bus', [], {
    VOIP_BUS_LISTEN_PUB: `127.0.0.1:${pub}`, VOIP_BUS_LISTEN_SUB: `127.0.0.1:${sub}`, VOIP_BUS_KEYS: join(keys, 'bus/public'),
    VOIP_BUS_CERT: join(keys, 'bus/private/bus.key'), VOIP_ADMIN_LISTEN: '127.0.0.1:0', VOIP_ADMIN_FILE: health('bus'),
  })
  await healthy('bus')
  mkdirSync(join(dir, 'recordings'))
  mkdirSync(join(dir, 'spool'))
  const services = {
    router: common('voip_router', 'router'),
    'token-issuer': { ...common('voip_token', 'token-issuer'), VOIP_JWT_KEY_FILE: join(keys, 'jwt.key') },
    recorder: { ...common('voip_recorder', 'recorder'), VOIP_SPOOL_DIR: join(dir, 'spool'), VOIP_RECORDING_DIR: join(dir, 'recordings') },
    gateway: { ...common('voip_gateway', 'gateway'), VOIP_HTTP_LISTEN: `127.0.0.1:${http}`, VOIP_JWT_KEY_FILE: join(keys, 'jwt.key'), VOIP_RECORDING_DIR: join(dir, 'recordings'), VOIP_WEB_ROOT: dir },
  }
  for (const [name, env] of Object.entries(services)) {
    const check = run(`voip-${name}`, ['--check'], env)
    equal(check.status, 0, check.text)
    noSecret(check.text, `voip-${name} --check`)
    const child = start(name, `voip-${name}`, [], env)
    await healthy(name)
    noSecret(proc(child.pid, 'cmdline') + proc(child.pid, 'environ'), `${name}'s process`)
  }
  noSecret(logs(), 'a log')
})

// --- the call unit ---

const unitEnv = (name, more = {}) => ({
  ...common('voip_call', 'call-controller'), VOIP_ADMIN_FILE: health(name), VOIP_KEK_FILE: join(keys, 'kek'), VOIP_SPOOL_DIR: join(dir, 'spool'),
  VOIP_MEDIA_ADDR: '127.0.0.1', VOIP_RTP_PORTS: '30000-39999', VOIP_MEDIA_THREADS: '1', TMPDIR: dir, ...more,
})
const pids = unit => Object.fromEntries(childrenOf(unit.pid).map(pid => [proc(pid, 'comm').trim(), pid]))
const folders = () => readdirSync(dir).filter(f => f.startsWith('unit-')).concat(existsSync('/run/voip') ? readdirSync('/run/voip').filter(f => f.startsWith('unit-')) : [])
const MEDIA = 'voip-media', CONTROLLER = 'voip-call-contr'
let units

test('two call units share a range of SIP ports', async () => {
  const first = await freePort()
  const range = `127.0.0.1:${first}-${Math.min(first + 40, 65535)}`
  const tls = { VOIP_SIP_TLS_LISTEN: range, VOIP_SIP_TLS_CERT: join(keys, 'tls.pem') }
  units = ['unit1', 'unit2'].map(name => start(name, 'voip', ['call-unit'], unitEnv(name, { VOIP_SIP_LISTEN: range, ...tls })))
  const ports = []
  for (const [i, unit] of units.entries()) {
    await healthy(`unit${i + 1}`)
    const [line] = await until(() => unit.events('sip.listening'), 'the SIP port')
    ports.push(line.port, line.tls_port)
  }
  equal(new Set(ports).size, 4, `ports ${ports}`)
  ok(ports.every(p => p >= first && p <= first + 40), `ports ${ports} in ${range}`)
})

test('the SIP port that was found is the one the node is known by', async () => {
  for (const unit of units) {
    const [line] = unit.events('sip.listening')
    await until(() => run('psql', ['-qtAX', url('voip_call'), '-c', 'select addr from voip.nodes'], { PGPASSWORD: rolePassword }).text.includes(`127.0.0.1:${line.port}\n`), `node at ${line.port}`)
  }
})

test('media knows no password and no key of the database or the bus', () => {
  const environ = proc(pids(units[0])[MEDIA], 'environ')
  ok(environ.includes('VOIP_MEDIA_SOCKET='), 'it is the environment')
  for (const key of ['VOIP_DB_', 'VOIP_BUS_CERT']) ok(!environ.includes(key), `${key} is in it`)
})

test('media that is killed comes back under the same controller', async () => {
  const before = pids(units[0])
  process.kill(before[MEDIA], 'SIGKILL')
  const after = await until(() => {
    const now = pids(units[0])
    return now[MEDIA] && now[MEDIA] !== before[MEDIA] && now
  }, 'new media')
  equal(after[CONTROLLER], before[CONTROLLER], 'the controller')
  await until(() => units[0].events('media.up').length === 2, 'the controller to find it')
  await healthy('unit1')
})

test('a controller that is killed comes back beside the same media', async () => {
  const before = pids(units[0])
  process.kill(before[CONTROLLER], 'SIGKILL')
  await until(() => units[0].events('media.up').length === 3, 'a new controller')
  equal(pids(units[0])[MEDIA], before[MEDIA], 'media')
  ok(pids(units[0])[CONTROLLER] !== before[CONTROLLER], 'it is a new one')
  await healthy('unit1')
})

test('a stop ends the controller, then media, and leaves nothing behind', async () => {
  const all = Object.values(pids(units[0]))
  units[0].kill('SIGTERM')
  equal(await units[0].ended, 0, units[0].log())
  const order = units[0].events('unit.ended').slice(-2).map(line => line.program)
  equal(order.join(), 'voip-call-controller,voip-media', 'who ended first')
  equal(all.filter(isAlive).length, 0, 'processes left')
  equal(folders().length, 1, `folders left: ${folders()} (one is of the other unit)`)
  ok(!existsSync(health('unit1')) && !existsSync(`${health('unit1')}.media`), 'the files with addresses are gone')
  equal(isHealthy('unit1'), false, 'health of a unit that ended')
})

test('who loses the unit itself stops too', async () => {
  const all = Object.values(pids(units[1]))
  units[1].kill('SIGKILL')
  await until(() => all.filter(isAlive).length === 0, 'both to end')
})

// --- with programs that misbehave as told ---

// A folder with a voip-media and a voip-call-controller that are these shell scripts.
function actors(name, media, controller) {
  const bin = join(dir, name)
  mkdirSync(bin)
  for (const [program, text] of [['voip-media', media], ['voip-call-controller', controller]]) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, program), 0o755)
  }
  return start(name, join(build, binaries.voip, 'voip'), ['call-unit'], { TMPDIR: dir }, `${bin}:/usr/bin:/bin`)
}
const waits = 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
const bothUp = unit => until(() => unit.log().match(/^up$/gm)?.length === 2, 'both to run')

test('settings that are wrong end the unit with their status', async () => {
  const unit = actors('misset', waits, 'exit 78')
  equal(await unit.ended, 78, unit.log())
  equal(unit.events('unit.started').length, 2, 'starts')
})

test('a program that is not there ends the unit', async () => {
  const unit = start('missing', join(build, binaries.voip, 'voip'), ['call-unit'], { TMPDIR: dir }, '/nowhere')
  equal(await unit.ended, 127, unit.log())
})

test('deaths in a row are met with growing pauses and an end', async () => {
  const unit = actors('dies', 'exit 3', waits)
  equal(await unit.ended, 1, unit.log())
  const starts = unit.events('unit.started').filter(line => line.program === 'voip-media').map(line => Date.parse(line.ts))
  equal(starts.length, 7, 'starts of media')
  const pauses = starts.slice(1).map((at, i) => at - starts[i])
  for (const [i, ms] of pauses.entries()) ok(ms >= 100 * 2 ** i - 5, `pause ${i + 1} was ${ms} ms`)
  equal(unit.events('unit.ended').filter(line => line.program === 'voip-call-controller').length, 1, 'the controller was ended once')
})

test('a second signal reaches the controller as well', async () => {
  const stubborn = `n=0; trap 'n=$((n+1)); echo told $n; [ $n -lt 2 ] || exit 0' TERM; echo up; for i in $(seq 400); do sleep 0.05; done`
  const unit = actors('twice', waits, stubborn)
  await bothUp(unit)
  unit.kill('SIGTERM')
  await until(() => unit.log().includes('told 1'), 'the first signal')
  equal(unit.events('unit.ended').length, 0, 'ended after the first')
  unit.kill('SIGTERM')
  equal(await unit.ended, 0, unit.log())
  ok(unit.log().includes('told 2'), 'the second signal')
})

await main({ up: databaseUp, down, log: logs, dir })
