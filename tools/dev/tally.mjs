// Adds up the JUnit files of a test run; the last line is "N passed, N failed".
// Argument: FOLDER. A file PART.failed in it names a part that failed as a whole; those count as failures when the
// JUnit files show none: a suite that did not even start must not look green.
import { readdirSync, readFileSync } from 'node:fs'

const folder = process.argv[2]
const failedParts = readdirSync(folder).filter(f => f.endsWith('.failed')).map(f => f.replace('.failed', ''))
let passed = 0
let failed = 0
let skipped = 0
for (const file of readdirSync(folder).filter(f => f.endsWith('.xml'))) {
  const xml = readFileSync(`${folder}/${file}`, 'utf8')
  for (const [, attributes, body] of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (/<(failure|error)\b/.test(body)) {
      failed++
      console.log(`FAILED ${file}: ${/\bname="([^"]*)"/.exec(attributes)?.[1] ?? '?'}`)
    } else if (/<skipped\b/.test(body)) skipped++
    else passed++
  }
}
if (failedParts.length && failed === 0) failed = failedParts.length
if (failedParts.length) console.log(`parts that failed: ${failedParts.join(' ')}`)
if (skipped) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed || skipped || !passed ? 1 : 0)
