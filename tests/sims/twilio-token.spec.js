// Access tokens of the official package are accepted; what Twilio refuses is refused.
import { createHmac } from 'node:crypto'
import twilio from 'twilio'
import { checkToken } from '../../tools/sim-twilio/token.js'
import { expect, test } from '@playwright/test'

const { AccessToken } = twilio.jwt
const [AC, SK, AP] = ['AC', 'SK', 'AP'].map(p => p + '1'.repeat(32))
const SECRET = 'secret-ünïcode'

function token({ ttl = 3600, identity = 'user_7', account = AC, key = SK, secret = SECRET, grant = { incomingAllow: true, outgoingApplicationSid: AP, outgoingApplicationParams: { crm: '7' } }, ...more } = {}) {
  const made = new AccessToken(account, key, secret, { identity, ttl, ...more })
  if (grant) made.addGrant(new AccessToken.VoiceGrant(grant))
  return made.toJwt()
}
const check = (text, more = {}) => checkToken(text, { accountSid: AC, secretOf: sid => (sid === SK ? SECRET : null), ...more })
const code = (text, more) => {
  try {
    check(text, more)
  } catch (error) {
    return error.code
  }
  return null
}
const forged = (header, payload) => {
  const text = [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`
}
const parts = text => text.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url')))

test('identity, grants and time to live are read', () => {
  expect(check(token())).toMatchObject({ identity: 'user_7', grant: { incoming: true, application_sid: AP, params: { crm: '7' } } })
  expect(check(token({ ttl: 60 })).ttl).toBeGreaterThan(57)
  expect(check(token({ grant: { outgoingApplicationSid: AP } })).grant.incoming).toBe(false)
  expect(check(token({ identity: 12 })).identity).toBe('12')
})

test('every algorithm of the package', () => {
  for (const algorithm of AccessToken.ALGORITHMS) {
    const made = new AccessToken(AC, SK, SECRET, { identity: 'user_7', ttl: 60 })
    made.addGrant(new AccessToken.VoiceGrant({ incomingAllow: true }))
    expect(check(made.toJwt(algorithm)).identity, algorithm).toBe('user_7')
  }
})

test('a home region must be this one', () => {
  expect(code(token({ region: 'ie1' }))).toBe(31204)
  expect(code(token({ region: 'ie1' }), { region: 'ie1' })).toBe(null)
  expect(code(token(), { region: 'ie1' })).toBe(31204)
})

test('times: expired, not yet, too long', () => {
  const now = Date.now() / 1000
  expect(code(token({ ttl: 60 }), { now: now + 59 })).toBe(null)
  expect(code(token({ ttl: 60 }), { now: now + 61 })).toBe(31205)
  expect(code(token({ nbf: Math.floor(now) + 100 }))).toBe(31204)
  expect(code(token({ ttl: 86_400 }))).toBe(null)
  expect(code(token({ ttl: 86_401 }))).toBe(31207)
})

test('who signed it, for whom', () => {
  expect(code(token({ secret: 'other' }))).toBe(31204)
  expect(code(token({ key: `SK${'9'.repeat(32)}` }))).toBe(31204)
  expect(code(token({ key: AP }), { secretOf: () => SECRET }), 'an application is no key').toBe(31204)
  expect(code(token({ account: `AC${'9'.repeat(32)}` }))).toBe(31204)
})

test('form: algorithm none, padding, missing parts, strange types, no grant', () => {
  const good = token()
  const [header, payload] = parts(good)
  expect(code(forged(header, payload))).toBe(null)
  expect(code(forged({ ...header, alg: 'none' }, payload))).toBe(31204)
  expect(code(forged({ ...header, cty: undefined }, payload))).toBe(31204)
  expect(code(`${good}=`)).toBe(31204)
  expect(code(good.split('.').slice(0, 2).join('.'))).toBe(31204)
  expect(code(`${good}.x`)).toBe(31204)
  expect(code('')).toBe(31204)
  expect(code(undefined)).toBe(31204)
  expect(code(forged(header, []))).toBe(31204)
  expect(code(forged(header, { ...payload, exp: 'tomorrow' }))).toBe(31204)
  expect(code(forged(header, { ...payload, grants: { ...payload.grants, identity: 7 } }))).toBe(31204)
  expect(code(forged(header, { ...payload, grants: { ...payload.grants, identity: 'x'.repeat(257) } }))).toBe(31204)
  expect(code(token({ grant: null }))).toBe(31204)
})
