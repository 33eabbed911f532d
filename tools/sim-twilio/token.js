// Checks an access token as Twilio does: form, signature, times, grants. Gives { identity, ttl, grant } or throws a TokenError
// whose code is the one that the signalling server sends.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { isSid } from './ids.js'

const INVALID = 31204
const EXPIRED = 31205
const TTL_TOO_LONG = 31207
const TTL_MAX = 86_400
const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

export class TokenError extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

const invalid = why => new TokenError(INVALID, `JWT is invalid: ${why}`)

export function checkToken(token, { accountSid, secretOf, region = 'us1', now = Date.now() / 1000 }) {
  const { header, payload } = checkSignature(token, secretOf)
  if (header.typ !== undefined && header.typ !== 'JWT') throw invalid('typ is not JWT')
  if (header.cty !== 'twilio-fpa;v=1') throw invalid('cty is not twilio-fpa;v=1')
  if ((header.twr ?? 'us1') !== region) throw invalid(`it is for region ${header.twr ?? 'us1'}, this is ${region}`)
  if (payload.sub !== accountSid) throw invalid('sub is not this account')
  checkTimes(payload, now)
  return grants(payload, now)
}

// Header and payload of a token that the key named by `iss` signed.
export function checkSignature(token, secretOf) {
  const parts = typeof token === 'string' ? token.split('.') : []
  if (parts.length !== 3 || !parts.every(part => /^[\w-]+$/.test(part))) throw invalid('it has not three base64url parts')
  const header = readPart(parts[0])
  const payload = readPart(parts[1])
  const hash = HASHES[header.alg]
  if (!hash) throw invalid(`algorithm ${header.alg}`)
  const secret = isSid(payload.iss, 'SK') ? secretOf(payload.iss) : null
  if (!secret) throw invalid('iss is not an API key of this account')
  const expected = createHmac(hash, secret).update(`${parts[0]}.${parts[1]}`).digest()
  const given = Buffer.from(parts[2], 'base64url')
  if (given.toString('base64url') !== parts[2]) throw invalid('the signature is not base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalid('the signature does not fit')
  return { header, payload }
}

function readPart(text) {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (value && typeof value === 'object' && !Array.isArray(value)) return value
  } catch { /* said below */ }
  throw invalid('a part is not JSON')
}

export function checkTimes({ iat, exp, nbf }, now) {
  if (!Number.isInteger(exp)) throw invalid('exp is missing')
  if (nbf !== undefined && (typeof nbf !== 'number' || now < nbf)) throw invalid('it is not valid yet')
  if (now >= exp) throw new TokenError(EXPIRED, 'JWT token expired')
  if (typeof iat === 'number' && exp - iat > TTL_MAX) throw new TokenError(TTL_TOO_LONG, 'JWT is valid for too long (more than 24 hours)')
}

function grants({ grants: all, exp, nbf }, now) {
  const identity = all?.identity
  if (typeof identity !== 'string' || identity === '') throw invalid('grants.identity is missing')
  if (identity.length > 256) throw invalid('the identity is longer than 256 characters')
  const voice = all.voice
  if (!voice || typeof voice !== 'object') throw invalid('there is no voice grant')
  const app = voice.outgoing?.application_sid
  if (app !== undefined && !isSid(app, 'AP')) throw invalid('outgoing.application_sid is not an application')
  return { identity, ttl: Math.floor(exp - now), nbf, expires: exp,
    grant: { incoming: voice.incoming?.allow === true, application_sid: app ?? null, params: voice.outgoing?.params ?? {} } }
}
