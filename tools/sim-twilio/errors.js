// Refusals of the REST API as Twilio words them.
const known = {
  20001: [400, 'Unknown parameters'],
  20003: [401, 'Authenticate'],
  20004: [405, 'Method not allowed'],
  20005: [401, 'Account not active'],
  20404: [404, 'The requested resource was not found'],
  20429: [429, 'Too Many Requests'],
  20500: [500, 'Internal Server Error'],
  21201: [400, "No 'To' number is specified"],
  21205: [400, 'Url is not a valid URL'],
  21210: [400, "'From' phone number not verified"],
  21211: [400, "Invalid 'To' Phone Number"],
  21212: [400, "Invalid 'From' Number"],
  21213: [400, "No 'From' number is specified"],
  21218: [400, 'Invalid ApplicationSid'],
  21220: [400, 'Invalid call state'],
  21401: [400, 'Invalid Phone Number'],
  21403: [400, 'Invalid HTTP method'],
  21609: [400, "Invalid 'StatusCallback' URL"],
  21620: [400, 'Invalid field'],
  22005: [429, 'The queue of calls is full'],
}

export class ApiError extends Error {
  constructor(code, detail) {
    const [status, message] = known[code]
    super(detail ? `${message}: ${detail}` : message)
    Object.assign(this, { code, status })
  }

  body() {
    return { code: this.code, message: this.message, more_info: `https://www.twilio.com/docs/errors/${this.code}`, status: this.status }
  }
}

// The body for a status that a fault asked for.
export function faultBody(status) {
  const code = Number(Object.keys(known).find(c => known[c][0] === status)) || 20500
  const message = status === 429 ? 'Too Many Requests' : known[code][1]
  return { code: status === 429 ? 20429 : code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }
}
