// Starts a simulator as a program of its own and waits until it listens.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlOf } from '../../lib/control.mjs'
import { spawn } from '../../lib/child.mjs'

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
    control: controlOf(config.control),
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

// A certificate of this machine for wss.
export function makeCertificate(folder) {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert, key }
}
