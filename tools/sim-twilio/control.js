// What a test may do and see: phones that call in, hang up, press keys; what everybody heard; what the application did wrong.
import { controlServer, found, jsonBody } from '../sim-lib/http/control.js'
import { MUSIC_HZ, RINGBACK_HZ, SPEECH_HZ } from '../sim-lib/media/index.js'
import { callRoutes } from '../sim-lib/pstn/control-calls.js'
import { planOf } from '../sim-lib/pstn/plan.js'
import { renderCall } from './api/calls.js'

export function controlPort(sim) {
  const server = controlServer(sim)
  server.on('GET', '/control/config', ctx => ctx.json(200, configOf(sim)))
  server.on('POST', '/control/ring', ctx => {
    const { from = '+14155550199', to, forwarded_from, caller_name, ...sound } = jsonBody(ctx)
    const call = sim.comeIn({ from, to, plan: planOf(sound), forwardedFrom: forwarded_from, callerName: caller_name })
    ctx.json(201, show(call))
  })
  callRoutes(server, sim.calls, { show, end: call => call.hangup() })
  server.on('GET', '/control/errors', ctx => ctx.json(200, sim.errors))
  server.on('GET', '/control/notes', ctx => ctx.json(200, sim.notes))
  accountRoutes(server, sim)
  deviceRoutes(server, sim)
  return server
}

function accountRoutes(server, sim) {
  server.on('POST', '/control/account', ctx => {
    const { status = sim.account.status, region = sim.account.region, token_life = null, ...unknown } = jsonBody(ctx)
    if (Object.keys(unknown).length) throw new Error(`unknown member '${Object.keys(unknown)[0]}' (status, region, token_life)`)
    if (!['active', 'suspended', 'closed'].includes(status)) throw new Error('status must be active, suspended or closed')
    if (token_life !== null && !(token_life >= 1)) throw new Error('token_life is in seconds, 1 or more; without it tokens live as long as they say')
    Object.assign(sim.account, { status, region, tokenLife: token_life ?? Infinity })
    ctx.json(200, { status, region, token_life })
  })
}

function deviceRoutes(server, sim) {
  const device = ({ identity, registered, heard }) => ({ identity, registered, messages: heard })
  const sessionOf = ctx => found([...sim.signal.sessions].find(s => s.identity === ctx.params.identity), 'connected device')
  server.on('GET', '/control/devices', ctx => ctx.json(200, [...sim.signal.sessions].map(device)))
  server.on('POST', '/control/devices/{identity}/expire', ctx => {
    sessionOf(ctx).expire()
    ctx.json(200, { ok: true })
  })
  server.on('POST', '/control/devices/{identity}/drop', ctx => {
    sessionOf(ctx).drop()
    ctx.json(200, { ok: true })
  })
}

const show = call => ({ ...renderCall(call), parameters: call.extra, sip_code: call.sipCode, conference: call.conference?.sid ?? null,
  phone: call.line?.report() ?? null })

// All that a client needs to know; also what main.js prints.
export const configOf = sim => ({
  api: sim.publicBase,
  signal: `127.0.0.1:${sim.ports.signal}`,
  control: `http://127.0.0.1:${sim.ports.control}`,
  account_sid: sim.account.sid,
  auth_token: sim.account.authToken,
  api_key_sid: [...sim.account.keys.keys()][0],
  api_key_secret: [...sim.account.keys.values()][0].secret,
  app_sid: [...sim.account.applications.keys()][0],
  region: sim.account.region,
  numbers: [...sim.account.numbers.values()].map(n => n.phoneNumber),
  phones: sim.numbers.list(),
  tones: { speech: SPEECH_HZ, music: MUSIC_HZ, ringback: RINGBACK_HZ },
})
