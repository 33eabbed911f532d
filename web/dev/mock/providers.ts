// Invented providers: a trunk that carries calls, one that has never been tried, and a Twilio account.
import type { IncomingMessage, ServerResponse } from 'node:http'

const text = (key: string, label: string, help = '', more: object = {}) => ({
  key, label, help, kind: 'text', required: false, secret: false, choices: [] as string[], default: null as string | null, ...more,
})
const need = { required: true }
const secret = { secret: true }
const choice = (words: string) => ({ kind: 'choice', choices: words.split(' '), default: words.split(' ')[0] })

const DRIVERS = [
  { name: 'twilio', label: 'Twilio', capabilities: ['dial', 'receive', 'hold', 'dtmf', 'record'], fields: [
    text('account_sid', 'Account SID', 'AC..., on the first page of the Twilio console.', need),
    text('auth_token', 'Auth token', 'On the first page of the Twilio console; webhooks are checked with it.', { ...need, ...secret }),
    text('api_key_sid', 'API key SID', 'SK..., Twilio console: Account > API keys; browser calls need it.'),
    text('api_key_secret', 'API key secret', 'Shown once, when the key is made.', secret),
    text('app_sid', 'TwiML application SID', 'AP..., Twilio console: Voice > TwiML Apps; browser calls go out by it.'),
    text('from_number', 'Caller number', 'A number of the account, like +14155551234; shown to whom you call.', { ...need, kind: 'phone' }),
    text('voice_region', 'Region', 'Where Twilio processes calls: us1 unless the account was set up elsewhere.'),
  ] },
  { name: 'telnyx', label: 'Telnyx', capabilities: ['dial', 'receive', 'hold', 'dtmf', 'record'], fields: [
    text('api_key', 'API key', 'KEY..., Telnyx portal: API Keys.', { ...need, ...secret }),
    text('connection_id', 'Call Control application', 'Its ID; Telnyx portal: Voice > Programmable Voice.', need),
    text('from_number', 'Caller number', 'A number of the account, like +14155551234.', { ...need, kind: 'phone' }),
  ] },
  { name: 'sip', label: 'SIP trunk', capabilities: ['dial', 'receive', 'hold', 'dtmf', 'record', 'reattach'], fields: [
    text('sip_server', 'Server', "The carrier's name or address, like sip.example.com.", { ...need, kind: 'host' }),
    text('sip_port', 'Port', '5060, or 5061 for tls; 0 asks DNS (SRV).', { kind: 'number', min: 0, max: 65535 }),
    text('transport', 'Transport', 'As the carrier says; tls where it can.', choice('udp tcp tls')),
    text('auth_method', 'Authentication', 'By user name and password, or ip_auth: the carrier knows our address.', choice('username_password ip_auth')),
    text('username', 'User name', 'Needed unless the carrier knows us by our address.'),
    text('password', 'Password', 'Needed unless the carrier knows us by our address.', secret),
    text('register', 'Register', 'Say where we are, so that calls find us.', { kind: 'bool', default: 'false' }),
    text('codecs', 'Codecs', 'In order; PCMU and PCMA need no transcoding.', { default: 'PCMU,PCMA' }),
    text('tls_ca', 'Certificate authority', "PEM; empty: the system's.", { kind: 'lines' }),
  ] },
]

