// Login tokens of telephony credentials: JWTs that only this simulator reads again.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url')

export class Tokens {
  constructor() {
    this.secret = randomBytes(32)
    this.ttl = 86_400
  }

  make(credentialId, expiresAt = null) {
    const iat = Math.floor(Date.now() / 1000)
    const exp = Math.min(iat + this.ttl, expiresAt ? Math.floor(expiresAt / 1000) : Infinity)
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ aud: 'telnyx_telephony', exp, iat, iss: 'telnyx_telephony', jti: randomUUID(),
      nbf: iat - 1, sub: credentialId, tel_token: true, typ: 'access' })}`
    return `${text}.${this.#sign(text)}`
  }

  // { sub, exp }, or null when it is not one of ours or over.
  read(token) {
    const parts = typeof token === 'string' ? token.split('.') : []
    if (parts.length !== 3) return null
    const expected = Buffer.from(this.#sign(`${parts[0]}.${parts[1]}`))
    const given = Buffer.from(parts[2])
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
    const payload = JSON.parse(Buffer.from(parts[1], 'base64url').toString('utf8'))
    return payload.exp > Date.now() / 1000 ? payload : null
  }

  #sign(text) {
    return createHmac('sha256', this.secret).update(text).digest('base64url')
  }
}
