// Tests as sentences, in TAP: each runs to its end, a failure is named with its reason.
import { Stack } from '../contract/stack.mjs'

const tests = []
export const test = (name, run) => tests.push({ name, run })
export const equal = (got, wanted, what = '') => {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what} got ${a?.slice(0, 600)}, wanted ${b?.slice(0, 600)}`)
}
export const check = (fine, what) => { if (!fine) throw new Error(what) }

// services: which of them the tests need beside bus and gateway.
export async function run(prepare = async () => {}, services = ['bus', 'gateway']) {
  const stack = new Stack()
  let failed = 0
  console.log(`1..${tests.length}`)
  try {
    await stack.start(services)
    await prepare(stack)
    for (const [i, { name, run: body }] of tests.entries()) {
      try {
        await body(stack)
        console.log(`ok ${i + 1} - ${name}`)
      } catch (error) {
        failed++
        console.log(`not ok ${i + 1} - ${name}`)
        for (const line of String(error.stack).split('\n').slice(0, 6)) console.log(`# ${line}`)
      }
    }
  } catch (error) {
    failed++
    console.log(`Bail out! ${error.message}`)
  } finally {
    await stack.stop()
  }
  process.exit(failed ? 1 : 0)
}

export async function request(stack, method, path, { token = stack.seed.agent.api_token, body, type } = {}) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(stack.url + path, { method, body: text, headers: { authorization: `Bearer ${token}`,
    ...(text === undefined ? {} : { 'content-type': type ?? 'application/json' }) } })
  return { status: answer.status, json: await answer.json() }
}
export async function get(stack, path, token) {
  const { status, json } = await request(stack, 'GET', path, { token })
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`)
  return json
}
// Follows next to the end.
export async function pages(stack, path, token) {
  const rows = []
  let cursor = null
  for (let n = 0; n < 1000; n++) {
    const page = await get(stack, `${path}${path.includes('?') ? '&' : '?'}${cursor ? `cursor=${encodeURIComponent(cursor)}` : ''}`, token)
    rows.push(...page.data)
    cursor = page.next
    if (!cursor) return rows
  }
  throw new Error(`${path} has no end`)
}
// A generator that gives the same numbers in each run.
export function random(seed) {
  let a = seed
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return { below: n => Math.floor(next() * n), of: list => list[Math.floor(next() * list.length)], chance: p => next() < p }
}
