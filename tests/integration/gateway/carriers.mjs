// Test and set-up of Twilio and Telnyx accounts by the real gateway, against APIs that answer as theirs do.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { System, equal, fakeApi, main, ok, test } from './providers_kit.mjs'

const hex = '0123456789abcdef0123456789abcdef'
const [AC, SK, AP, PN] = ['AC', 'SK', 'AP', 'PN'].map(prefix => prefix + hex)
const NUMBER = '+14155550100'
const TOKEN = 'fedcba9876543210fedcba9876543210'
const SECRET = 'canary-api-key-secret-77'
const KEY = 'KEY0123456789canaryABCDEF'
const PUBLIC_KEY = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
const system = new System()
let twilioApi, telnyxApi, hook
const at = provider => `/admin/voip/providers/${provider.id}`

// The provider, with its API pointed at ours: an operator's setting, so it goes into the database sealed.
async function create(driver, name, config, api) {
  const provider = (await system.want(201, 'POST', '/admin/voip/providers', { name, driver, config })).json.data
  const sealed = execFileSync(join(process.env.RINGMAIN_BUILD_DIR, 'tests/integration/gateway/seal'),
    [join(system.dir, 'secrets/kek'), `providers/config/${provider.id}`], { input: JSON.stringify({ ...config, api_base: api.url }), encoding: 'utf8' }).trim()
  system.sql(`update providers set config = '${sealed}' where id = '${provider.id}'`)
  return provider
}
const steps = report => report.steps.map(s => `${s.name}:${s.ok ? 'ok' : 'bad'}`).join(' ')

// As patient as the gateway asks: it allows so many a minute.
async function report(provider, verb) {
  for (;;) {
    const answer = await system.ask('POST', `${at(provider)}/${verb}`)
    if (answer.status === 200) return answer.json
    if (answer.status !== 429) throw new Error(`${verb}: ${answer.status} ${answer.text}`)
    await new Promise(resolve => setTimeout(resolve, 1000 * Number(answer.headers.get('retry-after'))))
  }
}
const check = provider => report(provider, 'test')
const setUp = provider => report(provider, 'provision')
const step = (report, name) => report.steps.find(s => s.name === name)

// --- Twilio ---

const account = `/2010-04-01/Accounts/${AC}`
const twilio = { account_sid: AC, auth_token: TOKEN, api_key_sid: SK, api_key_secret: SECRET, from_number: NUMBER }
const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

// What such an account holds, and how its API answers; state can be changed by a test.
function twilioRoutes(state) {
  const needs = (request, good) => (request.auth === basic(AC, TOKEN) || request.auth === basic(SK, SECRET) ? good() : [401, { code: 20003, message: 'Authenticate', status: 401 }])
  const number = () => ({ sid: PN, phone_number: NUMBER, voice_application_sid: state.numberApp, voice_url: '' })
  const app = () => ({ sid: AP, friendly_name: state.appName, voice_url: state.voiceUrl, status_callback: state.statusUrl })
  const save = request => {
    const form = new URLSearchParams(request.text)
    Object.assign(state, { hasApp: true, voiceUrl: form.get('VoiceUrl') ?? state.voiceUrl, statusUrl: form.get('StatusCallback') ?? state.statusUrl, appName: form.get('FriendlyName') ?? state.appName })
    return [200, app()]
  }
  return {
    [`GET ${account}.json`]: r => (r.auth === basic(AC, TOKEN) ? [200, { sid: AC, friendly_name: 'Acme', status: state.status ?? 'active', type: 'Full' }] : [401, { code: 20003, message: 'Authenticate' }]),
    [`GET ${account}/IncomingPhoneNumbers.json`]: r => needs(r, () => [200, { incoming_phone_numbers: state.owned === false || (r.query.get('PhoneNumber') ?? NUMBER) !== NUMBER ? [] : [number()] }]),
    [`POST ${account}/IncomingPhoneNumbers/${PN}.json`]: r => { state.numberApp = new URLSearchParams(r.text).get('VoiceApplicationSid'); return [200, number()] },
    [`GET ${account}/Applications.json`]: r => [200, { applications: state.hasApp && r.query.get('FriendlyName') === state.appName ? [app()] : [] }],
    [`POST ${account}/Applications.json`]: r => { state.made = (state.made ?? 0) + 1; return [201, save(r)[1]] },
    [`GET ${account}/Applications/${AP}.json`]: () => (state.hasApp ? [200, app()] : [404, { code: 20404, message: 'not found' }]),
    [`POST ${account}/Applications/${AP}.json`]: save,
  }
}

