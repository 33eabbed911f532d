// ./dev bench token: the library beside Twilio's own, then POST /api/voip/token through the real gateway, bus,
// token-issuer and PostgreSQL beside a bare node server that makes the same token without asking anybody.
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stack } from '../../../tests/integration/contract/stack.mjs'

const [result, peerDir] = process.argv.slice(2)
const build = process.env.RINGMAIN_BUILD_DIR
const peer = new URL('peer.mjs', import.meta.url).pathname
const bench = join(build, 'tools/bench/token/bench-token')
const rows = []

function row(name, us, peerUs, goal) {
  const ratio = peerUs ? peerUs / us : null
  rows.push({ name, value: us, unit: 'us CPU', peer: peerUs ?? null, ratio, goal: goal ?? null })
  console.log(`${name.padEnd(52)} ${us.toFixed(2).padStart(9)} ${peerUs ? peerUs.toFixed(1).padStart(9) : ''.padStart(9)} ${ratio ? `${ratio.toFixed(0)}x`.padStart(6) : ''.padStart(6)} ${goal ? `<= ${goal}${us > goal ? ' MISSED' : ''}` : ''}`)
}

// --- the library
console.log(`${'CPU us each'.padEnd(52)} ${'ours'.padStart(9)} ${'peer'.padStart(9)} ${'ratio'.padStart(6)} goal`)
const ours = JSON.parse(execFileSync(bench, { encoding: 'utf8' }))
const theirs = JSON.parse(execFileSync('node', [peer, peerDir], { encoding: 'utf8' }))
row('Twilio token', ours.token, theirs.token, 2.2)
row('Twilio token, key not seen before', ours.token_new_key, theirs.token)
row('Twilio signature, right', ours.twilio_good, theirs.twilio_good)
row('Twilio signature, wrong', ours.twilio_wrong, theirs.twilio_wrong, 15)
row('Telnyx signature, right', ours.telnyx_good, theirs.telnyx_good)
row('Telnyx signature, wrong', ours.telnyx_wrong, theirs.telnyx_good)

// --- over HTTP
const USERS = 100, EACH = 50, WARM = 5 // gateway lets each user have 60 a minute
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
const cpuUs = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
const post = (port, token) => new Promise((resolve, reject) => {
  request({ agent, host: '127.0.0.1', port, method: 'POST', path: '/api/voip/token', headers: { authorization: `Bearer ${token}` } }, res => {
    let text = ''
    res.on('data', chunk => { text += chunk }).on('end', () => res.statusCode === 200 ? resolve(text) : reject(new Error(`${res.statusCode} ${text}`)))
  }).on('error', reject).end()
})
// each of 8 connections asks one after the other
async function ask(port, tokens) {
  let at = 0
  await Promise.all(Array.from({ length: 8 }, async () => { while (at < tokens.length) await post(port, tokens[at++]) }))
}

function fill(stack) {
  const { org } = { org: stack.sql('select id from orgs limit 1') }
  const provider = randomUUID(), hex = (prefix, letter) => prefix + letter.repeat(32)
  const settings = JSON.stringify({ account_sid: hex('AC', 'a'), auth_token: 'x', api_key_sid: hex('SK', 'b'), api_key_secret: hex('', 'c'), app_sid: hex('AP', 'd') })
  const sealed = execFileSync(bench, ['seal', join(stack.dir, 'secrets/kek'), `providers/config/${provider}`, settings], { encoding: 'utf8' }).trim()
  stack.sql(`update providers set is_active = false; insert into providers (org_id, id, name, driver, config, is_active)
    values ('${org}', '${provider}', 'Twilio', 'twilio', '${sealed}', true)`)
  const role = stack.sql('select r.id from roles r join role_permissions p on p.org_id = r.org_id and p.role_id = r.id and p.permission = \'voip\' limit 1')
  const users = Array.from({ length: USERS }, (_, i) => ({ id: randomUUID(), token: `vpt_bench_${i}_${randomUUID()}` }))
  for (const { id, token } of users) {
    stack.sql(`insert into users (org_id, id, email, name) values ('${org}', '${id}', '${id}@bench.example', 'Bench');
      insert into user_roles (org_id, user_id, role_id) values ('${org}', '${id}', '${role}');
      insert into api_tokens (org_id, id, user_id, name, token_hash) values ('${org}', '${randomUUID()}', '${id}', 'bench', '\\x${createHash('sha256').update(token).digest('hex')}')`)
  }
  return users.map(user => user.token)
}

const backends = stack => stack.sql(`select pid from pg_stat_activity where datname = '${stack.database}' and pid <> pg_backend_pid()`).split('\n').map(Number)

const stack = new Stack()
try {
  await stack.start(['bus', 'token-issuer', 'gateway'])
  const tokens = fill(stack)
  const port = Number(new URL(stack.url).port)
  const first = JSON.parse(await post(port, tokens[0]))
  if (first.provider !== 'twilio') throw new Error(`no Twilio token but ${JSON.stringify(first)}`)
  await ask(port, Array.from({ length: WARM - 1 }, () => tokens).flat())
  const groups = { ...Object.fromEntries(stack.children.map(child => [child.title, [child.pid]])), PostgreSQL: backends(stack) }
  const used = () => Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + cpuUs(pid), 0)]))
  const before = used(), n = USERS * EACH
  const begin = performance.now()
  await ask(port, Array.from({ length: EACH }, () => tokens).flat())
  const seconds = (performance.now() - begin) / 1000, after = used()
  const each = name => (after[name] - before[name]) / n

  const child = spawn('node', [peer, peerDir, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const peerPort = Number(await new Promise(resolve => child.stdout.once('data', resolve)))
  await ask(peerPort, Array(1000).fill('x'))
  const peerBefore = cpuUs(child.pid)
  await ask(peerPort, Array(n).fill('x'))
  const peerUs = (cpuUs(child.pid) - peerBefore) / n
  child.kill()

  const total = Object.keys(groups).reduce((sum, name) => sum + each(name), 0)
  row('token over HTTP, all of ours together', total, peerUs, 29)
  for (const name of Object.keys(groups)) row(`  of which ${name}`, each(name))
  console.log(`${n} tokens at ${(n / seconds).toFixed(0)} a second over 8 connections`)
} finally {
  agent.destroy()
  await stack.stop()
}
writeFileSync(result, JSON.stringify({ part: 'token', rows }, null, 1))
