// The carriers' vectors through HTTP: real services, each case with a provider of its own whose account and key are
// the case's, at the public address and, where the case names a time, at the second of the case.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { System } from '../gateway/providers_kit.mjs'

const build = process.env.RINGMAIN_BUILD_DIR
const shared = process.env.RINGMAIN_VECTORS ?? new URL('../../../../shared/vectors', import.meta.url).pathname
const own = new URL('../../vectors/carriers.json', import.meta.url).pathname
const CONNECT_MS = 20_000

// Our own cases and, where it is at hand, the set that came with the carriers' rules: [{ file, cases }]
export const sets = [own, ...(existsSync(shared) ? readdirSync(shared).sort().map(name => join(shared, name)) : [])]
  .map(path => ({ file: path.split('/').pop(), cases: JSON.parse(readFileSync(path, 'utf8')).cases }))
export const kindOf = c => (c.type ? 'token' : c.public_key_base64 !== undefined ? 'telnyx' : 'twilio')

export class VectorStack extends System {
  // A provider whose sealed settings are exactly these, checked by nobody: what a case says goes in. Its id.
  provider(driver, config, active = false) {
    const id = randomUUID()
    const sealed = execFileSync(join(build, 'tests/integration/gateway/seal'), [join(this.dir, 'secrets/kek'), `providers/config/${id}`],
      { input: JSON.stringify(config), encoding: 'utf8' }).trim()
    if (active) this.sql('update providers set is_active = false')
    this.sql(`insert into providers (org_id, id, name, driver, config, is_active) values ('${this.seed.org.id}', '${id}', '${id}', '${driver}', '${sealed}', ${active})`)
    return id
  }

  // Settings that let a service live at this second.
  clock(seconds) {
    const asan = process.env.ASAN_OPTIONS
    this.sql(`select ensure_partitions(to_timestamp(${seconds})::date)`)
    return { LD_PRELOAD: join(build, 'tests/integration/vectors/libtest-clock.so'), VOIP_TEST_CLOCK: String(seconds),
      ...(asan === undefined ? {} : { ASAN_OPTIONS: `${asan}:verify_asan_link_order=0` }) }
  }

  // Starts a service that start() left alone.
  async add(path, settings) {
    this.wanted.push(path.split('/')[0])
    await this.service(path, settings)
    this.wanted.pop()
    return this.children.at(-1)
  }

  async end(child) {
    const gone = new Promise(resolve => child.once('exit', resolve))
    this.children.splice(this.children.indexOf(child), 1)
    child.kill('SIGTERM')
    const code = await gone
    if (code !== 0) throw new Error(`${child.title} ended with ${code}: ${readFileSync(join(this.dir, `${child.title}.log`), 'utf8').slice(-2000)}`)
  }
}

// The bytes as they are: fetch would tidy address and headers. { status, text }
export async function raw(port, method, target, headers, body) {
  const end = Date.now() + CONNECT_MS
  for (;;) {
    try { return await once(port, method, target, headers, body) } catch (error) {
      if (error.code !== 'ECONNREFUSED' || Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 20)) // it is starting
    }
  }
}
function once(port, method, target, headers, body) {
  const bytes = Buffer.from(body, 'utf8')
  const all = { Host: `127.0.0.1:${port}`, ...headers, 'Content-Length': bytes.length, Connection: 'close' }
  const head = `${method} ${target} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([Buffer.from(head, 'utf8'), bytes])))
    let text = ''
    socket.on('data', chunk => { text += chunk })
    socket.on('error', reject)
    socket.on('end', () => resolve({ status: Number(text.split(' ')[1]), text }))
  })
}
