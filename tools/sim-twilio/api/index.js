// The REST API: who asks, for which account, and where each resource is.
import { HttpServer } from '../../sim-lib/http/server.js'
import { ApiError, faultBody } from '../errors.js'
import { accountRoutes } from './account.js'
import { applicationRoutes } from './applications.js'
import { callRoutes } from './calls.js'
import { conferenceRoutes } from './conferences.js'
import { numberRoutes } from './numbers.js'
import { participantRoutes } from './participants.js'
import { recordingRoutes } from './recordings.js'

export const ROOT = '/2010-04-01/Accounts/{account}'

export function apiServer(sim) {
  const server = new HttpServer({
    before: ctx => before(sim, ctx),
    onUnknown: ctx => refuse(ctx, new ApiError(ctx.wrongMethod ? 20004 : 20404, `${ctx.method} ${ctx.path}`)),
    onError: (ctx, error) => {
      if (error.status && !(error instanceof ApiError)) return ctx.json(error.status, { ...faultBody(error.status), message: error.message })
      if (!(error instanceof ApiError)) sim.log(`${ctx.method} ${ctx.path}: ${error.stack}`)
      refuse(ctx, error instanceof ApiError ? error : new ApiError(20500, error.message))
    },
  })
  const routes = [accountRoutes, applicationRoutes, numberRoutes, callRoutes, conferenceRoutes, participantRoutes, recordingRoutes]
  for (const add of routes) add(server, sim)
  return server
}

async function before(sim, ctx) {
  if (await sim.faults.apply(ctx, (c, status) => c.json(status, faultBody(status)))) return true
  const [user, password] = basic(ctx.headers.authorization)
  sim.account.authenticate(user, password)
  ctx.byKey = user !== sim.account.sid
  const asked = /^\/2010-04-01\/Accounts\/([^/.]+)/.exec(ctx.path)?.[1]
  if (asked && asked !== sim.account.sid) throw new ApiError(20404, 'no such account')
  return false
}

function basic(header) {
  const match = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? '')
  if (!match) throw new ApiError(20003)
  const text = Buffer.from(match[1], 'base64').toString('utf8')
  const at = text.indexOf(':')
  return [text.slice(0, at), text.slice(at + 1)]
}

const refuse = (ctx, error) => ctx.json(error.status, error.body())
