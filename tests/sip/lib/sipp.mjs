// sipp as the carrier, from an address of its own.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { scenario } from './scenario.mjs'
import { spawn } from '../../lib/child.mjs'

let runs = 0

// Plays the steps. done resolves when sipp did its calls and rejects with sipp's own words when a step failed.
export function sipp(dir, name, steps, { host, port, remote, calls = 1, timeout = 25, args = [], transport = 'u1' }) {
  const base = join(dir, `${++runs}-${name}`)
  writeFileSync(`${base}.xml`, scenario(name, steps))
  const child = spawn('sipp', ['-sf', `${base}.xml`, '-i', host, '-p', String(port), '-m', String(calls), '-t', transport, '-nostdin', '-timeout', `${timeout}s`,
    '-timeout_error', '-recv_timeout', '20000', '-trace_err', '-error_file', `${base}.err`, '-trace_msg', '-message_file', `${base}.msg`, '-max_reconnect', '1',
    ...args, ...(remote ? [remote] : [])], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', chunk => { stderr += chunk })
  const read = ext => (existsSync(base + ext) ? readFileSync(base + ext, 'utf8') : '')
  const done = new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`sipp ${name} ended with ${code ?? signal}: ${(read('.err') || stderr).slice(0, 1800)}`))
    })
  })
  done.catch(() => {}) // awaited by the test
  return {
    child, done,
    bound: () => bound(child, host, port, transport.startsWith('u') ? 'udp' : 'tcp'),
    messages: () => read('.msg'),
    received: () => messages(read('.msg'), 'received'),
    sent: () => messages(read('.msg'), 'sent'),
    stop: () => child.kill('SIGKILL'),
  }
}

// sipp has its port, which the kernel's table shows; nothing else tells.
async function bound(child, host, port, table) {
  const address = `${host.split('.').reverse().map(n => Number(n).toString(16).padStart(2, '0')).join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
  while (child.exitCode === null && !readFileSync(`/proc/net/${table}`, 'utf8').includes(` ${address} `)) await setTimeout(10)
}

// The messages of sipp's trace in one direction.
function messages(trace, direction) {
  return trace.split(/-{20,} [^\n]*\n/).filter(part => new RegExp(`^(UDP|TCP|TLS|SSL)?[^\\n]*message ${direction}`, 'm').test(part))
    .map(part => part.replace(/^[^\n]*message [^\n]*\n\s*/, ''))
}
