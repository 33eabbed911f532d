// Calls f until it gives something true; the last value is in the error. It is patient: how fast something happens on a
// machine that is busy with other tests is nothing to judge; where a time is promised, a test names it.
export async function until(what, f, seconds = 30) {
  const end = Date.now() + seconds * 1000
  let last
  for (;;) {
    last = await f()
    if (last) return last
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s (last: ${JSON.stringify(last)})`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