test('twilio: a fresh account is set up, remembered, and then works', async () => {
  const state = {}
  twilioApi.routes = Object.assign(twilioApi.routes, twilioRoutes(state))
  const provider = await create('twilio', 'Twilio', twilio, twilioApi)
  const before = await check(provider)
  equal(steps(before), 'account:ok api_key:ok application:bad number:bad webhook:ok', 'before')
  ok(before.steps.filter(s => !s.ok).every(s => s.hint), 'each fault has a way out')
  const report = await setUp(provider)
  equal([report.success, steps(report)], [true, 'application:ok number:ok'], JSON.stringify(report))
  equal(state.voiceUrl, `${hook.url}/voip/webhook/p/${provider.id}/voice`, 'voice URL')
  equal(state.statusUrl, `${hook.url}/voip/webhook/p/${provider.id}/status`, 'status URL')
  equal(state.numberApp, AP, 'the number leads to the application')
  const stored = (await system.want(200, 'GET', at(provider))).json.data
  equal([stored.config.app_sid, stored.version], [AP, provider.version + 1], 'the application is remembered')
  const after = await check(provider)
  equal([after.success, steps(after)], [true, 'account:ok api_key:ok application:ok number:ok webhook:ok'], JSON.stringify(after))
  ok(/asked from this server/.test(step(after, 'webhook').message), 'it says what the last step proves')
  const again = await setUp(provider)
  equal([again.success, state.made, (await system.want(200, 'GET', at(provider))).json.data.version], [true, 1, stored.version], 'a repeat makes nothing new')
})

test('twilio: an application made by a set-up that was cut off is found, not made again', async () => {
  const state = {}
  twilioApi.routes = Object.assign(twilioApi.routes, twilioRoutes(state))
  const provider = await create('twilio', 'Cut', twilio, twilioApi)
  Object.assign(state, { hasApp: true, appName: `Ringmain ${provider.id}` })
  equal([(await setUp(provider)).success, state.made], [true, undefined], 'set-up')
})

test('twilio: what is wrong is told where it is wrong', async () => {
  const state = { hasApp: true, appName: 'x', voiceUrl: 'https://other.example/voice', numberApp: 'AP0' }
  twilioApi.routes = Object.assign(twilioApi.routes, twilioRoutes(state))
  const provider = await create('twilio', 'Wrong', { ...twilio, app_sid: AP }, twilioApi)
  let report = await check(provider)
  ok(/other\.example/.test(step(report, 'application').message), JSON.stringify(report))
  ok(/somewhere else/.test(step(report, 'number').message), JSON.stringify(report))
  state.owned = false
  report = await check(provider)
  ok(/does not own \+14155550100/.test(step(report, 'number').message), JSON.stringify(report))
  state.status = 'suspended'
  equal(steps(report = await check(provider)), 'account:bad webhook:ok', 'a suspended account ends it')
  ok(/suspended/.test(report.message), report.message)
  const wrong = await create('twilio', 'Token', { ...twilio, auth_token: TOKEN.replace('0', '1') }, twilioApi)
  equal(steps(report = await check(wrong)), 'account:bad webhook:ok', 'a wrong token')
  ok(/20003/.test(step(report, 'account').message) && step(report, 'account').hint, JSON.stringify(report))
  state.status = 'active'
  const noKey = await create('twilio', 'No key', { account_sid: AC, auth_token: TOKEN, from_number: NUMBER }, twilioApi)
  ok(/API key/.test(step(await check(noKey), 'api_key').message), 'a missing key')
})

// --- Telnyx ---

const telnyx = { api_key: KEY, connection_id: '1001', credential_connection_id: '2002', public_key: PUBLIC_KEY, from_number: NUMBER }

function telnyxRoutes(state) {
  const data = (request, body) => (request.auth === `Bearer ${KEY}` ? [200, { data: body }] : [401, { errors: [{ code: '10009', title: 'Authentication failed', detail: 'No key found' }] }])
  const app = () => ({ id: '1001', record_type: 'call_control_application', active: true, webhook_event_url: state.appUrl, outbound: { outbound_voice_profile_id: '77' } })
  const credentials = () => ({ id: '2002', record_type: 'credential_connection', active: state.active ?? true, webhook_event_url: state.credentialUrl, outbound: state.outbound })
  const saveCredentials = r => {
    const body = JSON.parse(r.text)
    Object.assign(state, { credentialUrl: body.webhook_event_url, outbound: body.outbound, login: body.user_name })
    return data(r, credentials())
  }
  return {
    'GET /balance': r => data(r, { balance: '12.50', currency: 'USD', available_credit: '12.50' }),
    'GET /connections/1001': r => data(r, app()),
    'GET /connections/2002': r => data(r, credentials()),
    'GET /phone_numbers': r => data(r, state.owned === false ? [] : [{ id: '55', phone_number: NUMBER, status: 'active', connection_id: state.numberConnection }]),
    'PATCH /phone_numbers/55': r => { state.numberConnection = JSON.parse(r.text).connection_id; return data(r, {}) },
    'PATCH /call_control_applications/1001': r => { state.appUrl = JSON.parse(r.text).webhook_event_url; return data(r, app()) },
    'PATCH /credential_connections/2002': saveCredentials,
    'POST /credential_connections': r => { state.made = (state.made ?? 0) + 1; return saveCredentials(r) },
  }
}

