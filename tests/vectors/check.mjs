// voip debug check-vectors: our own cases and, where it is at hand, the set that came with the carriers' rules
// (RINGMAIN_VECTORS names its folder). Each case must pass, and each must be able to fail.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { damaged, turned } from './cases.mjs'

const voip = process.env.VOIP_CLI_BIN
const shared = process.env.RINGMAIN_VECTORS ?? new URL('../../../shared/vectors', import.meta.url).pathname
const own = new URL('carriers.json', import.meta.url).pathname
const files = [own, ...(existsSync(shared) ? readdirSync(shared).sort().map(name => join(shared, name)) : [])]
const dir = mkdtempSync(join(tmpdir(), 'vectors-'))

const check = path => {
  const { status, stdout, stderr } = spawnSync(voip, ['debug', 'check-vectors', path], { encoding: 'utf8', env: { ...process.env, VOIP_ENV_FILE: '/dev/null' } })
  return { status, lines: stdout.trimEnd().split('\n'), stderr }
}
const written = (name, content) => {
  const path = join(dir, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const equal = (got, wanted) => {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`)
}

const tests = [
  ...files.map(path => [`all of ${path.split('/').pop()} passes`, () => {
    const { cases } = JSON.parse(readFileSync(path, 'utf8'))
    const { status, lines } = check(path)
    const optional = cases.filter(c => c.optional).map(c => c.id)
    equal(lines.filter(l => l.startsWith('failed ')), [])
    equal(lines.filter(l => l.startsWith('optional ')).map(l => l.split(' ')[1].replace(':', '')), optional)
    equal([status, lines.at(-1)], [0, `${cases.length} passed, 0 failed`])
  }]),
  ...files.map(path => [`all of ${path.split('/').pop()} fails when its verdicts are turned`, () => {
    const cases = JSON.parse(readFileSync(path, 'utf8')).cases.map(c => ({ ...turned(c), optional: undefined }))
    const { status, lines } = check(written('turned.json', { cases }))
    equal(lines.slice(0, -1).map(l => l.split(/[ :]/)[1]), cases.map(c => c.id))
    equal([status, lines.at(-1)], [1, `0 passed, ${cases.length} failed`])
  }]),
  ['an optional case that is decided otherwise is named and does not fail', () => {
    const [c] = JSON.parse(readFileSync(own, 'utf8')).cases
    const { status, lines } = check(written('optional.json', { cases: [{ ...turned(c), optional: true }] }))
    equal(lines[0].startsWith(`optional ${c.id}: decided otherwise: `), true)
    equal([status, lines.at(-1)], [0, '0 passed, 0 failed'])
  }],
  ['damaged cases fail, each by name', () => {
    const { status, lines } = check(written('damaged.json', { cases: damaged }))
    equal([status, lines.length, lines.at(-1)], [1, damaged.length + 1, `0 passed, ${damaged.length} failed`])
  }],
  ['a file that is none gets a sentence', () => {
    for (const path of [join(dir, 'none.json'), written('bad.json', '{"cases": ['), written('empty.json', { cases: [] }), written('list.json', [])]) {
      const { status, lines, stderr } = check(path)
      equal([status, lines, stderr.startsWith('voip: ')], [1, [''], true])
    }
  }],
]

console.log(`1..${tests.length}`)
let failed = 0
for (const [i, [name, run]] of tests.entries()) {
  try {
    run()
    console.log(`ok ${i + 1} - ${name}`)
  } catch (error) {
    failed++
    console.log(`not ok ${i + 1} - ${name}\n# ${error.message}`)
  }
}
rmSync(dir, { recursive: true })
process.exit(failed ? 1 : 0)
