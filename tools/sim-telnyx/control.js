// What a test may do and see: phones that call in, hang up, press keys; what everybody heard.
import { controlServer, found, jsonBody } from '../sim-lib/http/control.js'
import { MUSIC_HZ, RINGBACK_HZ, SPEECH_HZ } from '../sim-lib/media/index.js'
import { callRoutes } from '../sim-lib/pstn/control-calls.js'
import { planOf } from '../sim-lib/pstn/plan.js'
import { iso } from './ids.js'

export function controlPort(sim) {
  const server = controlServer(sim)
  server.on('GET', '/control/config', ctx => ctx.json(200, configOf(sim)))
  server.on('POST', '/control/ring', ctx => {
    const { from = '+14155550199', to, caller_name, ...sound } = jsonBody(ctx)
    ctx.json(201, show(sim.comeIn({ from, to, plan: planOf(sound), callerName: caller_name })))
  })
  callRoutes(server, sim.legs, { show, end: leg => leg.end('completed') })
  server.on('GET', '/control/notes', ctx => ctx.json(200, sim.notes))
  accountRoutes(server, sim)
  deviceRoutes(server, sim)
  return server
}

function accountRoutes(server, sim) {
  server.on('POST', '/control/account', ctx => {
    const { active = sim.account.active, gateway_state = sim.rtc.state, token_ttl = sim.tokens.ttl, media_ttl_ms = sim.mediaTtlMs, ...unknown } = jsonBody(ctx)
    if (Object.keys(unknown).length) throw new Error(`unknown member '${Object.keys(unknown)[0]}' (active, gateway_state, token_ttl, media_ttl_ms)`)
    sim.account.active = active === true
    sim.rtc.state = gateway_state
    sim.tokens.ttl = Number(token_ttl)
    sim.mediaTtlMs = Number(media_ttl_ms)
    ctx.json(200, { active: sim.account.active, gateway_state, token_ttl: sim.tokens.ttl, media_ttl_ms: sim.mediaTtlMs })
  })
}

function deviceRoutes(server, sim) {
  const sessionOf = ctx => found([...sim.rtc.sessions].find(s => s.identity?.username === ctx.params.user), 'connected device')
  server.on('GET', '/control/devices', ctx => ctx.json(200, [...sim.rtc.sessions].map(s => ({ user: s.identity?.username ?? null, credential: s.identity?.id ?? null, messages: s.heard }))))
  server.on('POST', '/control/devices/{user}/drop', ctx => {
    sessionOf(ctx).drop()
    ctx.json(200, { ok: true })
  })
  server.on('POST', '/control/devices/{user}/punt', ctx => {
    sessionOf(ctx).punt()
    ctx.json(200, { ok: true })
  })
}

const show = leg => ({
  call_control_id: leg.id, call_leg_id: leg.legId, call_session_id: leg.sessionId, connection_id: leg.connection.id, direction: leg.direction, from: leg.from, to: leg.to,
  state: leg.state, parked: leg.parked, cause: leg.cause ?? null, client_state: leg.clientState, bridged_with: leg.bridge?.other.id ?? null, answered_at: iso(leg.answeredAt),
  ended_at: iso(leg.endedAt), phone: leg.line?.report() ?? null,
})

// All that a client needs to know; also what main.js prints.
export const configOf = sim => ({
  api: `${sim.publicBase}/v2`,
  rtc: `ws://127.0.0.1:${sim.ports.rtc}`,
  control: `http://127.0.0.1:${sim.ports.control}`,
  api_key: sim.account.apiKey,
  public_key: sim.signer.publicKey,
  connection_id: [...sim.account.connections.values()].find(c => c.kind === 'call_control_application').id,
  credential_connection_id: [...sim.account.connections.values()].find(c => c.kind === 'credential_connection').id,
  numbers: [...sim.account.numbers.values()].map(n => n.phoneNumber),
  phones: sim.numbers.list(),
  tones: { speech: SPEECH_HZ, music: MUSIC_HZ, ringback: RINGBACK_HZ },
})
