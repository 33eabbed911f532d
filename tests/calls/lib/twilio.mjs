// Twilio's API as far as calls use it, with the faults that a test asks for. It rings nobody: the test says
// what happens to a call, and webhooks go out as Twilio's would.
import { createServer } from 'node:http'
import { randomBytes } from 'node:crypto'

const sid = prefix => prefix + randomBytes(16).toString('hex')
const over = status => ['completed', 'busy', 'no-answer', 'failed', 'canceled'].includes(status)
// A client may be listed with the parameters that it was dialled with, or without: here both happen.
const listedTo = call => (call.sid < 'CA8' ? call.to : call.to.split('?')[0])
const rfc2822 = ms => new Date(ms).toUTCString().replace('GMT', '+0000')

export class FakeTwilio {
  account = sid('AC')
  calls = new Map() // by sid, in the order of their creation
  rooms = new Map() // name -> sid
  requests = []
  ended = [] // legs that came by themselves and were hung up
  faults = [] // of the next dials: '500', '429', '401', 'cut' (performs, then says nothing), 'drop' (does nothing, says nothing)
  always = null // the same, of all
  listsNone = false // its list is behind what it dialled

  // hook(event): a webhook goes out
  constructor(hook) {
    this.hook = hook
    this.server = createServer((req, res) => {
      let body = ''
      req.on('data', chunk => { body += chunk })
      req.on('end', () => this.take(req, res, new URLSearchParams(body)))
    })
  }

  async up() {
    await new Promise(resolve => this.server.listen(this.port ?? 0, '127.0.0.1', resolve))
    this.port = this.server.address().port
    this.base = `http://127.0.0.1:${this.port}`
    return this
  }

  down() {
    return new Promise(resolve => { this.server.close(resolve); this.server.closeAllConnections() })
  }

  take(req, res, form) {
    const url = new URL(req.url, this.base)
    const path = url.pathname.replace(`/2010-04-01/Accounts/${this.account}`, '')
    const json = (status, value, headers = {}) => {
      res.writeHead(status, { 'content-type': 'application/json', ...headers })
      res.end(JSON.stringify(value))
    }
    this.requests.push({ method: req.method, path, form: Object.fromEntries(form), query: Object.fromEntries(url.searchParams) })
    let m
    if (req.method === 'POST' && (m = /^\/Conferences\/([^/]+)\/Participants\.json$/.exec(path))) return this.dial(res, json, decodeURIComponent(m[1]), form)
    if (req.method === 'POST' && (m = /^\/Conferences\/(CF\w+)\/Participants\/(CA\w+)\.json$/.exec(path))) return this.change(json, m[2], form)
    if (req.method === 'POST' && (m = /^\/Calls\/(CA\w+)\.json$/.exec(path))) return this.end(json, m[1], form)
    if (req.method === 'GET' && (m = /^\/Calls\/(CA\w+)\.json$/.exec(path))) {
      const call = this.calls.get(m[1])
      return call ? json(200, this.resource(call)) : json(404, { code: 20404, message: 'not found', status: 404 })
    }
    if (req.method === 'GET' && path === '/Calls.json') {
      const q = url.searchParams
      const list = this.listsNone ? [] : [...this.calls.values()].filter(c => listedTo(c) === q.get('To') && c.from === q.get('From')).reverse()
      return json(200, { calls: list.slice(0, 20).map(c => this.resource(c)), next_page_uri: null, page: 0, page_size: 20 })
    }
    json(404, { code: 20404, message: `no such resource ${path}`, status: 404 })
  }

  resource(call) {
    return { sid: call.sid, account_sid: this.account, to: listedTo(call), from: call.from, status: call.status, direction: 'outbound-api', parent_call_sid: null,
      start_time: call.answered ? rfc2822(call.answered) : null, end_time: call.ended ? rfc2822(call.ended) : null, duration: call.ended ? String(call.talk) : null }
  }

  dial(res, json, room, form) {
    const fault = this.faults.length ? this.faults.shift() : this.always
    if (fault === '500') return json(500, { code: 20500, message: 'oops', status: 500 })
    if (fault === '429') return json(429, { code: 20429, message: 'slow down', status: 429 })
    if (fault === '401') return json(401, { code: 20003, message: 'Authenticate', status: 401 })
    if (fault === '400') return json(400, { code: 21211, message: "The 'To' number is not valid.", status: 400 })
    if (fault === 'drop') return res.destroy()
    if (!this.rooms.has(room)) this.rooms.set(room, sid('CF'))
    const callback = new URL(form.get('StatusCallback'))
    const call = { sid: sid('CA'), to: form.get('To'), from: form.get('From'), room, label: form.get('Label'), status: 'queued', form: Object.fromEntries(form),
      events: form.getAll('StatusCallbackEvent'), call_id: callback.searchParams.get('call'), leg: callback.searchParams.get('leg'), callback: callback.href }
    this.calls.set(call.sid, call)
    this.onDial?.(call)
    if (fault === 'cut') return res.destroy()
    json(201, { account_sid: this.account, call_sid: call.sid, conference_sid: this.rooms.get(room), label: call.label, status: 'queued' })
  }

  change(json, callSid, form) {
    const call = this.calls.get(callSid)
    if (!call) return json(404, { code: 20404, message: 'not found', status: 404 })
    if (form.has('Hold')) call.hold = form.get('Hold')
    json(200, { call_sid: callSid, hold: call.hold === 'true' })
  }

  // A leg that was not dialled here is one that came by itself.
  end(json, callSid, form) {
    const call = this.calls.get(callSid)
    if (call?.browser) {
      call.status = 'completed'
      this.ended.push(callSid)
      return json(200, { sid: callSid, status: 'completed' })
    }
    if (call && over(call.status)) return json(400, { code: 21220, message: 'Call is not in-progress. Cannot redirect.', status: 400 })
    if (call) this.say(call, call.status === 'in-progress' ? 'completed' : 'canceled')
    else this.ended.push(callSid)
    json(200, { sid: callSid, status: form.get('Status') })
  }

  // A browser's SDK has a leg.
  browser(from, sid = newSid('CA')) {
    this.calls.set(sid, { sid, from, to: '', status: 'in-progress', answered: Date.now(), browser: true })
    return sid
  }

  // The call gets that status, and its webhook goes out.
  say(call, status, { talk = 0, sip = '', at = Date.now(), silent = false } = {}) {
    call.status = status
    if (status === 'in-progress') call.answered = at
    if (over(status)) Object.assign(call, { ended: at, talk })
    if (!silent) this.hook(this.status(call, status, { talk, sip, at }))
  }

  status(call, status, { talk = 0, sip = '', at = Date.now() } = {}) {
    return { kind: 'status', external_id: call.sid, call_id: call.call_id, leg: call.leg, occurred_us: Math.floor(at / 1000) * 1000000,
      fields: { CallSid: call.sid, CallStatus: status, ...(over(status) ? { CallDuration: String(talk), SipResponseCode: sip } : {}) } }
  }

  dials(callId, leg) {
    return [...this.calls.values()].filter(c => c.call_id === callId && c.leg === leg)
  }
}

// What Twilio says of a participant in a room.
export const conference = (callId, leg, external_id, event, room = 'CF' + '0'.repeat(32)) => ({ kind: 'conference', external_id, call_id: callId, leg, occurred_us: Math.floor(Date.now() / 1000) * 1000000,
  fields: { ConferenceSid: room, StatusCallbackEvent: event, ParticipantLabel: leg, CallSid: external_id } })

export const newSid = sid
