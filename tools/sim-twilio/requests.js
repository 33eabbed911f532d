// Requests that Twilio sends: forms with a signature over them.
import { randomUUID } from 'node:crypto'
import { sign } from './signature.js'

const READ_TIMEOUT_MS = 15_000

// Connection overrides ride in the fragment: #rc=3&rp=all
export function overrides(url) {
  const fragment = new URLSearchParams(url.split('#')[1] ?? '')
  const number = (name, fallback, most) => Math.min(Number(fragment.get(name) ?? fallback) || fallback, most)
  return { timeout_ms: number('tt', READ_TIMEOUT_MS, READ_TIMEOUT_MS), retries: Math.min(Number(fragment.get('rc') ?? 1), 5),
    policy: fragment.get('rp') ?? 'ct' }
}

export function signedRequest(authToken, { url, method = 'POST' }, params, token = randomUUID()) {
  const pairs = Object.entries(params).filter(([, value]) => value !== undefined && value !== null).map(([k, v]) => [k, String(v)])
  const base = url.replace(/#.*$/, '')
  const headers = { 'i-twilio-idempotency-token': token, 'user-agent': 'TwilioProxy/1.1', accept: '*/*' }
  const { timeout_ms } = overrides(url)
  if (method === 'GET') {
    const target = base + (base.includes('?') ? '&' : '?') + new URLSearchParams(pairs)
    return { url: target, method, headers: { ...headers, 'x-twilio-signature': sign(authToken, target) }, timeout_ms }
  }
  return { url: base, method, timeout_ms, body: new URLSearchParams(pairs).toString(),
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', 'x-twilio-signature': sign(authToken, base, pairs) } }
}
