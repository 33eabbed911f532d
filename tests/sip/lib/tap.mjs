// Tests as sentences, one after the other, in TAP.
const tests = []
export const test = (name, run) => tests.push({ name, run })

async function play({ onFailure, only }) {
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

// A file's tests in its stack: all, or those whose name has the first argument. What failed keeps its folder.
export async function main(stack, { before, after } = {}) {
  let failed = 1
  try {
    await stack.up()
    await before?.()
    failed = await play({ only: process.argv[2], onFailure: () => { console.log(`# ${stack.log('controller').split('\n').slice(-12).join('\n# ')}`) } })
  } finally {
    await stack.down(failed > 0)
    await after?.()
    if (failed) console.log(`# kept ${stack.dir}`)
  }
  if (failed) process.exitCode = 1
}

export function equal(got, wanted, what) {
  if (got !== wanted) throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
}
export function ok(value, what) {
  if (!value) throw new Error(what)
}
