// The few answers of a carrier's API that a provider's test and set-up ask for.
import { createServer } from 'node:http'

export class Twilio {
  requests = []
  application = null
  constructor({ account, token, number }) { Object.assign(this, { account, token, number }) }

  async start() {
    this.server = createServer((req, res) => {
      let body = ''
      req.on('data', chunk => { body += chunk })
      req.on('end', () => this.answer(req, new URLSearchParams(body), res))
    })
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${this.server.address().port}`
    return this
  }
  answer(req, form, res) {
    const [user, password] = Buffer.from((req.headers.authorization ?? '').slice(6), 'base64').toString().split(':')
    const path = req.url.split('?')[0]
    const say = (status, json) => { res.writeHead(status, { 'content-type': 'application/json' }); res.end(JSON.stringify(json)) }
    this.requests.push(`${req.method} ${path}`)
    if (path === '/healthz') return say(200, { service: 'webhook-ingest' }) // our own door, for the test of VOIP_WEBHOOK_URL
    if (!(user === this.account && password === this.token) && !user.startsWith('SK')) return say(401, { code: 20003, message: 'Authenticate', status: 401 })
    const base = `/2010-04-01/Accounts/${this.account}`
    if (path === `${base}.json`) return say(200, { sid: this.account, friendly_name: 'Acme', status: 'active' })
    if (path === `${base}/IncomingPhoneNumbers.json`) {
      return say(200, { incoming_phone_numbers: [{ sid: `PN${'1'.repeat(32)}`, phone_number: this.number, voice_application_sid: this.pointed ?? '', voice_url: '' }] })
    }
    if (path.startsWith(`${base}/IncomingPhoneNumbers/`)) {
      this.pointed = form.get('VoiceApplicationSid')
      return say(200, { sid: `PN${'1'.repeat(32)}` })
    }
    if (path === `${base}/Applications.json` && req.method === 'GET') return say(200, { applications: [] })
    if (path.startsWith(`${base}/Applications`)) {
      if (req.method === 'POST') this.application = { sid: `AP${'2'.repeat(32)}`, voice_url: form.get('VoiceUrl') ?? this.application?.voice_url }
      return this.application ? say(201, this.application) : say(404, { code: 20404, message: 'not found', status: 404 })
    }
    return say(404, { code: 20404, message: `no ${path} here`, status: 404 })
  }
  stop() { this.server.close() }
}
