// tools/dev/check-migrations against repositories of its own: what it finds, and that it lets good ones be.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equal, main, test } from '../../sip/lib/tap.mjs'

const check = join(import.meta.dirname, '../../../tools/dev/check-migrations')
const dir = mkdtempSync(join(tmpdir(), 'voip-migrations-'))
const folder = join(dir, 'db')
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
const git = (...args) => execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { env, stdio: 'pipe' })
const add = (...names) => names.forEach(name => writeFileSync(join(folder, name), `-- ${name}\n`))
const commit = () => { git('add', '-A'); git('commit', '-qm', 'more') }
const look = () => {
  const done = spawnSync(check, [folder], { env, encoding: 'utf8' })
  return `${done.status} ${done.stderr.trim()}`
}

mkdirSync(folder)
git('init', '-q')

test('those from before the rule are let be', () => {
  add('20261123000001_a.sql', '20261126000080_c.sql')
  commit()
  add('20261126000075_b.sql')
  commit()
  equal(look(), '0 ')
})

test('what comes together may stand in any order', () => {
  add('20270101000020_e.sql', '20270101000010_d.sql')
  equal(look(), '0 ')
  commit()
  equal(look(), '0 ', 'committed')
})

test('a lower number that comes later is found', () => {
  const said = '1 20270101000015_late.sql: came after a migration with the number 20270101000020. Rename it to a higher number.'
  add('20270101000015_late.sql')
  equal(look(), said)
  git('add', '-A')
  equal(look(), said, 'staged')
  commit()
  equal(look(), said, 'committed')
  renameSync(join(folder, '20270101000015_late.sql'), join(folder, '20270101000030_late.sql'))
  commit()
  equal(look(), '0 ', 'with another name it is good')
})

test('two with one number are found', () => {
  add('20270101000030_twin.sql')
  equal(look(), '1 20270101000030_twin.sql: 20270101000030_late.sql has the same number. Give the later one a higher number.')
  rmSync(join(folder, '20270101000030_twin.sql'))
})

test('a name without a number is found', () => {
  add('2027_short.sql')
  equal(look(), '1 2027_short.sql: a migration is called YYYYMMDDNNNNNN_what_it_does.sql')
})

await main({ up: () => {}, down: () => rmSync(dir, { recursive: true }), log: () => '', dir })
