// Collects keys while its announcements play; the first key silences them.
import { unless } from '../../../sim-lib/wait.js'
import { announcement } from '../announce.js'
import { Keys } from '../keys.js'

const SECONDS = 5

export async function gather(run, element) {
  const { numDigits = Infinity, timeout = SECONDS, finishOnKey = '#', action, method, actionOnEmptyResult } = element.attributes
  const keys = new Keys({ most: Number(numDigits), finish: finishOnKey, idleMs: 1000 * (timeout === 'auto' ? SECONDS : timeout) })
  const listen = text => keys.press(text)
  const { digitListeners } = run.call.stage
  run.call.pickUp()
  digitListeners.add(listen)
  try {
    await prompts(run, element, AbortSignal.any([keys.touched.signal, run.signal]))
    keys.startWaiting()
    await unless(run.signal, keys.done.promise)
  } finally {
    digitListeners.delete(listen)
    keys.stop()
  }
  if (!keys.text && !keys.finishedBy && actionOnEmptyResult !== 'true') return null
  return run.to(action ?? run.base, method, { Digits: keys.text, FinishedOnKey: keys.finishedBy })
}

async function prompts(run, element, signal) {
  for (const child of element.children) {
    const make = await announcement(run.sim, run.call, child, run.base)
    if (signal.aborted || !(await run.call.stage.play(make(), signal))) return
  }
}