interface MockProvider {
  [field: string]: unknown
  id: string
  name: string
  driver: string
  is_active: boolean
  version: number
  config: Record<string, unknown>
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
const make = (n: number, name: string, driver: string, config: Record<string, unknown>, more: object = {}): MockProvider => ({
  id: `00000000-0000-7000-a000-00000000000${n}`, name, driver, is_active: false, priority: n, version: 1, config,
  trunk_id: driver === 'sip' ? `00000000-0000-7000-b000-00000000000${n}` : null,
  health: 'unknown', last_test_at: null, last_test_ok: null, created_at: ago(9000), updated_at: ago(900), ...more,
})

const list: MockProvider[] = [
  make(0, 'Nordlicht Telekom', 'sip', { sip_server: 'sip.nordlicht.example', sip_port: '5061', transport: 'tls', auth_method: 'username_password', username: '4930231250', password: { set: true, last4: 'k7Qz' }, register: 'true', codecs: 'PCMA' },
    { is_active: true, health: 'up', last_test_at: ago(47), last_test_ok: true }),
  make(1, 'Twilio (US numbers)', 'twilio', { account_sid: 'AC0123456789abcdef0123456789abcdef', auth_token: { set: true, last4: '9f3c' }, api_key_sid: 'SK0123456789abcdef0123456789abcdef', api_key_secret: { set: true, last4: 'Zz01' }, from_number: '+14155550100' },
    { last_test_at: ago(60 * 26), last_test_ok: false }),
  make(2, 'Old trunk', 'sip', { sip_server: '192.0.2.10', sip_port: '5060', transport: 'udp', auth_method: 'ip_auth' }, { health: 'down' }),
]
const step = (name: string, ok: boolean, message: string, hint = '') => ({ name, ok, message, hint })

function report(provider: MockProvider) {
  if (provider.driver === 'twilio') {
    return { success: false, message: 'It sends its webhooks to nobody.', steps: [
      step('account', true, 'The account "Acme" is active.'),
      step('api_key', true, 'The API key is accepted.'),
      step('application', false, 'There is no TwiML application: calls from the browser have nowhere to go.', 'Press "Set up at the carrier": it makes one.'),
      step('number', false, 'The number is yours, but calls to it go somewhere else.', 'Press "Set up at the carrier": calls to it then come here.'),
      step('webhook', true, 'https://crm.example answers, asked from this server. That the carrier reaches it too shows with the first webhook.'),
    ] }
  }
  const ok = provider.health !== 'down'
  return { success: ok, message: ok ? 'The provider works.' : 'It did not answer OPTIONS.', steps: [
    step('dns', true, `${provider.config.sip_server} is at 192.0.2.10:5060 (1 address).`),
    ok ? step('options', true, 'It answers: OPTIONS was answered 200 OK.') : step('options', false, 'It did not answer OPTIONS.', 'Nobody answers. Check server and port, that a firewall lets UDP pass both ways, and that the provider allows our address.'),
    ...(ok ? [step('register', true, 'Registered: the provider answered 200 OK.')] : []),
  ] }
}

const trunks = () => list.filter((p) => p.trunk_id).map((p) => ({
  id: p.trunk_id, name: p.name, host: p.config.sip_server, port: Number(p.config.sip_port ?? 5060), transport: p.config.transport, register: true,
  is_active: true, provider_id: p.id, provider_name: p.name, provider_active: p.is_active, health: p.health,
  nodes: p.health === 'unknown' ? [] : [
    { node: 'cc-1', up: p.health === 'up', registered: p.health === 'up', sip_status: p.health === 'up' ? 200 : 0, reason: p.health === 'up' ? '' : 'timeout', age_s: 4 },
    { node: 'cc-2', up: p.health === 'up', registered: p.health === 'up', sip_status: p.health === 'up' ? 200 : 0, reason: p.health === 'up' ? '' : 'timeout', age_s: 9 }],
}))

/** What is stored of what was sent: of a secret its end, and a blank one keeps. */
function settle(provider: MockProvider, sent: Record<string, unknown>): void {
  const fields = DRIVERS.find((d) => d.name === provider.driver)?.fields ?? []
  for (const [key, value] of Object.entries(sent)) {
    if (value === null) delete provider.config[key]
    else provider.config[key] = fields.find((f) => f.key === key)?.secret ? { set: true, last4: String(value).slice(-4) } : value
  }
}

async function bodyOf(req: IncomingMessage) {
  let body = ''
  for await (const chunk of req) body += String(chunk)
  return JSON.parse(body || '{}') as { name?: string; driver?: string; priority?: number; config?: Record<string, unknown> }
}

type Answer = [status: number, body: object]

async function answer(req: IncomingMessage, id: string | undefined, verb: string | undefined): Promise<Answer> {
  const provider = list.find((p) => p.id === id)
  if (req.method === 'GET') return [200, { success: true, data: list, next: null }]
  if (req.method === 'POST' && !id) {
    const sent = await bodyOf(req)
    if (!sent.config?.sip_server && sent.driver === 'sip') return [422, { error: 'invalid', message: 'Server is needed.', fields: { sip_server: 'Server is needed. The carrier names it.' } }]
    const made = make(list.length, sent.name ?? '', sent.driver ?? 'sip', {}, { priority: sent.priority ?? 0, health: 'up' })
    settle(made, sent.config ?? {})
    list.push(made)
    return [201, { success: true, data: made }]
  }
  if (!provider) return [404, { error: 'not_found', message: 'There is no such provider.' }]
  if (req.method === 'DELETE') return list.splice(list.indexOf(provider), 1), [200, { message: 'The provider is deleted.' }]
  if (verb === 'activate') for (const p of list) p.is_active = p === provider
  else if (verb) {
    await new Promise((resolve) => setTimeout(resolve, 900))
    const found = report(provider)
    Object.assign(provider, { last_test_at: ago(0), last_test_ok: found.success })
    return [200, found]
  } else {
    const sent = await bodyOf(req)
    settle(provider, sent.config ?? {})
    Object.assign(provider, { name: sent.name, priority: sent.priority, version: provider.version + 1 })
  }
  return [200, { success: true, data: provider }]
}

export async function administer(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const [, what, id, verb] = /^\/admin\/voip\/([a-z/]+?)(?:\/([0-9a-f-]{36}))?(?:\/([a-z]+))?$/.exec(path) ?? []
  const [status, body]: Answer = what === 'drivers' ? [200, { success: true, data: DRIVERS }]
    : what?.startsWith('debug') ? [200, { success: true, data: trunks(), next: null }]
    : await answer(req, id, verb)
  res.writeHead(status, { 'Content-Type': 'application/json' })
  res.end(JSON.stringify(body))
}
