// Call Control: POST /calls/{id}/actions/NAME. A command_id that was seen within a minute does nothing again.
import { ApiError } from '../errors.js'
import { base64, readBody, string } from '../fields.js'
import { answer, bridge, hangup, reject, transfer } from './connect.js'
import { playback_start, playback_stop, send_dtmf, speak } from './sound.js'
import { record_pause, record_resume, record_start, record_stop } from './record.js'

const actions = { answer, bridge, hangup, reject, transfer, playback_start, playback_stop, send_dtmf, speak, record_start, record_stop, record_pause, record_resume }
const COMMON = { client_state: base64, command_id: string }
const REMEMBER_MS = 60_000

export function actionRoutes(server, sim) {
  const seen = new Map()
  server.on('POST', '/v2/calls/{call}/actions/{action}', async ctx => {
    const action = Object.hasOwn(actions, ctx.params.action) ? actions[ctx.params.action] : null
    if (!action) throw new ApiError(10005, `no action '${ctx.params.action}' in the simulator; there are: ${Object.keys(actions).join(', ')}`)
    const leg = sim.legs.get(ctx.params.call)
    if (!leg) throw new ApiError(90015, `no call has the control id '${ctx.params.call}'`)
    const fields = readBody(ctx, { ...COMMON, ...action.fields }, action.required)
    if (repeated(seen, fields.command_id)) return ctx.json(200, { data: { result: 'ok' } })
    if (!leg.live) throw new ApiError(90018, 'This call is no longer active and can not receive commands.')
    if (action.answered && leg.state !== 'answered') throw new ApiError(90034, `${ctx.params.action} needs a call that was answered`)
    if (fields.client_state !== undefined) leg.clientState = fields.client_state
    await action.run(leg, fields)
    ctx.json(200, { data: { result: 'ok' } })
  })
}

// Also used by dial: the answer to a repeat is the caller's business.
export function repeated(seen, id, value = true) {
  if (!id) return null
  const now = Date.now()
  for (const [key, { at }] of seen) if (now - at > REMEMBER_MS) seen.delete(key)
  const before = seen.get(id)
  if (before?.value) return before.value
  seen.set(id, { at: now, value })
  return null
}
