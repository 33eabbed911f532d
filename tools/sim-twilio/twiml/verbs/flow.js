// Verbs that end a call or lead elsewhere.
import { Cancelled } from '../../../sim-lib/wait.js'

export async function hangup(run) {
  run.call.hangup()
  throw new Cancelled()
}

// A call that was not answered is refused without cost.
export async function reject(run, element) {
  const busy = element.attributes.reason === 'busy'
  run.call.end(busy ? 'busy' : 'no-answer', { sipCode: busy ? 486 : 603 })
  throw new Cancelled()
}

export async function redirect(run, element) {
  return run.to(element.text.trim() || run.base, element.attributes.method)
}
