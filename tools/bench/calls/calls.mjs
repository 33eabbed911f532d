// SIP-to-SIP calls through call-controller: media ports, rows in PostgreSQL, events on the bus; and through
// Kamailio as a mere proxy beside it, by the same generator. CPU is that of process trees.
// calls.mjs RESULT.json [CALLS_PER_SECOND] [SECONDS] [ROUNDS]
import { spawn, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../tests/lib/ports.mjs'
import { Stack, sleep } from '../../../tests/sip/lib/stack.mjs'

const [result, rate = 100, seconds = 20, rounds = 3] = process.argv.slice(2)
if (!result) throw new Error('calls.mjs RESULT.json [CALLS_PER_SECOND] [SECONDS] [ROUNDS]')
const build = process.env.RINGMAIN_BUILD_DIR ?? join(process.cwd(), 'build')
const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const hold = 500
const number = '+4930555000'
const goals = { cpu_ms: 0.45, p50_ms: 1.0, p99_ms: 3.0 }

const children = pid => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

// CPU seconds of a process with all its threads and children, ended ones too.
function cpu(pid) {
  let total = 0
  const kids = new Map()
  for (const name of readdirSync('/proc').filter(n => /^\d+$/.test(n))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      kids.set(Number(name), { parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, f) => sum + Number(f), 0) })
    } catch { /* it ended just now */ }
  }
  const add = id => {
    total += kids.get(id)?.ticks ?? 0
    for (const [kid, { parent }] of kids) if (parent === id) add(kid)
  }
  add(pid)
  return total / ticks
}

// schedstat counts nanoseconds where stat counts ticks: threads that live are read exactly.
function exact(pid) {
  let ns = 0n
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try { ns += BigInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) } catch { /* it ended */ }
  }
  return Number(ns) / 1e9
}

const load = (caller, target, callee, s = seconds) => new Promise((resolve, reject) => {
  const child = spawn(join(build, 'tools/bench/calls/calls-load'), [caller, target, callee, number, String(rate), String(s), String(hold)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', chunk => { text += chunk })
  child.once('exit', code => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`the generator ended with ${code}`))))
})

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const row = (name, runs) => ({
  name, calls_per_second: Number(rate), ok: runs.reduce((n, r) => n + r.ok, 0), calls: runs.reduce((n, r) => n + r.calls, 0), repeats: runs.reduce((n, r) => n + r.repeats, 0),
  ...Object.fromEntries(['cpu_ms', 'media_ms', 'postgres_ms', 'p50_ms', 'p99_ms'].filter(k => runs[0][k] !== undefined).map(k => [k, median(runs.map(r => r[k]))])),
  runs: runs.map(({ cpu_ms, p50_ms, p99_ms }) => ({ cpu_ms, p50_ms, p99_ms })),
})
const round = x => Math.round(x * 1000) / 1000
const delays = r => ({ p50_ms: r.ringing_us.p50 / 1000, p99_ms: r.ringing_us.p99 / 1000 })

// Ours: gives what plays a round, and what ends it all.
async function ours() {
  const far = await freePort('127.0.0.16')
  const near = await freePort('127.0.0.2')
  let target
  const stack = new Stack({
    controller: { VOIP_LOG_LEVEL: 'info', VOIP_MAX_CALLS: '2000' },
    media: { VOIP_MEDIA_THREADS: '1' },
    beforeController: s => {
      s.trunk({ host: '', allowed_ips: '{127.0.0.2/32}' })
      target = s.trunk({ host: '127.0.0.16', port: far })
    },
  })
  let made = 0
  const go = async s => {
    const r = await load(`127.0.0.2:${near}`, `127.0.0.1:${stack.sipPort}`, `127.0.0.16:${far}`, s)
    made += r.ok
    return r
  }
  const stored = () => Number(stack.sql(`select count(*) from voip.calls where status = 'completed' and ended_at is not null`))
  const allStored = () => stack.until(() => stored() === made, 60000, `${made} completed rows`)
  await stack.up()
  stack.routes({ 'route.inbound': { did: number, from: '+49301234567', action: 'external', ring_s: 20, targets: [{ trunk: target, to: number, from: '+49301234567' }] } })
  const postmaster = Number(stack.sql(`select pg_read_file('postmaster.pid')`).split('\n')[0])
  return {
    name: 'Ringmain: B2BUA, media ports, rows, events',
    warm: () => go(2),
    round: async () => {
      const before = [exact(stack.controller.pid), exact(stack.mediaProcess.pid), cpu(postmaster)]
      const r = await go(seconds)
      await allStored() // what was still to be written counts too
      const used = [exact(stack.controller.pid), exact(stack.mediaProcess.pid), cpu(postmaster)].map((c, k) => c - before[k])
      return { ...r, ...delays(r), cpu_ms: round((used[0] + used[1]) * 1000 / r.ok), media_ms: round(used[1] * 1000 / r.ok), postgres_ms: round(used[2] * 1000 / r.ok) }
    },
    end: () => stack.down(),
  }
}

