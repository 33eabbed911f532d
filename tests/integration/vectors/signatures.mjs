// Every signature case of the vectors, posted to a real webhook-ingest: what is valid is accepted and stored, what is
// not gets 401 and leaves nothing.
import { freePort } from '../../lib/ports.mjs'
import { equal, main, ok, test } from '../gateway/providers_kit.mjs'
import { VectorStack, kindOf, raw, sets } from './kit.mjs'

const stack = new VectorStack()
const told = { posted: [], optional: [], elsewhere: [], notHttp: [] }

// A webhook-ingest of this case alone, asked once. The provider's row is there before it starts.
async function ask(driver, config, settings, { method, target, headers, body }) {
  stack.sql(`delete from webhook_inbox; delete from providers where driver = '${driver}'`)
  const before = Number(stack.sql('select count(*) from event_log where type = \'provider.event\''))
  const provider = stack.provider(driver, config)
  const port = await freePort()
  const ingest = await stack.add('webhook-ingest/voip-webhook-ingest', { ...stack.onBus('webhook', 'webhook-ingest'), VOIP_WEBHOOK_LISTEN: `127.0.0.1:${port}`,
    VOIP_WEBHOOK_SPOOL_DIR: `${stack.dir}/webhooks-${port}`, VOIP_TRUSTED_PROXIES: '127.0.0.1', ...settings })
  const answer = await raw(port, method, target, headers, body)
  const stored = () => Number(stack.sql(`select count(*) from webhook_inbox where provider_id = '${provider}'`))
  // 200 means safe: in the database, or for a moment in the spool where that was slow
  if (answer.status === 200) await stack.until('what was accepted in the database', () => stored() > 0)
  await stack.end(ingest)
  return { ...answer, stored: stored(),
    told: Number(stack.sql('select count(*) from event_log where type = \'provider.event\'')) - before }
}

function judge(c, answer, valid) {
  const got = { status: answer.status, stored: answer.stored, told: answer.told }
  equal(got, valid ? { status: 200, stored: 1, told: 1 } : { status: 401, stored: 0, told: 0 }, `${c.id} (${c.description}): ${answer.text.split('\r\n\r\n')[1]}`)
  ;(c.optional ? told.optional : told.posted).push(c.id)
}

// --- Twilio ---

const served = /^\/voip\/webhook\/twilio\/(voice|status)(\?|$)/

function twilioRequest(c) {
  const [, base, target] = c.request ? [null, c.configured_public_base_url.replace(/\/+$/, ''), c.request.request_target] : /^(\w+:\/\/[^/?]+)(.*)$/.exec(c.validator_url)
  const type = c.kind === 'websocket' ? null : c.request?.headers['Content-Type'] ?? (c.kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded')
  return { base, target, method: c.http_method ?? c.request?.method ?? 'POST', body: c.body_raw,
    headers: { ...c.request?.headers, ...(type ? { 'Content-Type': type } : {}), 'X-Twilio-Signature': c.x_twilio_signature } }
}

async function twilio(c) {
  const request = twilioRequest(c)
  if (!/^https?:/.test(request.base)) { // a WebSocket's upgrade is no webhook
    told.notHttp.push(c.id)
    return
  }
  const sid = new URLSearchParams(c.body_raw).get('AccountSid') ?? new URLSearchParams(request.target.split('?')[1]).get('AccountSid') ?? `AC${'0'.repeat(32)}`
  const answer = await ask('twilio', { account_sid: sid, auth_token: c.auth_token }, { VOIP_WEBHOOK_URL: request.base }, { ...request, target: request.target || '/' })
  if (served.test(request.target)) {
    judge(c, answer, c.expected_valid)
  } else { // signed for an address that is none of ours
    equal([answer.status, answer.stored, answer.told], [404, 0, 0], c.id)
    told.elsewhere.push(c.id)
  }
}

// --- Telnyx ---

const isKey = text => Buffer.from(text, 'base64').length === 32 && /^[A-Za-z0-9+/]{43}=$/.test(text)

async function telnyx(c) {
  const answer = await ask('telnyx', { api_key: 'KEY0', public_key: c.public_key_base64 }, { VOIP_WEBHOOK_URL: 'https://crm.example.com', ...stack.clock(c.now_unix) },
    { method: 'POST', target: '/voip/webhook/telnyx', headers: { 'Content-Type': 'application/json', ...c.headers }, body: c.body })
  if (isKey(c.public_key_base64)) {
    judge(c, answer, c.expected_valid)
  } else { // with such a key nobody can prove anything: no provider to ask
    equal([c.expected_valid, answer.status, answer.stored, answer.told], [false, 404, 0, 0], c.id)
    told.elsewhere.push(c.id)
  }
}

for (const { file, cases } of sets) {
  for (const [kind, one] of [['twilio', twilio], ['telnyx', telnyx]]) {
    const mine = cases.filter(c => kindOf(c) === kind)
    if (mine.length) test(`${kind} signatures of ${file}: ${mine.length} cases`, async () => { for (const c of mine) await one(c) })
  }
}
test('cases were valid and were not, and each went somewhere', async () => {
  const all = sets.flatMap(s => s.cases).filter(c => kindOf(c) !== 'token')
  equal(Object.values(told).flat().length, all.length, 'cases')
  ok(all.some(c => c.expected_valid && told.posted.includes(c.id)) && all.some(c => !c.expected_valid && told.posted.includes(c.id)), 'both verdicts')
  console.log(`# ${told.posted.length} by their verdict; optional, decided as the official libraries do: ${told.optional.join(' ')}`)
  console.log(`# 404, an address or a key that is none of ours: ${told.elsewhere.join(' ')}; no HTTP: ${told.notHttp.join(' ')}`)
})

await main(stack, { services: ['bus'] })