test('telnyx: both connections and the number are set up, and then work', async () => {
  const state = {}
  telnyxApi.routes = Object.assign(telnyxApi.routes, telnyxRoutes(state))
  const provider = await create('telnyx', 'Telnyx', telnyx, telnyxApi)
  equal(steps(await check(provider)), 'api_key:ok application:bad credentials:bad number:bad public_key:ok webhook:ok', 'before')
  const report = await setUp(provider)
  equal([report.success, steps(report)], [true, 'application:ok credentials:ok number:ok'], JSON.stringify(report))
  const url = `${hook.url}/voip/webhook/p/${provider.id}`
  equal([state.appUrl, state.credentialUrl, state.numberConnection], [url, url, '1001'], 'what was set')
  equal(state.outbound.call_parking_enabled, true, 'call parking')
  const after = await check(provider)
  equal([after.success, steps(after)], [true, 'api_key:ok application:ok credentials:ok number:ok public_key:ok webhook:ok'], JSON.stringify(after))
  ok(/12\.50 USD/.test(step(after, 'api_key').message), step(after, 'api_key').message)
  equal([(await setUp(provider)).success, state.made], [true, undefined], 'a repeat')
})

test('telnyx: without a credential connection one is made and remembered', async () => {
  const state = {}
  telnyxApi.routes = Object.assign(telnyxApi.routes, telnyxRoutes(state))
  const { credential_connection_id: _, public_key: __, ...less } = telnyx
  const provider = await create('telnyx', 'Bare', less, telnyxApi)
  const before = await check(provider)
  ok(!step(before, 'credentials').ok && !step(before, 'public_key').ok, JSON.stringify(before))
  equal((await setUp(provider)).success, true, 'set-up')
  ok(/^[a-z0-9]{4,32}$/.test(state.login), state.login)
  equal([(await system.want(200, 'GET', at(provider))).json.data.config.credential_connection_id, state.made], ['2002', 1], 'remembered')
  await setUp(provider)
  equal(state.made, 1, 'made once')
})

test('telnyx: a wrong key and a switched-off connection', async () => {
  const state = { active: false }
  telnyxApi.routes = Object.assign(telnyxApi.routes, telnyxRoutes(state))
  const off = await create('telnyx', 'Off', telnyx, telnyxApi)
  ok(/switched off/.test(step(await check(off), 'credentials').message), 'a connection that is off')
  const wrong = await create('telnyx', 'Wrong key', { ...telnyx, api_key: `${KEY}x` }, telnyxApi)
  const report = await check(wrong)
  equal(steps(report), 'api_key:bad webhook:ok', 'steps')
  ok(/10009/.test(report.message), report.message)
})

// --- both ---

test('a carrier that is away, answers garbage or errors ends in a report', async () => {
  const provider = await create('telnyx', 'Away', telnyx, { url: 'http://127.0.0.1:9' })
  const report = await check(provider)
  equal(steps(report), 'api_key:bad webhook:ok', 'steps')
  ok(step(report, 'api_key').hint, 'a way out')
  for (const answer of [[500, { x: 1 }], [200, 'garbage'], [200, { data: null }], [429, {}], [302, {}]]) {
    telnyxApi.routes = Object.assign(telnyxApi.routes, telnyxRoutes({}), { 'GET /balance': () => answer, 'GET /connections/1001': () => answer })
    const provider = await create('telnyx', 'Odd', telnyx, telnyxApi)
    ok((await check(provider)).success === false, JSON.stringify(answer))
  }
})

test('the public address: what is wrong with it is told', async () => {
  Object.assign(telnyxApi.routes, telnyxRoutes({}))
  const provider = await create('telnyx', 'Hook', telnyx, telnyxApi)
  hook.routes['GET /healthz'] = () => [502, {}]
  const step502 = step(await check(provider), 'webhook')
  ok(!step502.ok && /502/.test(step502.message) && step502.hint, JSON.stringify(step502))
  hook.routes['GET /healthz'] = { status: 'ok' }
  ok(/not as webhook-ingest/.test(step(await check(provider), 'webhook').message), 'somebody else answers there')
  hook.routes['GET /healthz'] = { service: 'webhook-ingest' }
})

test('no answer and no log holds a secret', async () => {
  const texts = [system.logs(), ...await Promise.all((await system.want(200, 'GET', '/admin/voip/providers')).json.data.map(async p => (await system.want(200, 'GET', at(p))).text))]
  for (const secret of [TOKEN, SECRET, KEY]) for (const text of texts) ok(!text.includes(secret), secret)
})

test('so many tests a minute, then one waits', async () => {
  const { data } = (await system.want(200, 'GET', '/admin/voip/providers')).json
  let last
  for (let i = 0; i < 25 && last?.status !== 429; i++) last = await system.ask('POST', `/admin/voip/providers/${data.find(p => p.name === 'Hook').id}/test`)
  equal([last.status, last.json.error, Number(last.headers.get('retry-after')) > 0], [429, 'too_many', true], 'the limit')
})

await main(system, {
  settings: async () => {
    twilioApi = await fakeApi({})
    telnyxApi = await fakeApi({})
    hook = await fakeApi({ 'GET /healthz': { service: 'webhook-ingest' } })
    return { 'voip-gateway': { VOIP_WEBHOOK_URL: `${hook.url}, https://second.example` } }
  },
  after: () => Promise.all([twilioApi, telnyxApi, hook].map(api => api?.close())),
})