async function kamailio() {
  const port = await freePort()
  const far = await freePort('127.0.0.16')
  const near = await freePort('127.0.0.2')
  const dir = join(tmpdir(), `ringmain-kamailio-${process.pid}`)
  mkdirSync(dir, { recursive: true })
  const config = readFileSync(new URL('kamailio.cfg', import.meta.url), 'utf8').replaceAll('@PORT@', port).replaceAll('@FAR@', `127.0.0.16:${far}`)
  writeFileSync(join(dir, 'kamailio.cfg'), config)
  const child = spawn('kamailio', ['-f', join(dir, 'kamailio.cfg'), '-DD', '-E', '-P', join(dir, 'pid'), '-Y', dir, '-m', '256', '-M', '16'], { stdio: 'ignore' })
  const gone = new Promise(resolve => child.once('exit', resolve))
  await sleep(1500)
  const go = s => load(`127.0.0.2:${near}`, `127.0.0.1:${port}`, `127.0.0.16:${far}`, s)
  const tree = () => [child.pid, ...children(child.pid)].reduce((sum, pid) => sum + exact(pid), 0)
  return {
    name: 'Kamailio 5.6: stateful proxy, nothing stored',
    warm: () => go(2),
    round: async () => {
      const before = tree()
      const r = await go(seconds)
      return { ...r, ...delays(r), cpu_ms: round((tree() - before) * 1000 / r.ok) }
    },
    end: async () => {
      child.kill('SIGTERM')
      await gone
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

// Ours and the peer take turns, so that the machine's mood meets both.
async function play() {
  const sides = []
  try {
    for (const make of [ours, kamailio]) sides.push(await make())
    const runs = sides.map(() => [])
    for (const side of sides) await side.warm()
    for (let i = 0; i < rounds; i++) {
      for (const [k, side] of sides.entries()) {
        runs[k].push(await side.round())
        await sleep(300)
      }
    }
    return sides.map((side, k) => row(side.name, runs[k]))
  } finally {
    for (const side of sides) await side.end()
  }
}

async function direct() {
  const far = await freePort('127.0.0.16')
  const near = await freePort('127.0.0.2')
  const r = await load(`127.0.0.2:${near}`, `127.0.0.16:${far}`, `127.0.0.16:${far}`, 5)
  return row('the generator alone', [{ ...r, ...delays(r), cpu_ms: 0 }])
}

const rows = [...(await play()), await direct()]
const [us, peer] = rows
const cell = (value, width) => (value === undefined ? '-' : String(value)).padStart(width)
console.log(`\n${'calls at ' + rate + '/s'.padEnd(12)}${' '.repeat(28)} CPU ms  media ms  PostgreSQL ms   p50 ms   p99 ms      ok  repeats`)
for (const r of rows) console.log(`${r.name.padEnd(46)} ${cell(r.cpu_ms, 7)} ${cell(r.media_ms, 9)} ${cell(r.postgres_ms, 14)} ${cell(r.p50_ms, 8)} ${cell(r.p99_ms, 8)} ${cell(`${r.ok}/${r.calls}`, 10)} ${cell(r.repeats, 6)}`)
console.log(`CPU against Kamailio's, median of the rounds: ${round(median(us.runs.map((r, i) => r.cpu_ms / peer.runs[i].cpu_ms)))}`)
console.log(`goal: CPU <= ${goals.cpu_ms} ms a call, p50/p99 <= ${goals.p50_ms}/${goals.p99_ms} ms added to INVITE->180`)
writeFileSync(result, JSON.stringify({ part: 'calls', goals, ratio_cpu_to_kamailio: round(median(us.runs.map((r, i) => r.cpu_ms / peer.runs[i].cpu_ms))), rows }, null, 1))
