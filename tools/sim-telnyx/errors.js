// Refusals of the REST API as Telnyx words them.
const known = {
  10001: [401, 'Authentication failed'],
  10004: [422, 'Missing required parameter'],
  10005: [404, 'Resource not found'],
  10007: [405, 'Method not allowed'],
  10009: [403, 'Account inactive'],
  10011: [429, 'Too many requests'],
  10015: [422, 'Invalid value'],
  10016: [422, 'Phone number must be in +E164 format'],
  10017: [422, 'Unknown parameter'],
  10500: [500, 'Unexpected error'],
  90015: [422, 'Invalid call control ID'],
  90018: [422, 'Call has already ended'],
  90034: [422, 'Call not answered yet'],
  90053: [422, 'Recording is not active'],
}

export class ApiError extends Error {
  constructor(code, detail, pointer = null) {
    const [status, title] = known[code]
    super(detail ?? title)
    Object.assign(this, { code, status, title, pointer })
  }

  body() {
    return { errors: [{ code: String(this.code), title: this.title, detail: this.message, ...(this.pointer ? { source: { pointer: this.pointer } } : {}),
      meta: { url: `https://developers.telnyx.com/docs/overview/errors/${this.code}` } }] }
  }
}

// The body for a status that a fault asked for.
export function faultBody(status) {
  const code = Object.keys(known).find(c => known[c][0] === status) ?? '10500'
  return { errors: [{ code, title: known[code][1], detail: 'A fault on request' }] }
}
