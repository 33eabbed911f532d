// The REST side of the mock. A password of "wrong" is refused, "often" is made to wait.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CONTACTS, pastCalls } from './data.ts'
import type { Line } from './line.ts'
import { administer } from './providers.ts'
import { peaksOf, wave } from './wave.ts'

const CALLS = pastCalls(70)
const SECONDS = 12
const AUDIO = wave(SECONDS)
const PERMISSIONS = [
  'voip.calls.initiate',
  'voip.contacts.edit',
  'voip.contacts.import',
  'voip.recordings.download',
  'voip.recordings.play',
  'voip.providers',
  'voip.providers.create',
  'voip.providers.edit',
  'voip.providers.delete',
  'voip.trunks',
]
const ME = {
  success: true,
  user: { id: 'u1', email: 'agent@example.com', name: 'Sam Agent', locale: 'en', timezone: 'Europe/Berlin', roles: ['agent'], permissions: PERMISSIONS },
  org: { id: 'o1', name: 'Demo organisation', default_region: 'US', timezone: 'Europe/Berlin' },
  csrf_token: 'mock',
}
const CONFIG = {
  provider: 'sip',
  provider_id: 'p1',
  token: 't',
  identity: 'user_1',
  expires_at: 4e9,
  ice_servers: [],
  ws_path: '/api/voip/ws',
  default_region: 'US',
  recording_enabled: true,
  numbers: [
    { number: '+15551230100', label: 'Sales', own: true },
    { number: '+442079460100', label: null, own: false },
  ],
  phones: [],
  capabilities: ['dial', 'answer', 'hangup', 'mute', 'dtmf', 'hold', 'attach'],
}

interface Ask {
  url: URL
  req: IncomingMessage
  res: ServerResponse
  line: Line
}

function json(res: ServerResponse, status: number, value: object, headers = {}): void {
  res.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  res.end(JSON.stringify(value))
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of req) text += String(chunk)
  return text
}

function page<T>(res: ServerResponse, rows: T[], url: URL): void {
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const to = from + Number(url.searchParams.get('limit') ?? 25)
  json(res, 200, { success: true, data: rows.slice(from, to), next: to < rows.length ? String(to) : null })
}

function history({ url, res }: Ask): void {
  const wanted = (key: string) => url.searchParams.get(key)
  const search = wanted('search')?.toLowerCase() ?? ''
  const rows = CALLS.filter(
    (call) =>
      (!wanted('direction') || call.direction === wanted('direction')) &&
      (!wanted('status') || call.status === wanted('status')) &&
      (!wanted('contact_id') || call.contact?.id === wanted('contact_id')) &&
      (!search || `${call.contact_name} ${call.phone_number}`.toLowerCase().includes(search)),
  )
  page(res, rows, url)
}

function contacts({ url, res }: Ask): void {
  const search = url.searchParams.get('search')?.toLowerCase() ?? ''
  const type = url.searchParams.get('type')
  const rows = CONTACTS.filter(
    (c) => (!type || c.type === type) && `${c.name} ${c.phone}`.toLowerCase().includes(search),
  )
  page(res, rows, url)
}

function detail(id: string | undefined) {
  const found = CONTACTS.find((c) => c.id === id) ?? CONTACTS[0]
  return { success: true, data: { ...found, external_id: null, owner_id: null, title: null } }
}

function audio({ req, res }: Ask): void {
  const range = /bytes=(\d+)-(\d*)/.exec(req.headers.range ?? '')
  const start = Number(range?.[1] ?? 0)
  const end = Number(range?.[2] || AUDIO.length - 1)
  res.writeHead(range ? 206 : 200, {
    'Content-Type': 'audio/wav',
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${AUDIO.length}` }),
  })
  res.end(AUDIO.subarray(start, end + 1))
}

async function login({ req, res }: Ask): Promise<void> {
  const { password } = JSON.parse(await bodyOf(req)) as { password: string }
  if (password === 'often') {
    return json(res, 429, { error: 'too_many', message: 'Too many attempts.' }, { 'Retry-After': '30' })
  }
  if (password === 'wrong') return json(res, 401, { error: 'wrong_credentials', message: 'Wrong.' })
  json(res, 200, ME, { 'Set-Cookie': 'mock=1; Path=/' })
}

async function importFile({ req, res }: Ask): Promise<void> {
  const text = await bodyOf(req)
  const rows = text.trim().split('\n').length - 1
  const errors = [{ row: 2, field: 'phone', error: 'invalid_number', message: '"12" is not a phone number.' }]
  json(res, 200, { success: true, rows, created: rows - 1, updated: 0, refused: 1, errors })
}

const ROUTES: [RegExp, (ask: Ask, match: RegExpExecArray) => unknown][] = [
  [/^POST \/api\/auth\/login$/, login],
  [/^POST \/api\/auth\/logout$/, ({ res }) => json(res, 200, { success: true }, { 'Set-Cookie': 'mock=; Max-Age=0; Path=/' })],
  [/^GET \/api\/auth\/me$/, ({ req, res }) =>
    /mock=1/.test(req.headers.cookie ?? '') ? json(res, 200, ME) : json(res, 401, { error: 'unauthorized', message: 'Sign in.' })],
  [/^GET \/api\/voip\/client-config$/, ({ res }) => json(res, 200, CONFIG)],
  [/^GET \/api\/voip\/calls\/history$/, history],
  [/^GET \/api\/voip\/contacts$/, contacts],
  [/^(?:POST|PATCH) \/api\/voip\/(?:persons|leads|deals)/, ({ res }) => json(res, 200, detail(undefined))],
  [/^GET \/api\/voip\/(?:persons|leads|deals)\/(.+)$/, ({ res }, match) => json(res, 200, detail(match[1]))],
  [/^POST \/api\/voip\/import$/, importFile],
  [/^GET \/api\/voip\/recordings\/[^/]+\/peaks$/, ({ res }) =>
    json(res, 200, { success: true, data: { id: 'r', duration_ms: SECONDS * 1000, channels: 2, peaks: peaksOf(SECONDS) } })],
  [/^GET \/api\/voip\/recordings\//, audio],
  [/^[A-Z]+ (\/admin\/voip\/.*)$/, ({ req, res }, match) => administer(match[1] ?? '', req, res)],
  [/^GET \/__mock\/ring$/, ({ url, res, line }) => (line.ring(Number(url.searchParams.get('who') ?? 0)), res.end())],
  [/^GET \/__mock\/end$/, ({ res, line }) => (line.endAll(), res.end())],
  [/^GET \/__mock\/drop$/, ({ res, line }) => (line.dropSockets(), res.end())],
]

export function handleRest(req: IncomingMessage, res: ServerResponse, line: Line): boolean {
  const url = new URL(req.url ?? '/', 'http://mock')
  for (const [pattern, handle] of ROUTES) {
    const match = pattern.exec(`${req.method} ${url.pathname}`)
    if (!match) continue
    void handle({ url, req, res, line }, match)
    return true
  }
  return false
}
