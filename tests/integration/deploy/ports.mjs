// The ports of ./dev up: kept from start to start, but not when somebody else has one by now.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../lib/ports.mjs'
import { equal, main, ok, test } from '../../sip/lib/tap.mjs'

const dir = mkdtempSync(join(tmpdir(), 'ringmain-ports-'))
const tool = new URL('../../../tools/dev/ports.mjs', import.meta.url).pathname
const wished = await freePort()
const choose = (...more) => {
  const text = execFileSync(process.execPath, [tool, ...more, join(dir, 'ports.json'), `a=${wished}`], { encoding: 'utf8' })
  return Number(/^port_a=(\d+)$/m.exec(text)[1])
}

test('a port is kept while it is free', () => {
  equal(choose('--free'), wished, 'the first start')
  equal(choose('--free'), wished, 'the second')
})

test('a port that somebody else took is left', async () => {
  const stranger = createServer().unref()
  await new Promise(done => stranger.listen(wished, '127.0.0.1', done))
  equal(choose(), wished, 'of what runs already')
  const other = choose('--free')
  ok(other !== wished, 'another one')
  stranger.close()
  equal(choose('--free'), other, 'and that is kept')
})

await main({ up: () => {}, down: () => rmSync(dir, { recursive: true }), log: () => '', dir })
