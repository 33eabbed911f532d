// The official REST client, led to the simulator; nothing else of it is changed.
import twilio from 'twilio'

class ToSimulator extends twilio.RequestClient {
  constructor(base) {
    super()
    this.base = base
  }

  request(options) {
    const { pathname, search } = new URL(options.uri)
    return super.request({ ...options, uri: `${this.base}${pathname}${search}` })
  }
}

export const twilioClient = ({ api, account_sid }, user, password) =>
  twilio(user, password, { accountSid: account_sid, httpClient: new ToSimulator(api) })

// Whether the official verifier believes a webhook that an application got.
export function believes(authToken, { method, url, body, headers }, publicUrl = url) {
  const params = method === 'GET' ? {} : parametersOf(body)
  return twilio.validateRequest(authToken, headers['x-twilio-signature'], publicUrl, params)
}

function parametersOf(body) {
  const out = {}
  for (const [name, value] of new URLSearchParams(body)) out[name] = name in out ? [out[name], value].flat() : value
  return out
}
