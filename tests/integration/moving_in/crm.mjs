// The database of a CRM in a real MariaDB of the test's own (a private socket, no port), and its dumps.
import { execFileSync } from 'node:child_process'
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { source } from './place.mjs'
import { spawn } from '../../lib/child.mjs'

const START_MS = 60_000

// As Illuminate\Encryption\Encrypter does it.
export class Laravel {
  constructor(bytes = randomBytes(32)) { this.bytes = bytes }
  get appKey() { return `base64:${this.bytes.toString('base64')}` }
  seal(text) {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', this.bytes, iv)
    const value = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64')
    const mac = createHmac('sha256', this.bytes).update(iv.toString('base64') + value).digest('hex')
    // PHP's json_encode escapes slashes
    return Buffer.from(JSON.stringify({ iv: iv.toString('base64'), value, mac, tag: '' }).replaceAll('/', '\\/')).toString('base64')
  }
}

export class Crm {
  dir = mkdtempSync(join(tmpdir(), 'ringmain-crm-'))
  socket = join(this.dir, 's')

  async start() {
    const common = ['--no-defaults', `--datadir=${join(this.dir, 'data')}`, ...(process.getuid() === 0 ? ['--user=root'] : [])]
    execFileSync('mariadb-install-db', [...common, '--auth-root-authentication-method=normal', '--skip-test-db'], { stdio: 'ignore' })
    const bin = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd'].find(existsSync) ?? 'mariadbd'
    this.child = spawn(bin, [...common, `--socket=${this.socket}`, `--pid-file=${join(this.dir, 'pid')}`, '--skip-networking', '--innodb-buffer-pool-size=32M',
      '--innodb-log-file-size=8M', '--default-time-zone=+03:00', `--log-error=${join(this.dir, 'log')}`], { stdio: 'ignore' })
    const end = Date.now() + START_MS
    while (!this.answers()) {
      if (Date.now() > end || this.child.exitCode !== null) throw new Error(`MariaDB did not start: ${readFileSync(join(this.dir, 'log'), 'utf8').slice(-800)}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    this.sql('create database crm character set utf8mb4')
    this.sql(readFileSync(join(source, 'tests/integration/moving_in/crm-tables.sql'), 'utf8'))
    return this
  }
  answers() {
    try { return existsSync(this.socket) && this.client('mariadb', ['-e', 'select 1']) !== '' } catch { return false }
  }
  client(name, args, input) {
    return execFileSync(name, ['--no-defaults', `--socket=${this.socket}`, '-u', 'root', ...args], { input, encoding: 'latin1', maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe'] })
  }
  sql(text) {
    const prefix = text.startsWith('create database') ? [] : ['crm']
    return this.client('mariadb', ['--default-character-set=utf8mb4', ...prefix], Buffer.from(`set sql_mode=''; set time_zone='+00:00'; ${text}`))
  }
  // Rows of one table; null is NULL.
  insert(table, rows) {
    for (const row of rows) {
      const value = v => v === null ? 'NULL' : typeof v === 'number' ? String(v) : Buffer.isBuffer(v) ? `x'${v.toString('hex')}'` : `_utf8mb4 x'${Buffer.from(v).toString('hex')}'`
      this.sql(`insert into \`${table}\` (${Object.keys(row).map(k => `\`${k}\``).join(',')}) values (${Object.values(row).map(value).join(',')})`)
    }
  }
  dump(...options) { return Buffer.from(this.client('mariadb-dump', [...options, 'crm']), 'latin1') }
  async stop() {
    if (this.child?.exitCode === null) {
      const gone = new Promise(resolve => this.child.once('exit', resolve))
      this.child.kill('SIGTERM')
      await gone
    }
    rmSync(this.dir, { recursive: true, force: true })
  }
}
