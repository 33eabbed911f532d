// clang-tidy over every C file of ours that is compiled: node tidy.mjs BUILD-DIR [PATH-PREFIX ...]
// One process a core. Findings go to standard output, progress to descriptor 3 where there is one.
// What is generated has no place in git and is passed over; the tests' own code is, too.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, realpathSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'

const [build, ...prefixes] = process.argv.slice(2)
const top = realpathSync('.')
const ours = new Set(execFileSync('git', ['ls-files', '-z', 'libcommon', 'services', 'tools']).toString().split('\0'))
const compiled = JSON.parse(readFileSync(`${build}/compile_commands.json`, 'utf8'))
  .map(entry => relative(top, resolve(entry.directory, entry.file)))
const files = [...new Set(compiled)].sort()
  .filter(file => ours.has(file) && (!prefixes.length || prefixes.some(prefix => file.startsWith(prefix))))

// clang 14's analyzer does not know __attribute__((cleanup)) nor lists threaded through their members:
// every leak it reports is one of those. The sanitizers of ./dev test find leaks; other misuse of
// memory (use after free, double free) is reported here.
const untrue = text => /error: Potential leak of memory .*\[clang-analyzer-unix\.Malloc\b/.test(text)

// A finding begins with "FILE:LINE:COLUMN: error|warning:", and its notes follow it.
const finding = /^\S+:\d+:\d+: (error|warning): /
const place = /^\S*\/\.\.\/\S*(?=:\d+:\d+:)/ // the compile database has paths from the build folder
function findings(output) {
  const found = []
  for (const raw of output.split('\n')) {
    const line = raw.replace(place, path => relative(top, resolve(path)))
    if (finding.test(line)) found.push([])
    found.at(-1)?.push(line)
  }
  return found.map(lines => lines.join('\n').trimEnd())
}

function tidy(file) {
  return new Promise(done => {
    const child = spawn('clang-tidy', ['-p', build, '--quiet', file])
    let output = ''
    let errors = ''
    child.stdout.on('data', data => { output += data })
    child.stderr.on('data', data => { errors += data })
    child.on('error', error => done({ code: 1, output, errors: error.message }))
    child.on('close', code => done({ code, output, errors }))
  })
}

function progress(done) {
  try { writeSync(3, done % 50 && done < files.length ? '' : `    ${done} of ${files.length} files\n`) } catch { /* nobody watches */ }
}

const seen = new Map() // by its first line: a header's finding comes with each file that includes it
let broken = 0
let done = 0
const queue = [...files]
async function work() {
  for (let file; (file = queue.shift());) {
    const { code, output, errors } = await tidy(file)
    const found = findings(output)
    for (const text of found.filter(text => !untrue(text))) seen.set(text.split('\n', 1)[0], text)
    if (code && !found.length) {
      broken++
      console.log(`${file}: clang-tidy failed\n${errors}`)
    }
    progress(++done)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))
for (const text of seen.values()) console.log(text)
console.log(`${files.length} files, ${seen.size} findings, ${broken} could not be read`)
process.exit(seen.size || broken || !files.length ? 1 : 0)
