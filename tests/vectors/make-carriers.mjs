// Writes carriers.json: cases of our own; verdicts on Twilio are those of its library. Not run by tests:
//   npm install --prefix DIR twilio@6.2.0 jsonwebtoken@9.0.3
//   node tests/vectors/make-carriers.mjs DIR >tests/vectors/carriers.json
import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { parse } from 'node:querystring'

const require = createRequire(resolve(process.argv[2], 'x.js'))
const twilio = require('twilio'), jsonwebtoken = require('jsonwebtoken')
const cases = []

// --- Twilio signatures: what Twilio signed, what we are asked
const token = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'
function signature(id, description, signed, body, asked = signed, seen = body) {
  const header = twilio.getExpectedTwilioSignature(token, signed, { ...parse(body) })
  cases.push({ id, description, kind: 'form', auth_token: token, validator_url: asked, body_raw: seen, x_twilio_signature: header,
    expected_valid: twilio.validateRequest(token, header, asked, { ...parse(seen) }) })
}
const u = 'https://crm.example.com/voip/webhook/twilio/voice' // an address of ours, so that cases go through HTTP too
signature('own-ipv6', 'an IPv6 host with the standard port', 'https://[2001:db8::7]:443/x?a=1', 'A=1', 'https://[2001:db8::7]/x?a=1')
signature('own-ipv6-port', 'an IPv6 host, another port', 'https://[2001:db8::7]:8443/x', 'A=1', 'https://[2001:db8::7]:8444/x')
signature('own-userinfo-port', 'user, password and port', 'https://u:p%40@crm.example.com:8443/x', 'A=1')
signature('own-astral', 'names sort as UTF-16: an emoji comes before U+FF5E', u, '%EF%BD%9E=1&%F0%9F%98%80=2&Z=3')
signature('own-astral-values', 'so do the values of one name', u, 'A=%EF%BD%9E&A=%F0%9F%98%80&A=z')
signature('own-no-equals', 'a name without a value', u, 'Digits&CallSid=CA1')
signature('own-prefix-names', 'one name begins with another', u, 'From=1&FromCity=2&Fr=3&From=0')
signature('own-moved-border', 'the border between name and value cannot move: only the names count', u, 'ab=c', u, 'a=bc')
signature('own-empty-post', 'a form without fields', u, '')
signature('own-double-escape', 'decoded once only', u, 'A=%2525+%252B')
signature('own-query-percent', 'escapes of the query stay in lower case', `${u}?n=%c3%a9`, 'A=1')
signature('own-query-case', 'other case of an escape', `${u}?n=%c3%a9`, 'A=1', `${u}?n=%C3%A9`)
cases.at(-1).optional = true // the library encodes the query anew
signature('own-question-mark', 'a question mark in the query', `${u}?a=b?c`, 'A=1')
signature('own-no-path', 'no path', 'https://crm.example.com', 'A=1')
signature('own-http-443', 'http with :443 is not https', 'http://crm.example.com:443/', 'A=1', 'http://crm.example.com/')

// --- Telnyx
const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb' // RFC 8032, 7.1, test 2
const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'hex')]), format: 'der', type: 'pkcs8' })
const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
function telnyx(id, description, body, { time = '1700000000', now = 1700000000, valid, change = s => s } = {}) {
  const header = change(sign(null, Buffer.from(`${time}|${body}`), key).toString('base64'))
  cases.push({ id, description, public_key_base64: publicKey, body, headers: { 'telnyx-signature-ed25519': header, 'telnyx-timestamp': time },
    now_unix: now, expected_valid: valid })
}
telnyx('own-telnyx', 'another key', '{"data":{}}', { valid: true })
telnyx('own-telnyx-no-body', 'no body at all', '', { valid: true })
telnyx('own-telnyx-bar', 'a bar in the body', '1|2|3', { valid: true })
telnyx('own-telnyx-year-1970', 'a replay of the year 1970', '{}', { time: '0', valid: false })
telnyx('own-telnyx-huge', 'a time of twenty digits', '{}', { time: '99999999999999999999', valid: false })
telnyx('own-telnyx-space', 'a blank behind the signature', '{}', { change: s => `${s} `, valid: false })
telnyx('own-telnyx-two', 'two signatures', '{}', { change: s => `${s},${s}`, valid: false })

