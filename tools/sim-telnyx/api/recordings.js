import { readBody } from '../fields.js'
import { found, newestFirst, page } from './list.js'

export function recordingRoutes(server, sim) {
  const find = ctx => found(sim.recordings.get(ctx.params.id), 'recording')
  const from = (r, v) => r.started >= new Date(v)
  const until = (r, v) => r.started <= new Date(v)
  server.on('GET', '/v2/recordings', ctx => page(ctx, newestFirst(sim.recordings).filter(r => r.status === 'completed'), r => r.render(), {
    call_session_id: (r, v) => r.leg.sessionId === v,
    call_leg_id: (r, v) => r.leg.legId === v,
    call_control_id: (r, v) => r.leg.id === v,
    connection_id: (r, v) => r.leg.connection.id === v,
    'created_at][gte': from,
    'created_at][lte': until,
  }))
  server.on('GET', '/v2/recordings/{id}', ctx => ctx.json(200, { data: find(ctx).render() }))
  server.on('DELETE', '/v2/recordings/{id}', ctx => {
    readBody(ctx, {})
    const recording = find(ctx)
    recording.stop()
    sim.recordings.delete(recording.id)
    ctx.json(200, { data: recording.render() })
  })
}
