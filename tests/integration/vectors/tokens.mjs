// Token cases of the vectors through POST /api/voip/token: an account as the case says, at the second of the case.
// The identity is our user's, since the gateway says who asks; all else must be the expected token.
import { createHmac } from 'node:crypto'
import { equal, main, ok, test } from '../gateway/providers_kit.mjs'
import { VectorStack, kindOf, sets } from './kit.mjs'

const stack = new VectorStack()
// What an operator and a browser can say; the rest of the format is the library's, which check-vectors asks in C.
const sayable = ['account_sid', 'api_key_sid', 'api_key_secret', 'identity', 'ttl', 'now_unix', 'outgoing_application_sid', 'incoming_allow', 'region']
const told = { asked: [], library: [] }
const cases = sets.flatMap(s => s.cases).filter(c => kindOf(c) === 'token')
const isSayable = ({ input }) => input && Object.keys(input).every(key => sayable.includes(key)) && input.incoming_allow === true && /^user_\w+$/.test(input.identity)

// An issuer of this case alone.
async function ask({ input }) {
  stack.provider('twilio', { account_sid: input.account_sid, api_key_sid: input.api_key_sid, api_key_secret: input.api_key_secret, auth_token: '0'.repeat(32),
    from_number: '+14155550100', app_sid: input.outgoing_application_sid ?? '', voice_region: input.region ?? '' }, true)
  const issuer = await stack.add('token-issuer/voip-token-issuer', { ...stack.onBus('token', 'token-issuer'), ...stack.clock(input.now_unix), VOIP_TOKEN_TTL: String(input.ttl) })
  await stack.ready(issuer)
  const answer = await stack.until('an issuer that the gateway knows', async () => {
    const asked = await stack.ask('POST', '/api/voip/token')
    return asked.json.error !== 'unavailable' && asked
  })
  await stack.end(issuer)
  return answer
}

const decode = token => token.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))
const sorted = value => (value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort().map(([k, v]) => [k, sorted(v)])) : value)

async function generate(c) {
  const answer = await ask(c)
  if (!c.input.outgoing_application_sid) { // a softphone that cannot call is not set up: it says so
    equal([answer.status, answer.json.error], [409, 'provider_incomplete'], c.id)
    ok(/TwiML application/.test(answer.json.message), answer.text)
    return
  }
  equal(answer.status, 200, `${c.id}: ${answer.text}`)
  const { token, identity, expires_at } = answer.json
  const [header, payload] = decode(token)
  equal(identity, `user_${stack.seed.admin.user_id.replaceAll('-', '')}`, 'who it is for')
  equal(sorted(header), sorted(c.expected_header), c.id)
  equal(sorted(payload), sorted({ ...c.expected_payload, grants: { ...c.expected_payload.grants, identity } }), c.id)
  equal(expires_at, c.expected_payload.exp, 'the browser hears the same end')
  const signed = token.slice(0, token.lastIndexOf('.'))
  equal(token.slice(signed.length + 1), createHmac('sha256', c.input.api_key_secret).update(signed).digest('base64url'), `${c.id}: the signature`)
}

async function refuse(c) {
  if (c.input.ttl > 86400 || c.input.ttl < 60) { // a setting, checked at the start
    const issuer = await stack.add('token-issuer/voip-token-issuer', { ...stack.onBus('token', 'token-issuer'), VOIP_TOKEN_TTL: String(c.input.ttl) })
    const code = issuer.exitCode ?? await new Promise(resolve => issuer.once('exit', resolve))
    stack.children.pop()
    equal(code, 78, `${c.id}: a setting that cannot be`)
    return
  }
  const answer = await ask(c)
  equal([answer.status, answer.json.error, answer.json.token], [409, 'provider_incomplete', undefined], `${c.id}: ${answer.text}`)
  ok(answer.json.message.length > 20 && !answer.text.includes(c.input.api_key_secret || '\0'), answer.text)
}

for (const [name, types, one] of [['what must be issued', ['generate'], generate], ['what must be refused', ['reject', 'policy-reject'], refuse]]) {
  const mine = cases.filter(c => types.includes(c.type) && isSayable(c))
  test(`${name}: ${mine.length} cases`, async () => {
    for (const c of mine) {
      await one(c)
      told.asked.push(c.id)
    }
    ok(mine.length > 0, 'there are cases')
  })
}
test('each case went somewhere', async () => {
  told.library = cases.map(c => c.id).filter(id => !told.asked.includes(id))
  equal(told.asked.length + told.library.length, cases.length, 'cases')
  console.log(`# through HTTP: ${told.asked.join(' ')}`)
  console.log(`# what no request can say, in C only: ${told.library.join(' ')}`)
})

await main(stack, { services: ['bus', 'gateway'] })
