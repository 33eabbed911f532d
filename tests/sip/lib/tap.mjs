// Tests as sentences, one after the other, in TAP.
const tests = []
export const test = (name, run) => tests.push({ name, run })

export async function play({ onFailure, only } = {}) {
  const chosen = tests.filter(t => !only || t.name.includes(only))
  let failed = 0
  console.log(`TAP version 13\n1..${chosen.length}`)
  for (const [i, { name, run }] of chosen.entries()) {
    const started = Date.now()
    try {
      await run()
      console.log(`ok ${i + 1} - ${name} # ${Date.now() - started} ms`)
    } catch (err) {
      failed++
      console.log(`not ok ${i + 1} - ${name}\n  ---\n  error: ${JSON.stringify(err.stack ?? String(err))}\n  ...`)
      await onFailure?.(name, err)
    }
  }
  return failed
}

export function equal(got, wanted, what) {
  if (got !== wanted) throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
}
export function ok(value, what) {
  if (!value) throw new Error(what)
}
