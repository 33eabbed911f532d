// The house rules a compiler does not know: file sizes, and who may call whom
// (pages -> components -> composables and stores -> api; calls/ knows no Vue).
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const MOST_LINES = { vue: 200, ts: 300 }
const GENERATED = new Set(['components.d.ts', 'api/schema.d.ts', 'api/socket-schema.d.ts'])
const FORBIDDEN = [
  { in: /^(pages|components)\//, what: /from '@\/api\/http'|\bfetch\(/, why: 'a component never fetches' },
  { in: /^(api|calls)\//, what: /from '(vue|pinia|vue-router|vue-i18n)'/, why: 'no Vue below the stores' },
  { in: /^api\//, what: /from '@\/(calls|stores|composables|components|pages)/, why: 'api calls nobody up' },
  { in: /^calls\//, what: /from '@\/(stores|composables|components|pages)/, why: 'calls calls nobody up' },
  { in: /\.vue$/, what: /\bv-html\b/, why: 'v-html runs what others wrote' },
  { in: /./, what: /\bconsole\.|\bdebugger\b/, why: 'nothing is logged to the console' },
]

const root = new URL('../src/', import.meta.url).pathname
const names = (await readdir(root, { recursive: true })).filter((n) => /\.(vue|ts)$/.test(n))
let faults = 0

function complain(name, why) {
  console.error(`src/${name}: ${why}`)
  faults++
}

for (const name of names.filter((n) => !GENERATED.has(n))) {
  const text = await readFile(join(root, name), 'utf8')
  const lines = text.split('\n').length - 1
  const most = MOST_LINES[name.split('.').pop()]
  if (lines > most) complain(name, `${lines} lines, at most ${most}`)
  for (const rule of FORBIDDEN) {
    if (rule.in.test(name) && rule.what.test(text)) complain(name, rule.why)
  }
}
process.exitCode = faults ? 1 : 0
