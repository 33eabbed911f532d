// The REST API under /v2, and the storage host's short-lived media URLs.
import { HttpServer } from '../../sim-lib/http/server.js'
import { actionRoutes } from '../actions/index.js'
import { ApiError, faultBody } from '../errors.js'
import { callRoutes } from './calls.js'
import { connectionRoutes } from './connections.js'
import { credentialRoutes } from './credentials.js'
import { numberRoutes } from './numbers.js'
import { recordingRoutes } from './recordings.js'

export function apiServer(sim) {
  const server = new HttpServer({
    before: ctx => before(sim, ctx),
    onUnknown: ctx => refuse(ctx, new ApiError(ctx.wrongMethod ? 10007 : 10005, `${ctx.method} ${ctx.path}`)),
    onError: (ctx, error) => {
      if (error.status && !(error instanceof ApiError)) return ctx.json(error.status, { errors: [{ ...faultBody(error.status).errors[0], detail: error.message }] })
      if (!(error instanceof ApiError)) sim.log(`${ctx.method} ${ctx.path}: ${error.stack}`)
      refuse(ctx, error instanceof ApiError ? error : new ApiError(10500, error.message))
    },
  })
  server.on('GET', '/v2/balance', ctx => ctx.json(200, { data: { record_type: 'balance', balance: '100.00', available_credit: '100.00', credit_limit: '0.00', currency: 'USD', pending: '0.00' } }))
  for (const add of [connectionRoutes, numberRoutes, credentialRoutes, callRoutes, actionRoutes, recordingRoutes]) add(server, sim)
  server.on('GET', '/media/{ticket}/{name}', ctx => media(sim, ctx))
  return server
}

async function before(sim, ctx) {
  if (await sim.faults.apply(ctx, (c, status) => c.json(status, faultBody(status)))) return true
  if (!ctx.path.startsWith('/media/')) sim.account.authenticate(ctx.headers.authorization)
  return false
}

// As a storage host does: the URL is the proof, a second one is refused, and it is over after a while.
async function media(sim, ctx) {
  const ticket = sim.tickets.get(ctx.params.ticket)
  if (ctx.headers.authorization) return ctx.send(400, 'Only one auth mechanism allowed', { 'content-type': 'text/plain' })
  if (!ticket || ticket.until < Date.now() || !sim.recordings.has(ticket.recording.id)) return ctx.send(403, 'Request has expired', { 'content-type': 'text/plain' })
  const { recording } = ticket
  ctx.send(200, await recording.audio(), { 'content-type': recording.format === 'mp3' ? 'audio/mpeg' : 'audio/wav' })
}

const refuse = (ctx, error) => ctx.json(error.status, error.body())
