import { randomBytes, randomInt, randomUUID } from 'node:crypto'

export const uuid = randomUUID
export const callControlId = () => `v3:${randomBytes(30).toString('base64url')}`
export const numericId = () => String(randomInt(1e14)).padStart(15, '1') + String(randomInt(1e4)).padStart(4, '0')
export const secret = bytes => randomBytes(bytes).toString('base64url')

// ISO 8601 with microseconds, as in webhooks. The clock of JavaScript gives milliseconds; the rest counts up, so that two events
// of one millisecond keep their order.
let last = 0
export function moment(ms = Date.now()) {
  last = Math.max(ms * 1000, last + 1)
  const iso = new Date(Math.floor(last / 1000)).toISOString()
  return `${iso.slice(0, -1)}${String(last % 1000).padStart(3, '0')}Z`
}

export const iso = date => (date ? date.toISOString() : null)
