// Provider administration against the real services and a SIP carrier made of one socket: who may, what is kept, what
// is never shown, and that a stored trunk really is used.
import { freePort } from '../../lib/ports.mjs'
import { header, response, udpPeer } from '../../sip/lib/peer.mjs'
import { System, equal, main, ok, test } from './providers_kit.mjs'

const PASSWORD = 'canary-Fp7xQ2mZ9k'
const OTHER = 'canary-second-81Lq'
const system = new System()
let carrier, port
const sip = () => ({ sip_server: '127.0.0.41', sip_port: port, username: 'u100', password: PASSWORD, register: true })
const create = async (name, config = sip(), more = {}) =>
  (await system.want(201, 'POST', '/admin/voip/providers', { name, driver: 'sip', config, ...more })).json.data
const at = provider => `/admin/voip/providers/${provider.id}`

function registrar(request) {
  if (request.startsWith('OPTIONS')) return response(request, 200, 'OK')
  if (!request.startsWith('REGISTER')) return null
  if (!header(request, 'Authorization')) return response(request, 401, 'Unauthorized', ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'])
  return response(request, 200, 'OK', [`Contact: ${header(request, 'Contact')};expires=600`])
}

test('the drivers say what they have to be told', async () => {
  const { json } = await system.want(200, 'GET', '/admin/voip/drivers')
  equal(json.data.map(d => d.name).sort(), ['sip', 'telnyx', 'twilio'], 'drivers')
  const fields = json.data.find(d => d.name === 'twilio').fields
  ok(fields.find(f => f.key === 'auth_token').secret, 'the token is a secret')
  ok(fields.every(f => f.label && f.key !== 'api_base'), 'labels, and nothing that is the operator\'s')
})

test('each operation has its permission', async () => {
  const provider = await create('guarded')
  const { agent } = system.seed
  const paths = [['GET', '/admin/voip/drivers'], ['GET', '/admin/voip/providers'], ['POST', '/admin/voip/providers'], ['POST', '/admin/voip/providers/mass-destroy'],
    ['GET', at(provider)], ['PUT', at(provider)], ['PATCH', at(provider)], ['DELETE', at(provider)], ['POST', `${at(provider)}/activate`],
    ['POST', `${at(provider)}/test`], ['POST', `${at(provider)}/provision`], ['GET', '/admin/voip/trunks'], ['POST', '/admin/voip/trunks'],
    ['POST', '/admin/voip/trunks/mass-destroy'], ['GET', `/admin/voip/trunks/${provider.trunk_id}`], ['PUT', `/admin/voip/trunks/${provider.trunk_id}`],
    ['PATCH', `/admin/voip/trunks/${provider.trunk_id}`], ['DELETE', `/admin/voip/trunks/${provider.trunk_id}`], ['GET', '/admin/voip/debug/trunks'],
    ['POST', '/admin/voip/debug/vectors']]
  for (const [method, path] of paths) {
    const body = method === 'GET' ? undefined : {}
    equal((await system.ask(method, path, body, { who: agent })).status, 403, `${method} ${path} of an agent`)
    equal((await system.ask(method, path, body, { who: null })).status, 401, `${method} ${path} of nobody`)
  }
  equal((await system.want(200, 'GET', at(provider))).json.data.version, provider.version, 'nothing changed')
  await system.want(200, 'DELETE', at(provider))
})

test('an organisation fills nobody else\'s memory', async () => {
  const provider = await create('many')
  const fill = (table, most) => system.sql(`insert into ${table} select r.* from ${table} x, generate_series(1, ${most} - (select count(*) from ${table} where org_id = x.org_id)) n,
    jsonb_populate_record(x, jsonb_build_object('id', gen_random_uuid(), 'name', 'filler ' || n)) r where x.id = '${table === 'trunks' ? provider.trunk_id : provider.id}'`)
  fill('trunks', 100)
  const trunk = await system.want(422, 'POST', '/admin/voip/trunks', { name: 'one more', provider_id: provider.id, host: '127.0.0.41' })
  ok(/at most 100 trunks/.test(trunk.json.fields.name), JSON.stringify(trunk.json))
  system.sql(`delete from trunks where name like 'filler%'`)
  fill('providers', 50)
  const one = await system.want(422, 'POST', '/admin/voip/providers', { name: 'one more', driver: 'sip', config: sip() })
  ok(/at most 50 providers/.test(one.json.fields.name), JSON.stringify(one.json))
  system.sql(`delete from providers where name like 'filler%'`)
  const last = await create('one more')
  for (const one of [last, provider]) await system.want(200, 'DELETE', at(one))
})

test('a SIP provider gets its trunk, which registers at once', async () => {
  const provider = await create('registers')
  ok(provider.trunk_id && !provider.is_active, JSON.stringify(provider))
  const trunk = (await system.want(200, 'GET', `/admin/voip/trunks/${provider.trunk_id}`)).json.data
  equal([trunk.host, trunk.port, trunk.sip_username, trunk.register, trunk.auth_method, trunk.name], ['127.0.0.41', port, 'u100', true, 'username_password', 'registers'], 'the trunk')
  await system.until('a REGISTER with our digest', () => carrier.requests.find(r => r.startsWith('REGISTER') && header(r, 'Authorization')))
  await system.until('health', async () => (await system.want(200, 'GET', at(provider))).json.data.health === 'up')
  const line = (await system.want(200, 'GET', '/admin/voip/debug/trunks')).json.data.find(t => t.id === provider.trunk_id)
  ok(line.health === 'up' && line.nodes.length === 1 && line.nodes[0].registered && line.nodes[0].sip_status === 200, JSON.stringify(line))
  await system.want(200, 'DELETE', at(provider))
  await system.until('the trunk\'s end', () => carrier.requests.some(r => r.startsWith('REGISTER') && header(r, 'Expires') === '0'))
})

test('a secret is never shown, only its last four; it is sealed in the database', async () => {
  const provider = await create('secret')
  equal(provider.config.password, { set: true, last4: PASSWORD.slice(-4) }, 'what is shown')
  const answers = [await system.want(200, 'GET', at(provider)), await system.want(200, 'GET', '/admin/voip/providers'), await system.want(200, 'GET', '/admin/voip/trunks'),
    await system.want(200, 'GET', `/admin/voip/trunks/${provider.trunk_id}`), await system.want(200, 'GET', '/admin/voip/debug/trunks'), await system.want(200, 'POST', `${at(provider)}/test`)]
  for (const { text } of answers) ok(!text.includes(PASSWORD), text)
  const rows = system.sql(`select config || coalesce(config_hint::text, '') || (select secret from trunks where id = '${provider.trunk_id}') from providers where id = '${provider.id}'`)
  ok(!rows.includes(PASSWORD) && /^v2\./.test(rows), rows)
  const audit = system.sql('select string_agg(detail::text, \' \') from audit_log')
  ok(!audit.includes(PASSWORD) && /"password"/.test(audit), 'the audit log names the setting, not its value')
  await system.want(200, 'DELETE', at(provider))
})

test('a blank secret, or what was shown, keeps the stored one; another one is used', async () => {
  const provider = await create('keeps')
  const sealed = () => system.sql(`select secret from trunks where id = '${provider.trunk_id}'`)
  for (const password of ['', { set: true, last4: 'Z9k!' }, undefined]) {
    const { json } = await system.want(200, 'PATCH', at(provider), { config: { password, from_domain: 'reg.example' } })
    equal(json.data.config.password, { set: true, last4: PASSWORD.slice(-4) }, 'the secret')
    equal(json.data.config.from_domain, 'reg.example', 'what was sent beside it')
  }
  const before = sealed()
  const { json } = await system.want(200, 'PUT', at(provider), { config: { password: OTHER } })
  equal(json.data.config.password.last4, OTHER.slice(-4), 'the new secret')
  ok(sealed() !== before, 'the trunk has it too')
  equal(json.data.config.username, 'u100', 'what was not sent stays, with PUT too')
  equal((await system.want(422, 'PATCH', at(provider), { config: { password: null } })).json.fields.password !== undefined, true, 'a needed one cannot go')
  await system.want(200, 'DELETE', at(provider))
})

test('a stored password is not sent to another server: it is asked for again', async () => {
  const provider = await create('moves')
  const host = () => system.sql(`select host from trunks where id = '${provider.trunk_id}'`)
  const trunk = `/admin/voip/trunks/${provider.trunk_id}`
  for (const [path, body] of [[at(provider), { config: { sip_server: '127.0.0.49', password: '' } }], [at(provider), { config: { outbound_proxy: 'sip:127.0.0.49' } }],
    [trunk, { host: '127.0.0.49' }], [trunk, { host: '127.0.0.49', password: '' }], [trunk, { outbound_proxy: 'sip:127.0.0.49' }]]) {
    const refused = await system.want(422, 'PATCH', path, body)
    ok(/another server/.test(refused.json.fields.password), refused.text)
  }
  equal(host(), '127.0.0.41', 'nothing changed')
  await system.want(200, 'PATCH', trunk, { host: '127.0.0.49', password: OTHER })
  await system.want(200, 'PATCH', at(provider), { config: { sip_server: '127.0.0.41', password: PASSWORD } })
  equal(host(), '127.0.0.41', 'with the password it moves')
  const { json } = await system.want(200, 'PATCH', at(provider), { config: { sip_server: '127.0.0.49', auth_method: 'ip_auth', register: false } })
  equal(json.data.config.password, undefined, 'without a need for it, it is forgotten')
  equal(system.sql(`select secret is null from trunks where id = '${provider.trunk_id}'`), 't', 'by the trunk, too')
  await system.want(200, 'DELETE', at(provider))
})

test('a stored password is not sent over a less safe line: it is asked for again', async () => {
  const provider = await create('weaker', { ...sip(), transport: 'tls', register: false })
  const trunk = `/admin/voip/trunks/${provider.trunk_id}`
  const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
  const refused = async (path, body) => {
    const answer = await system.want(422, 'PATCH', path, body)
    ok(Object.keys(answer.json.fields).join() === 'password' && /safer connection/.test(answer.json.fields.password), answer.text)
  }
  for (const change of [{ transport: 'udp' }, { transport: 'tcp' }, { tls_verify: false }, { tls_ca: ca }]) {
    await refused(at(provider), { config: { ...change, password: '' } })
    await refused(trunk, change)
  }
  equal(system.sql(`select transport, tls_verify, tls_ca is null from trunks where id = '${provider.trunk_id}'`), 'tls|t|t', 'nothing changed')
  await system.want(200, 'PATCH', at(provider), { config: { tls_verify: false, password: OTHER } })
  await refused(at(provider), { config: { transport: 'tcp' } })
  await system.want(200, 'PATCH', trunk, { transport: 'udp', password: PASSWORD })
  for (const safer of [{ transport: 'tcp' }, { tls_ca: ca }, { transport: 'tls' }, { tls_verify: true }]) {
    equal((await system.want(200, 'PATCH', trunk, safer)).json.data.password.set, true, JSON.stringify(safer))
  }
  await system.want(200, 'DELETE', at(provider))
})

test('everything that is wrong is told at once, and nothing is stored', async () => {
  const before = system.sql('select count(*) from providers')
  const { json } = await system.want(422, 'POST', '/admin/voip/providers', { name: ' ', driver: 'sip', priority: -1, colour: 'red', config: { sip_server: 'a b', sip_port: 70000, password: 'x', transport: 'smoke', shape: 1 } })
  equal(Object.keys(json.fields).sort(), ['colour', 'name', 'priority', 'shape', 'sip_port', 'sip_server', 'transport'], 'fields')
  ok(json.message && Object.values(json.fields).every(s => s.length > 8), JSON.stringify(json))
  for (const body of [{ name: 'x' }, { name: 'x', driver: 'pigeon' }, { name: 'x', driver: 'sip' }, { name: 'x', driver: 'twilio', config: { account_sid: 'AC1' } }, { name: 'x', driver: 'sip', config: [] },
    { name: 'x'.repeat(101), driver: 'sip', config: sip() }, { name: 'x', driver: 'sip', config: { ...sip(), username: 'a\r\nVia: x' } },
    { name: 'x', driver: 'twilio', config: { api_base: 'http://127.0.0.1:1' } }, { name: 'x', driver: 'sip', config: { ...sip(), tls_ca: 'no certificate' } }]) {
    const answer = await system.want(422, 'POST', '/admin/voip/providers', body)
    ok(answer.json.message && Object.keys(answer.json.fields).length > 0, answer.text)
    ok(!answer.text.includes(PASSWORD), 'no secret in a refusal')
  }
  for (const body of [undefined, [], { name: 'a\u0000b', driver: 'sip', config: sip() }]) await system.want(400, 'POST', '/admin/voip/providers', body)
  equal(system.sql('select count(*) from providers'), before, 'providers')
})

test('the driver cannot change; an update that is wrong changes nothing', async () => {
  const provider = await create('fixed')
  const refused = await system.want(422, 'PUT', at(provider), { driver: 'twilio' })
  ok(/cannot change/.test(refused.json.fields.driver), refused.text)
  await system.want(422, 'PATCH', at(provider), { name: 'new name', config: { sip_port: 99999 } })
  const stored = (await system.want(200, 'GET', at(provider))).json.data
  equal([stored.name, stored.version, stored.config.sip_port], ['fixed', provider.version, String(port)], 'what is stored')
  await system.want(200, 'PATCH', at(provider), { driver: 'sip', name: 'new name' })
  await system.want(200, 'DELETE', at(provider))
})

test('who changes an old version is told, by body and by ETag', async () => {
  const provider = await create('versions')
  const first = await system.want(200, 'GET', at(provider))
  equal(first.headers.get('etag'), `"${provider.version}"`, 'ETag')
  const next = (await system.want(200, 'PATCH', at(provider), { priority: 5, version: provider.version })).json.data
  equal([next.version, next.priority], [provider.version + 1, 5], 'after the change')
  equal((await system.want(409, 'PATCH', at(provider), { priority: 6, version: provider.version })).json.error, 'changed', 'error')
  await system.want(409, 'PATCH', at(provider), { priority: 6 }, { headers: { 'if-match': `"${provider.version}"` } })
  await system.want(400, 'PATCH', at(provider), { priority: 6 }, { headers: { 'if-match': 'x' } })
  await system.want(200, 'PATCH', at(provider), { priority: 7 }, { headers: { 'if-match': `"${next.version}"` } })
  const both = await Promise.all([8, 9].map(priority => system.ask('PATCH', at(provider), { priority, version: next.version + 1 })))
  equal(both.map(a => a.status).sort(), [200, 409], 'two at once')
  // the trunk is part of what the page shows: its change counts
  const now = (await system.want(200, 'GET', at(provider))).json.data
  await system.want(200, 'PATCH', `/admin/voip/trunks/${provider.trunk_id}`, { tech_prefix: '99' })
  await system.want(409, 'PATCH', at(provider), { priority: 1, version: now.version })
  equal((await system.want(200, 'GET', at(provider))).json.data.config.tech_prefix, '99', 'the trunk\'s change shows')
  await system.want(200, 'DELETE', at(provider))
})

test('exactly one provider is active, whoever activates', async () => {
  const active = () => system.sql('select string_agg(name, \',\') from providers where is_active')
  const [a, b] = [await create('first'), await create('second')]
  const was = active()
  const answer = await system.want(200, 'POST', `${at(a)}/activate`)
  ok(answer.json.data.is_active && answer.json.message, answer.text)
  equal(active(), 'first', 'active')
  await system.want(200, 'POST', `${at(a)}/activate`)
  equal(active(), 'first', 'active after a repeat')
  await Promise.all([a, b, a, b, a, b].map(p => system.want(200, 'POST', `${at(p)}/activate`)))
  ok(['first', 'second'].includes(active()), active())
  equal((await system.ask('POST', '/admin/voip/providers/00000000-0000-7000-8000-000000000000/activate')).status, 404, 'no such provider')
  ok(['first', 'second'].includes(active()), 'still one')
  equal(system.sql('select count(*) from audit_log where action = \'provider.activated\'') > 0, true, 'audit')
  const demo = (await system.want(200, 'GET', '/admin/voip/providers')).json.data.find(p => p.name === was)
  await system.want(200, 'POST', `${at(demo)}/activate`)
  await system.want(200, 'POST', '/admin/voip/providers/mass-destroy', { indices: [a.id, b.id] })
})

test('the active provider stays, alone and in a list', async () => {
  const spare = await create('spare')
  const active = (await system.want(200, 'GET', '/admin/voip/providers')).json.data.find(p => p.is_active)
  equal((await system.want(400, 'DELETE', at(active))).json.error, 'in_use', 'error')
  await system.want(400, 'POST', '/admin/voip/providers/mass-destroy', { indices: [spare.id, active.id] })
  await system.want(200, 'GET', at(spare))
  equal((await system.want(200, 'POST', '/admin/voip/providers/mass-destroy', { indices: [spare.id, '00000000-0000-7000-8000-000000000000'] })).json.deleted, 1, 'deleted')
  await system.want(404, 'DELETE', at(spare))
  equal(system.sql(`select count(*) from trunks where id = '${spare.trunk_id}'`), '0', 'its trunk')
  for (const indices of [undefined, [], ['x'], 'x', Array(201).fill(spare.id)]) await system.want(422, 'POST', '/admin/voip/providers/mass-destroy', { indices })
})

test('a test really asks, and is remembered without a new version', async () => {
  const provider = await create('tested')
  const good = (await system.want(200, 'POST', `${at(provider)}/test`)).json
  ok(good.success && good.message, JSON.stringify(good))
  equal(good.steps.map(s => [s.name, s.ok]), [['dns', true], ['options', true], ['register', true]], 'steps')
  let now = (await system.want(200, 'GET', at(provider))).json.data
  equal([now.last_test_ok, now.version], [true, provider.version], 'remembered')
  ok(Date.now() - Date.parse(now.last_test_at) < 60_000, now.last_test_at)
  await system.want(200, 'PATCH', at(provider), { config: { sip_server: 'no-such-carrier.invalid', password: PASSWORD } })
  const bad = (await system.want(200, 'POST', `${at(provider)}/test`)).json
  equal([bad.success, bad.steps.at(-1).name, bad.steps.at(-1).ok], [false, 'dns', false], 'after the change, at once')
  ok(bad.steps.at(-1).hint && bad.message === bad.steps.at(-1).message, JSON.stringify(bad))
  now = (await system.want(200, 'GET', at(provider))).json.data
  equal(now.last_test_ok, false, 'remembered')
  equal((await system.want(400, 'POST', `${at(provider)}/provision`)).json.error, 'not_possible', 'a SIP carrier')
  await system.want(200, 'DELETE', at(provider))
})

test('a trunk inside the network that no operator named is refused', async () => {
  const { fields } = (await system.want(422, 'POST', '/admin/voip/providers', { name: 'Inside', driver: 'sip', config: { ...sip(), sip_server: '169.254.169.254', outbound_proxy: 'sip:10.0.0.1' } })).json
  equal(Object.keys(fields).sort(), ['outbound_proxy', 'sip_server'], 'fields')
  ok(/not on the public internet/.test(fields.sip_server), fields.sip_server)
})

test('what the command line made can be seen and changed here', async () => {
  const out = system.voip({ ...system.env, VOIP_KEK_FILE: `${system.dir}/secrets/kek` }, 'provider', 'add', 'sip', '--name', 'By hand', '--host', '127.0.0.42', '--inactive')
  ok(out, 'the command says something')
  let provider = (await system.want(200, 'GET', '/admin/voip/providers')).json.data.find(p => p.name === 'By hand')
  equal([provider.config.sip_server, provider.config.auth_method, provider.config.password], ['127.0.0.42', 'ip_auth', undefined], 'settings')
  provider = (await system.want(200, 'PATCH', at(provider), { config: { sip_server: '127.0.0.43' } })).json.data
  equal(system.sql(`select host from trunks where id = '${provider.trunk_id}'`), '127.0.0.43', 'the trunk')
  await system.want(200, 'DELETE', at(provider))
})

test('more trunks: made, changed, deleted; the last of the active provider stays', async () => {
  const provider = await create('trunks')
  const made = await system.want(201, 'POST', '/admin/voip/trunks', { provider_id: provider.id, name: 'Backup', host: '127.0.0.42', password: OTHER, sip_username: 'u', auth_method: 'username_password', priority: 2, allowed_ips: ['192.0.2.0/24', '2001:db8::/32'] })
  const trunk = made.json.data
  equal(made.headers.get('location'), `/admin/voip/trunks/${trunk.id}`, 'Location')
  ok(!made.text.includes(OTHER) && trunk.password.set, made.text)
  const path = `/admin/voip/trunks/${trunk.id}`
  equal((await system.want(200, 'PATCH', path, { port: 5070, password: '', version: 1 })).json.data.password.set, true, 'a blank password')
  await system.want(409, 'PATCH', path, { host: '127.0.0.45', version: 1 })
  equal((await system.want(200, 'PUT', path, { password: null, auth_method: 'ip_auth' })).json.data.password.set, false, 'null takes it out')
  const faults = (await system.want(422, 'PATCH', path, { port: 'x', transport: 'smoke', allowed_ips: ['1.2.3.4/99'], codecs: ['G729'], sip_username: 'a b', outbound_proxy: 'http://x', tls_ca: 'x', caller_id: '12', provider_id: provider.id, colour: 1 })).json.fields
  equal(Object.keys(faults).sort(), ['allowed_ips', 'caller_id', 'codecs', 'colour', 'outbound_proxy', 'port', 'provider_id', 'sip_username', 'tls_ca', 'transport'], 'faults')
  await system.want(422, 'POST', '/admin/voip/trunks', { provider_id: '00000000-0000-7000-8000-000000000000', name: 'x' })
  for (const inside of [{ host: '169.254.169.254' }, { host: '10.1.2.3' }, { host: '::1' }, { outbound_proxy: 'sip:me@192.168.1.1:5060;lr' }, { outbound_proxy: 'sips:[fe80::1]' }]) {
    const { fields } = (await system.want(422, 'PATCH', path, inside)).json
    ok(Object.keys(fields).join() === Object.keys(inside)[0] && /VOIP_TRUNK_NETWORKS/.test(Object.values(fields)[0]), JSON.stringify(fields))
  }
  await system.want(404, 'PATCH', '/admin/voip/trunks/00000000-0000-7000-8000-000000000000', { host: '127.0.0.1' })
  await system.want(200, 'DELETE', path)
  await system.want(404, 'DELETE', path)
  const active = (await system.want(200, 'GET', '/admin/voip/providers')).json.data.find(p => p.is_active)
  const all = (await system.want(200, 'GET', '/admin/voip/trunks')).json.data.filter(t => t.provider_id === active.id).map(t => t.id)
  equal((await system.want(400, 'POST', '/admin/voip/trunks/mass-destroy', { indices: [...all, provider.trunk_id] })).json.error, 'in_use', 'all of the active one')
  await system.want(200, 'GET', `/admin/voip/trunks/${provider.trunk_id}`)
  equal((await system.want(200, 'POST', '/admin/voip/trunks/mass-destroy', { indices: [provider.trunk_id] })).json.deleted, 1, 'of an inactive one it may go')
  const without = (await system.want(200, 'POST', `${at(provider)}/test`)).json
  equal([without.success, without.steps[0].name], [false, 'config'], 'a provider without trunk')
  await system.want(200, 'DELETE', at(provider))
})

test('lists page by key', async () => {
  const made = [await create('p1'), await create('p2'), await create('p3')]
  const all = (await system.want(200, 'GET', '/admin/voip/providers')).json.data.map(p => p.id)
  const paged = []
  for (let next = '', i = 0; next !== null && i < 20; i++) {
    const { json } = await system.want(200, 'GET', `/admin/voip/providers?limit=2${next && `&cursor=${next}`}`)
    paged.push(...json.data.map(p => p.id))
    next = json.next
  }
  equal(paged, all, 'pages')
  for (const query of ['limit=0', 'limit=501', 'limit=x', 'cursor=x']) await system.want(400, 'GET', `/admin/voip/providers?${query}`)
  await system.want(200, 'POST', '/admin/voip/providers/mass-destroy', { indices: made.map(p => p.id) })
})

test('every change has its line in the audit log, with who and what', async () => {
  const provider = await create('audited')
  await system.want(200, 'PATCH', at(provider), { config: { password: OTHER } })
  await system.want(200, 'POST', `${at(provider)}/test`)
  await system.want(200, 'DELETE', at(provider))
  const lines = system.sql(`select action, actor_id, detail::text from audit_log where object_id = '${provider.id}' order by id`).split('\n')
  equal(lines.map(l => l.split('|')[0]), ['provider.created', 'provider.changed', 'provider.tested', 'provider.deleted'], 'actions')
  ok(lines.every(l => l.includes(system.seed.admin.user_id)), lines.join('\n'))
  ok(/"settings": ?\["password"\]/.test(lines[1]), lines[1])
})

test('secrets whose key is lost can be entered again', async () => {
  const provider = await create('lost')
  system.sql(`update providers set config = 'v2.' || gen_random_uuid() || '.AAAA' where id = '${provider.id}'`)
  system.sql(`update trunks set secret = 'v2.' || gen_random_uuid() || '.AAAA' where id = '${provider.trunk_id}'`)
  ok((await system.want(422, 'PATCH', at(provider), { priority: 3 })).json.fields.password, 'the password is asked for')
  const again = (await system.want(200, 'PATCH', at(provider), { config: { password: PASSWORD } })).json.data
  equal([again.config.password.last4, again.config.username], [PASSWORD.slice(-4), 'u100'], 'all is there again')
  equal((await system.want(200, 'POST', `${at(provider)}/test`)).json.success, true, 'and works')
  await system.want(200, 'DELETE', at(provider))
})

test('no log holds a secret', async () => {
  const logs = system.logs()
  ok(logs.length > 1000, 'there are logs')
  for (const secret of [PASSWORD, OTHER]) ok(!logs.includes(secret), logs.split('\n').find(l => l.includes(secret)))
})

await main(system, {
  before: async () => {
    port = await freePort('127.0.0.41')
    carrier = await udpPeer('127.0.0.41', port, registrar)
  },
  after: () => carrier?.close(),
})
