// Adds up the JUnit files of a test run; the last line is "N passed, N failed".
// Argument: FOLDER. A file PART.failed in it names a part that failed as a whole; those count as failures when the
// JUnit files show none: a suite that did not even start must not look green.
// Each failure is said once more with its reason: who reads the end of a long log has what he needs.
import { readdirSync, readFileSync } from 'node:fs'

const REASON_LINES = 8
const LINE_LENGTH = 400

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
const plain = text => text
  .replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
  .replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name])
const insideOf = (element, xml) => plain(new RegExp(`<${element}\\b[^>]*>([\\s\\S]*?)</${element}>`).exec(xml)?.[1] ?? '')

// TAP: what stands beside "not ok" as a comment, before it (the C kits) or after it (the scripts).
function tapReasons(output, name) {
  const lines = output.split('\n')
  const at = lines.findIndex(line => line.startsWith('not ok') && line.endsWith(name))
  if (at < 0) return []
  const isComment = line => /^(#|\s)/.test(line ?? '') // Criterion's stand further in
  let from = at
  let to = at + 1
  while (isComment(lines[from - 1])) from--
  while (isComment(lines[to])) to++
  return [...lines.slice(from, at), ...lines.slice(at + 1, to)]
}

function reasons(body, suite, name) {
  const own = insideOf('failure', body).split('\n').filter(line => line.trim())
  const found = own.length ? own : tapReasons(insideOf('system-out', suite), name.replace(/^\d+ - /, ''))
  return found.slice(0, REASON_LINES).map(line => `    ${line.slice(0, LINE_LENGTH)}`)
}

const folder = process.argv[2]
const failedParts = readdirSync(folder).filter(f => f.endsWith('.failed')).map(f => f.replace('.failed', ''))
let passed = 0
let failed = 0
let skipped = 0
for (const file of readdirSync(folder).filter(f => f.endsWith('.xml'))) {
  const xml = readFileSync(`${folder}/${file}`, 'utf8')
  for (const [suite] of xml.matchAll(/<testsuite\b[\s\S]*?(?:<\/testsuite>|$)/g)) {
    for (const [, attributes, body = ''] of suite.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
      if (/<(failure|error)\b/.test(body)) {
        const name = plain(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? '?')
        failed++
        console.log([`FAILED ${file}: ${name}`, ...reasons(body, suite, name)].join('\n'))
      } else if (/<skipped\b/.test(body)) skipped++
      else passed++
    }
  }
}
if (failedParts.length && failed === 0) failed = failedParts.length
if (failedParts.length) console.log(`parts that failed: ${failedParts.join(' ')}`)
if (skipped) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed || skipped || !passed ? 1 : 0)
