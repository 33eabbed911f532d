// A test program that is killed leaves nothing running: no child of node's or of C's, no PostgreSQL. That a child is gone is told by
// its standard output, which it has from us: it ends when the last who has it ends.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn as spawnLeashed } from './child.mjs'
import { freePort } from './ports.mjs'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'
import { until } from './until.mjs'

const here = new URL('.', import.meta.url).pathname
const dir = mkdtempSync(join(tmpdir(), 'ringmain-children-'))
const DEATH_S = 10

// The first line that a program says, and the program.
function begin(file, args) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = new Promise((resolve, reject) => {
    child.stdout.once('data', data => resolve(String(data).trim()))
    child.once('exit', code => reject(new Error(`it ended with ${code}`)))
  })
  return { child, line }
}
async function dies(file, args) {
  const { child, line } = begin(file, args)
  const pid = Number(await line)
  ok(existsSync(`/proc/${pid}`), 'the grandchild runs')
  const closed = new Promise(resolve => child.once('close', () => resolve(true)))
  child.kill('SIGKILL')
  const late = new Promise(resolve => setTimeout(() => resolve(false), DEATH_S * 1000).unref())
  ok(await Promise.race([closed, late]), `${pid} outlived its parent`)
}

test('a child of a node program dies with it', () => dies(process.execPath, [join(here, 'child-probe.mjs'), 'child', 'sleep', '600']))
test('a child of a C program dies with it', () => dies(process.env.CHILD_PROBE, []))

test('a child is the program itself: its process id, its exit status, its output, its signals', async () => {
  const child = spawnLeashed('sh', ['-c', 'echo $$ "$1"; exit 3', 'sh', "a 'b' $c"], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } })
  let said = ''
  child.stdout.on('data', data => { said += data })
  equal(await new Promise(resolve => child.once('close', resolve)), 3, 'status')
  equal(said, `${child.pid} a 'b' $c\n`, 'process id and argument')
  const killed = spawnLeashed('sleep', ['600'])
  killed.kill('SIGTERM')
  equal(await new Promise(resolve => killed.once('exit', (_, signal) => resolve(signal))), 'SIGTERM', 'signal')
  equal(await new Promise(resolve => spawnLeashed('/no/such/program', [], { stdio: 'ignore' }).once('exit', resolve)), 127, 'a program that is not there')
})

test('a PostgreSQL dies with who started it', async () => {
  const tool = join(here, '../../tools/dev/pg')
  const cluster = join(dir, 'pg')
  spawnSync('chmod', ['755', dir])
  const { child, line } = begin(process.execPath, [join(here, 'child-probe.mjs'), 'database', tool, cluster, String(await freePort())])
  equal(await line, 'started', 'the probe')
  const pid = readFileSync(join(cluster, 'data/postmaster.pid'), 'utf8').split('\n')[0]
  ok(existsSync(`/proc/${pid}`), 'the postmaster runs')
  child.kill('SIGKILL')
  await until('the postmaster is gone', () => !existsSync(join(cluster, 'data/postmaster.pid')))
})

await main({ up: () => {}, down: () => rmSync(dir, { recursive: true, force: true }), log: () => '', dir })
