// Two kinds of connection: for Call Control (dial, webhooks) and for browsers and phones that log in by name.
import { ApiError } from '../errors.js'
import { bool, listOf, nullable, object, oneOf, readBody, string, url, whole } from '../fields.js'
import { iso } from '../ids.js'
import { found, newestFirst, page } from './list.js'

const WEBHOOKS = { active: bool, webhook_event_url: url, webhook_event_failover_url: nullable(url), webhook_api_version: oneOf('1', '2', 'texml'), webhook_timeout_secs: nullable(whole(0, 30)),
  dtmf_type: oneOf('RFC 2833', 'Inband', 'SIP INFO'), anchorsite_override: string, tags: listOf(string), call_cost_in_webhooks: bool }
const limit = nullable(whole(1, 10_000))

const KINDS = {
  call_control_application: {
    path: '/v2/call_control_applications',
    required: ['application_name', 'webhook_event_url'],
    fields: { ...WEBHOOKS, application_name: string, first_command_timeout: bool, first_command_timeout_secs: whole(0, 600), redact_dtmf_debug_logging: bool,
      inbound: object({ channel_limit: limit, shaken_stir_enabled: bool, sip_subdomain: nullable(string), sip_subdomain_receive_settings: oneOf('only_my_connections', 'from_anyone') }),
      outbound: object({ channel_limit: limit, outbound_voice_profile_id: nullable(string) }) },
  },
  credential_connection: {
    path: '/v2/credential_connections',
    required: ['connection_name', 'user_name', 'password'],
    fields: { ...WEBHOOKS, connection_name: string, user_name: string, password: string, sip_uri_calling_preference: oneOf('disabled', 'unrestricted', 'internal'),
      encrypted_media: nullable(oneOf('SRTP')), default_on_hold_comfort_noise_enabled: bool, encode_contact_header_enabled: bool, onnet_t38_passthrough_enabled: bool,
      inbound: object({ ani_number_format: oneOf('+E.164', 'E.164', '+E.164-national', 'E.164-national'), dnis_number_format: oneOf('+e164', 'e164', 'national', 'sip_username'),
        codecs: listOf(string), simultaneous_ringing: oneOf('disabled', 'enabled'), channel_limit: limit, generate_ringback_tone: bool, timeout_1xx_secs: whole(1, 120),
        timeout_2xx_secs: whole(1, 600) }),
      outbound: object({ outbound_voice_profile_id: nullable(string), channel_limit: limit, ani_override: string, ani_override_type: oneOf('always', 'normal', 'emergency'),
        call_parking_enabled: nullable(bool), localization: string, generate_ringback_tone: bool, instant_ringback_enabled: bool }) },
  },
}

export function connectionRoutes(server, sim) {
  const { connections } = sim.account
  const all = () => newestFirst(connections)
  server.on('GET', '/v2/connections', ctx => page(ctx, all(), renderAny))
  server.on('GET', '/v2/connections/{id}', ctx => ctx.json(200, { data: renderAny(found(connections.get(ctx.params.id), 'connection')) }))
  for (const [kind, { path, fields, required }] of Object.entries(KINDS)) {
    const find = ctx => found(sim.account.connection(ctx.params.id, kind), kind.replaceAll('_', ' '))
    server.on('POST', path, ctx => ctx.json(201, { data: render(sim.account.addConnection(kind, checked(sim, readBody(ctx, fields, required)))) }))
    server.on('GET', path, ctx => page(ctx, all().filter(c => c.kind === kind), render))
    server.on('GET', `${path}/{id}`, ctx => ctx.json(200, { data: render(find(ctx)) }))
    server.on('PATCH', `${path}/{id}`, ctx => ctx.json(200, { data: render(merge(find(ctx), checked(sim, readBody(ctx, fields)))) }))
    server.on('DELETE', `${path}/{id}`, ctx => {
      const connection = find(ctx)
      connections.delete(connection.id)
      ctx.json(200, { data: render(connection) })
    })
  }
}

function checked(sim, fields) {
  if (fields.user_name !== undefined && !/^[A-Za-z0-9]{4,32}$/.test(fields.user_name)) throw new ApiError(10015, 'user_name: 4 to 32 letters and digits', '/user_name')
  if (fields.password !== undefined && (fields.password.length < 8 || fields.password.length > 128)) throw new ApiError(10015, 'password: 8 to 128 characters', '/password')
  const taken = fields.user_name && [...sim.account.connections.values()].some(c => c.user_name === fields.user_name)
  if (taken) throw new ApiError(10015, 'user_name: it is taken', '/user_name')
  return fields
}

function merge(connection, { inbound, outbound, ...fields }) {
  Object.assign(connection, fields, { updated: new Date() })
  Object.assign(connection.inbound, inbound)
  Object.assign(connection.outbound, outbound)
  return connection
}

function render({ kind, created, updated, ...fields }) {
  return { record_type: kind, ...fields, created_at: iso(created), updated_at: iso(updated) }
}

const renderAny = c => ({ id: c.id, record_type: c.kind, active: c.active, connection_name: c.connection_name ?? c.application_name, tags: c.tags ?? [], anchorsite_override: 'Latency',
  outbound_voice_profile_id: c.outbound.outbound_voice_profile_id ?? '', webhook_event_url: c.webhook_event_url, webhook_event_failover_url: c.webhook_event_failover_url,
  webhook_api_version: c.webhook_api_version, created_at: iso(c.created), updated_at: iso(c.updated) })
