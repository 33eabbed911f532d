// Twilio writes dates as RFC 2822 in UTC.
export const rfc2822 = date => (date ? date.toUTCString().replace('GMT', '+0000') : null)

// A day (2026-11-26) or a moment (ISO 8601) of a list's filter.
export function readDate(text) {
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  return Number.isNaN(time) ? null : new Date(time)
}