// --- Twilio tokens
const ids = { account_sid: `AC${'5'.repeat(32)}`, api_key_sid: `SK${'6'.repeat(32)}`, api_key_secret: 'an other secret' }
const now = 1600000000 // past: services drop what is older than its deadline
function generate(id, description, more) {
  const input = { ...ids, identity: 'user_0', ttl: 600, now_unix: now, ...more }
  const { AccessToken } = twilio.jwt
  const real = Date.now
  Date.now = () => now * 1000
  const access = new AccessToken(input.account_sid, input.api_key_sid, input.api_key_secret, { identity: input.identity, ttl: input.ttl, region: input.region })
  access.addGrant(new AccessToken.VoiceGrant({ incomingAllow: input.incoming_allow, outgoingApplicationSid: input.outgoing_application_sid,
    outgoingApplicationParams: input.outgoing_application_params }))
  const { header, payload } = jsonwebtoken.decode(access.toJwt(input.algorithm), { complete: true })
  Date.now = real
  cases.push({ id, type: 'generate', description, input, expected_header: header, expected_payload: payload })
}
const app = `AP${'7'.repeat(32)}`
generate('own-hs384', 'HS384', { algorithm: 'HS384', outgoing_application_sid: app, incoming_allow: true })
generate('own-no-grant', 'neither incoming nor outgoing', { incoming_allow: false })
generate('own-quotes', 'quotes, backslash and slash in names', { identity: 'a"b\\c/d', outgoing_application_sid: app, outgoing_application_params: { 'k"': '\u2028\n\t\u0001' } })
generate('own-astral-identity', 'an emoji', { identity: '\u{1f600}', incoming_allow: true, region: 'au1' })

const part = o => Buffer.from(typeof o === 'string' ? o : JSON.stringify(o)).toString('base64url')
function verify(id, description, header, payload, secret = ids.api_key_secret) {
  const body = `${part(header)}.${part(payload)}`
  const text = `${body}.${createHmac('sha256', ids.api_key_secret).update(body).digest('base64url')}`
  let valid = true
  try {
    jsonwebtoken.verify(text, secret, { algorithms: ['HS256', 'HS384', 'HS512'], clockTimestamp: now })
  } catch { valid = false }
  cases.push({ id, type: 'verify', description, token: text, secret, now_unix: now, expected_valid: valid })
}
verify('own-verify', 'in order', { alg: 'HS256', typ: 'JWT' }, { exp: now + 1 })
verify('own-verify-alg-rs256', 'says RS256 and is signed by HMAC', { alg: 'RS256', typ: 'JWT' }, { exp: now + 1 })
verify('own-verify-alg-hs512', 'says HS512 and is signed by HS256', { alg: 'HS512', typ: 'JWT' }, { exp: now + 1 })
verify('own-verify-no-alg', 'names no algorithm', { typ: 'JWT' }, { exp: now + 1 })
verify('own-verify-text-exp', 'exp is text', { alg: 'HS256' }, { exp: String(now + 100) })
verify('own-verify-float-exp', 'exp has a fraction', { alg: 'HS256' }, { exp: now + 0.5 })
verify('own-verify-nbf-now', 'nbf is now', { alg: 'HS256' }, { exp: now + 100, nbf: now })
verify('own-verify-secret-case', 'the secret in another case', { alg: 'HS256' }, { exp: now + 100 }, ids.api_key_secret.toUpperCase())
for (const [id, more] of [['own-policy-ttl-short', { ttl: 59 }], ['own-policy-app', { outgoing_application_sid: 'AP1' }], ['own-policy-control', { identity: 'a\u0007b' }]]) {
  cases.push({ id, type: 'policy-reject', description: 'we refuse what Twilio would refuse later', input: { ...ids, identity: 'user_0', ttl: 600, now_unix: now, incoming_allow: true, ...more } })
}
process.stdout.write(`{"format": 1, "what": "signatures and tokens of carriers, see make-carriers.mjs", "cases": [\n${cases.map(c => JSON.stringify(c)).join(',\n')}\n]}\n`)
