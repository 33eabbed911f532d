// Asks every route of a running system, rightly and wrongly, and holds each answer against proto/openapi.yaml.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../lib/until.mjs'
import { Stack } from './stack.mjs'
import { judge, judgeRequest, operationOf, operations } from './contract.mjs'

let count = 0
let failed = 0
const ok = (name, complaints) => {
  count++
  if (complaints.length) failed++
  console.log(`${complaints.length ? 'not ok' : 'ok'} ${count} - ${name}`)
  for (const c of complaints.slice(0, 10)) console.log(`# ${c}`)
}
const succeeded = new Set()
const stack = new Stack()

// One request. status: the one that must come back.
async function ask(name, method, path, { status = 200, token, cookie, body, type, headers = {} } = {}) {
  const operation = operationOf(method, path)
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const media = type ?? (text === undefined ? undefined : 'application/json')
  const answer = await fetch(stack.url + path, { method, body: text, redirect: 'manual', headers: {
    ...(token ? { authorization: `Bearer ${token}` } : {}), ...(cookie ? { cookie } : {}),
    ...(media ? { 'content-type': media } : {}), ...headers } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const got = bytes.toString('utf8')
  const complaints = operation ? judge(operation, answer.status, answer.headers.get('content-type'), got) : [`the contract has no ${method} ${path}`]
  if (answer.status !== status) complaints.push(`status ${answer.status}, wanted ${status}: ${got.slice(0, 300)}`)
  if (operation && answer.status < 300) {
    succeeded.add(operation.id)
    if (text !== undefined) complaints.push(...judgeRequest(operation, media, text))
  }
  ok(`${method} ${path.slice(0, 70)} ${status}: ${name}`, complaints)
  let json = null
  try { json = JSON.parse(got) } catch { /* audio */ }
  return { status: answer.status, json, bytes, headers: answer.headers }
}

const nil = '00000000-0000-7000-8000-000000000000'

async function sessions(agent) {
  await ask('wrong password', 'POST', '/api/auth/login', { status: 401, body: { email: agent.email, password: 'wrong' } })
  await ask('no JSON', 'POST', '/api/auth/login', { status: 400, body: '{' })
  const login = await ask('right password', 'POST', '/api/auth/login', { body: { email: agent.email, password: agent.password } })
  const cookie = login.headers.get('set-cookie')?.split(';')[0]
  const csrf = login.json?.csrf_token
  const me = await ask('by cookie', 'GET', '/api/auth/me', { cookie })
  ok('the page gets the same CSRF token again', me.json?.csrf_token === csrf && csrf ? [] : [`${me.json?.csrf_token} and ${csrf}`])
  await ask('by token', 'GET', '/api/auth/me', { token: agent.api_token })
  await ask('by nobody', 'GET', '/api/auth/me', { status: 401 })
  await ask('without CSRF token', 'POST', '/api/voip/token', { status: 403, cookie })
  await ask('by session', 'POST', '/api/voip/token', { cookie, headers: { 'x-csrf-token': csrf, origin: stack.url } })
  await ask('without CSRF token', 'POST', '/api/auth/logout', { status: 403, cookie })
  await ask('signed out', 'POST', '/api/auth/logout', { cookie, headers: { 'x-csrf-token': csrf, origin: stack.url } })
  await ask('after signing out', 'GET', '/api/auth/me', { status: 401, cookie })
}

async function softphone(token) {
  await ask('by token', 'POST', '/api/voip/token', { token })
  await ask('by nobody', 'POST', '/api/voip/token', { status: 401 })
  await ask('settings', 'GET', '/api/voip/client-config', { token })
  stack.sql('update providers set is_active = false')
  // nobody was told, as the gateway tells: token-issuer remembers an account for a second
  const asked = () => fetch(`${stack.url}/api/voip/token`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  await until('no token any more', async () => (await asked()).status !== 200)
  await ask('no provider', 'POST', '/api/voip/token', { status: 409, token })
  stack.sql("update providers set is_active = true where name = 'Demo SIP'")
}

async function calls(agent, admin) {
  const { api_token: token } = agent
  const place = await ask('click to call', 'POST', '/api/voip/calls/outbound', { token, body: { to_number: '+14155550101', idempotency_key: 'contract' } })
  await ask('the same key', 'POST', '/api/voip/calls/outbound', { token, body: { to_number: '+14155550101' }, headers: { 'idempotency-key': 'contract' } })
  await ask('no number', 'POST', '/api/voip/calls/outbound', { status: 422, token, body: { to_number: '12' } })
  await ask('no body', 'POST', '/api/voip/calls/outbound', { status: 400, token, body: 'x' })
  await ask('by nobody', 'POST', '/api/voip/calls/outbound', { status: 401, body: { to_number: '+14155550101' } })
  const call = place.json?.call_id
  if (call) {
    // the answer does not wait for the row: it follows within milliseconds
    await until('the row of the call', () => stack.sql(`select count(*) from calls where id = '${call}'`) === '1')
    await ask('the new call', 'GET', `/api/voip/calls/${call}`, { token })
    await ask('hang up', 'POST', `/api/voip/calls/${call}/hangup`, { token })
  }
  await ask('hang up what is not', 'POST', `/api/voip/calls/${nil}/hangup`, { status: 404, token })
  const page = await ask('first page', 'GET', '/api/voip/calls/history?limit=5', { token })
  await ask('next page', 'GET', `/api/voip/calls/history?limit=5&cursor=${page.json?.next}`, { token })
  for (const query of ['direction=inbound', 'status=busy', 'status=completed&direction=outbound', 'search=0101', 'search=Garc%C3%ADa',
    'search=%2B14155550101', 'date_from=2026-01-01&date_to=2026-12-31&tz=Europe/Berlin', 'limit=100', 'direction=']) {
    await ask('filtered', 'GET', `/api/voip/calls/history?${query}`, { token })
  }
  await ask('everybody\'s', 'GET', `/api/voip/calls/history?user_id=${agent.user_id}`, { token: admin.api_token })
  await ask('somebody else\'s', 'GET', `/api/voip/calls/history?user_id=${admin.user_id}`, { status: 403, token })
  for (const query of ['direction=up', 'status=x', 'date_from=1', 'tz=Mars', 'cursor=1', 'limit=0', 'limit=101', 'search=1', 'contact_id=1', 'search=%FF']) {
    await ask('refused', 'GET', `/api/voip/calls/history?${query}`, { status: 400, token })
  }
  await ask('by nobody', 'GET', '/api/voip/calls/history', { status: 401 })
  const own = page.json?.data[0]?.id
  await ask('one call', 'GET', `/api/voip/calls/${own}`, { token })
  const theirs = stack.sql(`select id from calls where user_id = '${admin.user_id}' limit 1`)
  await ask('another\'s call', 'GET', `/api/voip/calls/${theirs}`, { status: 404, token })
  await ask('no call', 'GET', '/api/voip/calls/7', { status: 404, token })
}

async function contacts(agent, kind, extra) {
  const { api_token: token } = agent
  const base = `/api/voip/${kind}`
  const created = await ask('created', 'POST', base, { status: 201, token, body: { name: 'Ann Contract', phone: '(415) 555-2671',
    numbers: [{ number: '+44 7700 900123', label: 'mobile' }], email: 'ann@x.example', company: 'X', external_id: `c-${kind}`, ...extra } })
  const id = created.json?.data?.id
  ok(`${kind}: Location names it`, created.headers.get('location') === `${base}/${id}` ? [] : [created.headers.get('location')])
  await ask('one', 'GET', `${base}/${id}`, { token })
  await ask('changed', 'PATCH', `${base}/${id}`, { token, body: { company: null } })
  await ask('replaced', 'PUT', `${base}/${id}`, { token, body: { name: 'Ann Again', phone: null } })
  await ask('same external id', 'POST', base, { status: 201, token, body: { name: 'B', external_id: `d-${kind}` } })
  await ask('taken external id', 'POST', base, { status: 409, token, body: { name: 'C', external_id: `d-${kind}` } })
  await ask('faults', 'POST', base, { status: 422, token, body: { name: '=x', phone: '1', nick: 1 } })
  await ask('unknown owner', 'POST', base, { status: 422, token, body: { name: 'D', owner_id: nil } })
  await ask('no object', 'POST', base, { status: 400, token, body: '[]' })
  await ask('too large', 'POST', base, { status: 413, token, body: JSON.stringify({ name: 'x'.repeat(70_000) }) })
  await ask('not there', 'GET', `${base}/${nil}`, { status: 404, token })
  await ask('not there', 'PATCH', `${base}/${nil}`, { status: 404, token, body: { name: 'E' } })
  await ask('not there', 'PUT', `${base}/seven`, { status: 404, token, body: { name: 'E' } })
  await ask('by nobody', 'POST', base, { status: 401, body: { name: 'F' } })
}

async function lists(token) {
  const page = await ask('first page', 'GET', '/api/voip/contacts?limit=3', { token })
  await ask('next page', 'GET', `/api/voip/contacts?limit=3&cursor=${encodeURIComponent(page.json?.next)}`, { token })
  for (const query of ['search=garc%C3%ADa', 'search=ann%20con', 'search=%2B1415', 'search=0101', 'search=%2B14155550101', 'type=deal', 'search=%25_%5C', 'search=', 'search=zzzz']) {
    await ask('searched', 'GET', `/api/voip/contacts?${query}`, { token })
  }
  for (const query of ['type=cat', 'limit=x', 'cursor=x', `search=${'x'.repeat(101)}`]) {
    await ask('refused', 'GET', `/api/voip/contacts?${query}`, { status: 400, token })
  }
  await ask('JSON', 'POST', '/api/voip/import', { token, body: [{ name: 'Imp One', phone: '+14155552690', external_id: 'i1' }, { type: 'deal', name: 'Imp Deal', amount: '10.00' }] })
  await ask('CSV, with faults', 'POST', '/api/voip/import?type=lead', { token, type: 'text/csv', body: 'name;phone\nImp Two;12\nImp Three;+14155552691\n' })
  await ask('nothing of it', 'POST', '/api/voip/import', { token, type: 'text/csv', body: 'name\n=1\n' })
  await ask('broken CSV', 'POST', '/api/voip/import', { status: 400, token, type: 'text/csv', body: 'name\n"x' })
  await ask('no rows', 'POST', '/api/voip/import', { status: 400, token, body: '[]' })
  await ask('another type', 'POST', '/api/voip/import', { status: 415, token, type: 'text/plain', body: 'x' })
  await ask('too large', 'POST', '/api/voip/import', { status: 413, token, type: 'text/csv', body: `name\n${'x'.repeat(1_100_000)}` })
  await ask('by nobody', 'POST', '/api/voip/import', { status: 401, body: '[]' })
}

async function recordings(agent, admin) {
  const { api_token: token } = agent
  const rows = stack.sql(`select id from calls where user_id = '${agent.user_id}' and status = 'completed' order by id desc limit 3`).split('\n')
  const ids = ['01a20000-0000-7000-8000-000000000001', '01a20000-0000-7000-8000-000000000002', '01a20000-0000-7000-8000-000000000003']
  writeFileSync(join(stack.recordings, 'a.ogg'), Buffer.alloc(5000, 7))
  const add = (i, state) => stack.sql(`insert into recordings (org_id, id, call_id, user_id, state, object_key, format, bytes, duration_ms, peaks)
    values ('${stack.seed.org.id}', '${ids[i]}', '${rows[i]}', '${agent.user_id}', '${state}', 'a.ogg', 'ogg', 5000, 12345, '\\x00ff80')`)
  add(0, 'stored'); add(1, 'open'); add(2, 'failed')
  const at = i => `/api/voip/recordings/${ids[i]}`
  await ask('audio', 'GET', at(0), { token })
  await ask('a part', 'GET', at(0), { status: 206, token, headers: { range: 'bytes=10-19' } })
  await ask('no such part', 'GET', at(0), { status: 416, token, headers: { range: 'bytes=9999-' } })
  await ask('peaks', 'GET', `${at(0)}/peaks`, { token })
  await ask('not yet', 'GET', at(1), { status: 409, token })
  await ask('failed', 'GET', `${at(2)}/peaks`, { status: 409, token })
  await ask('not there', 'GET', `/api/voip/recordings/${nil}`, { status: 404, token })
  await ask('an agent may not download', 'GET', `${at(0)}?download=1`, { status: 403, token })
  await ask('an administrator may', 'GET', `${at(0)}?download=1`, { token: admin.api_token })
  await ask('by nobody', 'GET', at(0), { status: 401 })
  for (const row of rows) await ask('a call with its recording', 'GET', `/api/voip/calls/${row}`, { token })
  await ask('recordings in the list', 'GET', '/api/voip/calls/history?status=completed', { token })
}

async function providers(agent, admin) {
  const { api_token: token } = admin
  const base = '/admin/voip/providers'
  const config = { sip_server: '127.0.0.1', sip_port: 9, username: 'u', password: 'secret', transport: 'udp' }
  await ask('all kinds', 'GET', '/admin/voip/drivers', { token })
  const made = await ask('created', 'POST', base, { status: 201, token, body: { name: 'Contract', driver: 'sip', priority: 3, config } })
  const { id, version } = made.json?.data ?? {}
  ok('provider: Location names it', made.headers.get('location') === `${base}/${id}` ? [] : [made.headers.get('location')])
  await ask('first page', 'GET', `${base}?limit=1`, { token })
  await ask('refused', 'GET', `${base}?limit=0`, { status: 400, token })
  await ask('one', 'GET', `${base}/${id}`, { token })
  await ask('changed', 'PATCH', `${base}/${id}`, { token, body: { priority: 4, version, config: { password: '' } } })
  await ask('replaced', 'PUT', `${base}/${id}`, { token, body: { name: 'Contract 2' }, headers: { 'if-match': `"${version + 1}"` } })
  await ask('an old version', 'PATCH', `${base}/${id}`, { status: 409, token, body: { priority: 5, version } })
  await ask('a broken If-Match', 'PATCH', `${base}/${id}`, { status: 400, token, body: {}, headers: { 'if-match': '7' } })
  await ask('faults', 'PATCH', `${base}/${id}`, { status: 422, token, body: { driver: 'twilio', config: { sip_port: 'x' } } })
  await ask('too large', 'PUT', `${base}/${id}`, { status: 413, token, body: JSON.stringify({ name: 'x'.repeat(70_000) }) })
  await ask('no object', 'POST', base, { status: 400, token, body: '[]' })
  await ask('faults', 'POST', base, { status: 422, token, body: { name: '', driver: 'pigeon' } })
  await ask('too large', 'POST', base, { status: 413, token, body: JSON.stringify({ name: 'x'.repeat(70_000) }) })
  await ask('tested', 'POST', `${base}/${id}/test`, { token })
  await ask('a SIP carrier', 'POST', `${base}/${id}/provision`, { status: 400, token })
  const telnyx = await ask('another kind', 'POST', base, { status: 201, token, body: { name: 'T', driver: 'telnyx',
    config: { api_key: 'KEY0123456789abcdef', connection_id: '1', from_number: '+14155550100' } } })
  await ask('without a public address', 'POST', `${base}/${telnyx.json?.data?.id}/provision`, { token })
  const active = stack.sql('select id from providers where is_active')
  await ask('activated', 'POST', `${base}/${id}/activate`, { token })
  await ask('the active one', 'DELETE', `${base}/${id}`, { status: 400, token })
  await ask('the active one', 'POST', `${base}/mass-destroy`, { status: 400, token, body: { indices: [id] } })
  await ask('activated', 'POST', `${base}/${active}/activate`, { token })
  for (const verb of ['activate', 'test', 'provision']) await ask('not there', 'POST', `${base}/${nil}/${verb}`, { status: 404, token })
  for (const [method, body] of [['GET'], ['PATCH', {}], ['PUT', {}], ['DELETE']]) await ask('not there', method, `${base}/${nil}`, { status: 404, token, body })
  await trunks(admin, made.json?.data)
  await ask('no list', 'POST', `${base}/mass-destroy`, { status: 422, token, body: {} })
  await ask('several', 'POST', `${base}/mass-destroy`, { token, body: { indices: [telnyx.json?.data?.id] } })
  await ask('deleted', 'DELETE', `${base}/${id}`, { token })
  for (const path of [base, '/admin/voip/drivers', '/admin/voip/trunks', '/admin/voip/debug/trunks']) {
    await ask('by nobody', 'GET', path, { status: 401 })
    await ask('of an agent', 'GET', path, { status: 403, token: agent.api_token })
  }
  const vectors = '/admin/voip/debug/vectors'
  await ask('vectors', 'POST', vectors, { token, body: { cases: [{ id: 'a' }] } })
  await ask('no vectors', 'POST', vectors, { status: 422, token, body: { cases: [] } })
  await ask('no object', 'POST', vectors, { status: 400, token, body: 'x' })
  await ask('by nobody', 'POST', vectors, { status: 401, body: { cases: [{}] } })
  await ask('of an agent', 'POST', vectors, { status: 403, token: agent.api_token, body: { cases: [{}] } })
  await ask('of an agent', 'POST', `${base}/${nil}/test`, { status: 403, token: agent.api_token })
}

async function trunks({ api_token: token }, provider) {
  const base = '/admin/voip/trunks'
  const made = await ask('created', 'POST', base, { status: 201, token, body: { provider_id: provider?.id, name: 'Second', host: '127.0.0.1', port: 9,
    codecs: ['PCMA'], allowed_ips: ['192.0.2.0/24'], srtp: 'off', max_channels: null, password: 'x', auth_method: 'username_password', sip_username: 'u' } })
  const { id, version } = made.json?.data ?? {}
  await ask('a page', 'GET', `${base}?limit=500`, { token })
  await ask('refused', 'GET', `${base}?cursor=x`, { status: 400, token })
  await ask('one', 'GET', `${base}/${id}`, { token })
  await ask('changed', 'PATCH', `${base}/${id}`, { token, body: { priority: 2, version } })
  await ask('a stored password for another server', 'PUT', `${base}/${id}`, { status: 422, token, body: { host: '' } })
  await ask('replaced', 'PUT', `${base}/${id}`, { token, body: { host: '', password: null } })
  await ask('an old version', 'PUT', `${base}/${id}`, { status: 409, token, body: { host: '127.0.0.1', version } })
  await ask('faults', 'PATCH', `${base}/${id}`, { status: 422, token, body: { port: -1 } })
  await ask('faults', 'POST', base, { status: 422, token, body: { name: 'x' } })
  await ask('no object', 'POST', base, { status: 400, token, body: 'x' })
  await ask('health', 'GET', '/admin/voip/debug/trunks', { token })
  await ask('refused', 'GET', '/admin/voip/debug/trunks?limit=x', { status: 400, token })
  const all = stack.sql('select string_agg(t.id::text, \',\') from trunks t join providers p on p.id = t.provider_id where p.is_active').split(',')
  await ask('all of the active provider', 'POST', `${base}/mass-destroy`, { status: 400, token, body: { indices: all } })
  await ask('no list', 'POST', `${base}/mass-destroy`, { status: 422, token, body: { indices: [] } })
  await ask('deleted', 'DELETE', `${base}/${id}`, { token })
  await ask('several', 'POST', `${base}/mass-destroy`, { token, body: { indices: [nil] } })
  for (const [method, body] of [['GET'], ['PATCH', {}], ['PUT', {}], ['DELETE']]) await ask('not there', method, `${base}/${nil}`, { status: 404, token, body })
  if (all.length === 1) await ask('the only one of the active provider', 'DELETE', `${base}/${all[0]}`, { status: 400, token })
}

async function refusals(agent) {
  stack.sql(`delete from user_roles where user_id = '${agent.user_id}'`)
  const { api_token: token } = JSON.parse(JSON.stringify(agent))
  // what a role allows is looked up again within some seconds
  await until('the role to be gone', async () => (await fetch(`${stack.url}/api/voip/contacts`, { headers: { authorization: `Bearer ${token}` } })).status === 403, 60)
  for (const [method, path, body] of [['GET', '/api/voip/contacts'], ['GET', '/api/voip/calls/history'], ['POST', '/api/voip/token'],
    ['GET', '/api/voip/client-config'], ['POST', '/api/voip/persons', { name: 'x' }], ['POST', '/api/voip/import', []],
    ['POST', '/api/voip/calls/outbound', { to_number: '+14155550101' }], ['GET', `/api/voip/recordings/${nil}`],
    ['GET', '/admin/voip/providers'], ['DELETE', `/admin/voip/trunks/${nil}`]]) {
    await ask('without a role', method, path, { status: 403, token, body })
  }
}

try {
  await stack.start()
  const { agent, admin } = stack.seed
  await sessions(agent)
  await softphone(agent.api_token)
  await calls(agent, admin)
  await contacts(agent, 'persons', {})
  await contacts(agent, 'leads', { title: '12 seats', status: 'contacted' })
  await contacts(agent, 'deals', { amount: '1250.50', currency: 'USD', stage: 'proposal' })
  await lists(agent.api_token)
  await recordings(agent, admin)
  await providers(agent, admin)
  const missed = operations.filter(o => !succeeded.has(o.id)).map(o => `${o.method} ${o.path}`)
  ok('every operation of the contract was asked with success', missed)
  await refusals(agent)
} catch (error) {
  ok('the test ran to its end', [error.stack])
} finally {
  await stack.stop()
  console.log(`1..${count}`)
}
process.exit(failed ? 1 : 0)
