// X-Twilio-Signature: HMAC-SHA1 over the URL and, for a form, its sorted pairs.
import { createHmac } from 'node:crypto'

const byCodeUnit = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

// pairs: [[name, value], …], as they are in the body
export function sign(authToken, url, pairs = []) {
  const values = new Map()
  for (const [name, value] of pairs) values.set(name, (values.get(name) ?? new Set()).add(value))
  let text = url.replace(/#.*$/, '')
  for (const name of [...values.keys()].sort(byCodeUnit)) {
    for (const value of [...values.get(name)].sort(byCodeUnit)) text += name + value
  }
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64')
}
