// Starts a simulator as a program of its own and waits until it listens.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function startSimulator(name, args) {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  const ready = join(folder, 'ready.json')
  const program = new URL(`../../../tools/${name}/main.js`, import.meta.url).pathname
  const listening = fileAppears(folder, 'ready.json')
  const child = spawn(process.execPath, [program, '--ready', ready, ...args(folder)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', data => { said += data })
  const died = new Promise((_, reject) => child.once('exit', code => reject(new Error(`${name} ended with ${code}: ${said}`))))
  died.catch(() => {})
  await Promise.race([listening, died])
  const config = JSON.parse(readFileSync(ready, 'utf8'))
  return {
    config,
    complaints: () => said,
    control: controlClient(config.control),
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

function fileAppears(folder, name) {
  return new Promise(resolve => {
    const watcher = watch(folder, (_, file) => {
      if (file !== name) return
      try {
        JSON.parse(readFileSync(join(folder, name), 'utf8'))
      } catch {
        return // not whole yet
      }
      watcher.close()
      resolve()
    })
  })
}

function controlClient(base) {
  const ask = async (method, path, body) => {
    const answer = await fetch(`${base}/control${path}`, { method, body: body && JSON.stringify(body) })
    const type = answer.headers.get('content-type') ?? ''
    const value = type.startsWith('audio/') ? Buffer.from(await answer.arrayBuffer()) : await answer.json()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${value.error}`)
    return value
  }
  return { get: path => ask('GET', path), post: (path, body) => ask('POST', path, body), del: path => ask('DELETE', path) }
}

// A certificate of this machine for wss.
export function makeCertificate(folder) {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}
