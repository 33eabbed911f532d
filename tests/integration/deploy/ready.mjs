// ./dev up waits for its own processes: who else answers "ready" at their ports is not taken for them.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equal, main, test } from '../../sip/lib/tap.mjs'

const dir = mkdtempSync(join(tmpdir(), 'ringmain-ready-'))
const functions = new URL('../../../tools/dev/services.sh', import.meta.url).pathname
const file = join(dir, 'pid')
const health = pid => JSON.stringify({ service: 'router', pid, parts: { db: true }, draining: false, ready: true })

// Whether the process of the pid file counts as ready, when the port answers so.
async function counts(pid, status, body) {
  writeFileSync(file, `${pid}\n`)
  const server = createServer((req, res) => res.writeHead(status).end(body))
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  const code = await new Promise(done => execFile('bash', ['-c', `. "$0"; is_ready ${server.address().port} "$1"`, functions, file], err => done(err?.code ?? 0)))
  server.close()
  return code === 0
}

test('a service that is ready is', async () => equal(await counts(4711, 200, health(4711)), true, 'ready'))
test('one that is not ready is not', async () => equal(await counts(4711, 503, health(4711)), false, 'not ready'))
test('another process at its port is not it', async () => {
  equal(await counts(4711, 200, health(471)), false, 'a process with another id')
  equal(await counts(471, 200, health(4711)), false, 'an id that begins alike')
  equal(await counts(4711, 200, '{"ready":true}'), false, 'one that does not say who it is')
})
test('a service that was not started is not ready', async () => {
  equal(await counts('', 200, health(4711)), false, 'an empty pid file')
})

await main({ up: () => {}, down: () => rmSync(dir, { recursive: true }), log: () => '', dir })
