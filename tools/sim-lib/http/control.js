// The port by which tests steer a simulator. Only what both simulators share; each adds its own routes.
import { HttpServer } from './server.js'
import { ACTIONS } from './faults.js'

export function controlServer({ faults, hooks, numbers }) {
  const server = new HttpServer({
    onUnknown: ctx => ctx.json(ctx.wrongMethod ? 405 : 404, { error: `no ${ctx.method} ${ctx.path}; GET /control lists what there is` }),
    onError: (ctx, error) => ctx.json(error.status ?? 400, { error: error.message }),
  })
  const ok = ctx => ctx.json(200, { ok: true })
  server.on('GET', '/control', ctx => ctx.json(200, { routes: server.routes.map(r => `${r.method} ${r.pattern}`), fault_actions: ACTIONS }))
  server.on('GET', '/control/faults', ctx => ctx.json(200, faults.list()))
  server.on('POST', '/control/faults', ctx => {
    faults.set(jsonBody(ctx))
    ok(ctx)
  })
  server.on('DELETE', '/control/faults', ctx => {
    faults.clear()
    ok(ctx)
  })
  server.on('POST', '/control/trouble', ctx => {
    hooks.setTrouble(jsonBody(ctx))
    ok(ctx)
  })
  server.on('DELETE', '/control/trouble', ctx => {
    hooks.setTrouble(null)
    ok(ctx)
  })
  server.on('GET', '/control/webhooks', ctx => ctx.json(200, hooks.sent))
  server.on('DELETE', '/control/webhooks', ctx => {
    hooks.sent.length = 0
    ok(ctx)
  })
  server.on('POST', '/control/webhooks/idle', async ctx => {
    await hooks.idle()
    ok(ctx)
  })
  server.on('GET', '/control/numbers', ctx => ctx.json(200, numbers.list()))
  server.on('POST', '/control/numbers', ctx => {
    const { number, kind } = jsonBody(ctx)
    numbers.add(number, kind)
    ok(ctx)
  })
  return server
}

export function jsonBody(ctx) {
  if (ctx.body.length === 0) return {}
  let value
  try {
    value = JSON.parse(ctx.body.toString('utf8'))
  } catch {
    throw new Error('the body is not JSON')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('the body is not a JSON object')
  return value
}

export function found(thing, what) {
  if (!thing) throw Object.assign(new Error(`no such ${what}`), { status: 404 })
  return thing
}
