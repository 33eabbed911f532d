// The steering port's routes for calls: look at one, hear what its phone heard, hang up, answer, press keys.
import { found, jsonBody } from '../http/control.js'
import { writeWav } from '../media/index.js'

// calls: Map by the carrier's id; a call may have a phone of the public network as its `line`. show: a call as JSON;
// end: hangs up a call that has no phone with a plan of its own.
export function callRoutes(server, calls, { show, end }) {
  const callOf = ctx => found(calls.get(ctx.params.call), 'call')
  const lineOf = ctx => found(callOf(ctx).line, 'phone of this call')
  server.on('GET', '/control/calls', ctx => ctx.json(200, [...calls.values()].map(show)))
  server.on('GET', '/control/calls/{call}', ctx => ctx.json(200, show(callOf(ctx))))
  server.on('GET', '/control/calls/{call}/heard.wav', ctx =>
    ctx.send(200, writeWav([found(lineOf(ctx).ear, 'recording of a phone').samples()]), { 'content-type': 'audio/x-wav' }))
  server.on('POST', '/control/calls/{call}/hangup', ctx => {
    const call = callOf(ctx)
    if (call.line?.plan) call.line.hangup()
    else end(call)
    ctx.json(200, show(call))
  })
  server.on('POST', '/control/calls/{call}/answer', ctx => {
    lineOf(ctx).answer?.()
    ctx.json(200, show(callOf(ctx)))
  })
  server.on('POST', '/control/calls/{call}/dtmf', ctx => {
    const { digits } = jsonBody(ctx)
    if (!/^[0-9*#]{1,64}$/.test(digits)) throw new Error('digits must be keys 0-9, * and #')
    lineOf(ctx).press?.(digits)
    ctx.json(200, show(callOf(ctx)))
  })
}
