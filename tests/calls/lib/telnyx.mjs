// Telnyx's Call Control as far as calls use it. A command that is repeated under its id acts once; the test says
// what happens to a leg.
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'

export class FakeTelnyx {
  legs = new Map() // by call_control_id
  commands = [] // {name, id, body}
  seen = new Map() // command_id -> answer
  faults = [] // of the next dials: 'cut' (performs, then says nothing), '500', '429'
  always = null

  constructor(hook) {
    this.hook = hook
    this.server = createServer((req, res) => {
      let body = ''
      req.on('data', chunk => { body += chunk })
      req.on('end', () => this.take(req, res, body ? JSON.parse(body) : {}))
    })
  }

  async up() {
    await new Promise(resolve => this.server.listen(this.port ?? 0, '127.0.0.1', resolve))
    this.port = this.server.address().port
    this.base = `http://127.0.0.1:${this.port}/v2`
    return this
  }

  down() {
    return new Promise(resolve => { this.server.close(resolve); this.server.closeAllConnections() })
  }

  take(req, res, body) {
    const path = new URL(req.url, this.base).pathname.replace('/v2', '')
    const json = (status, value) => {
      res.writeHead(status, { 'content-type': 'application/json' })
      res.end(JSON.stringify(value))
    }
    const fail = (status, code) => json(status, { errors: [{ code, title: 'no', detail: 'no' }] })
    let m
    if (req.method === 'POST' && path === '/calls') return this.dial(res, json, fail, body)
    if (req.method === 'POST' && (m = /^\/calls\/([^/]+)\/actions\/(\w+)$/.exec(path))) {
      const leg = this.legs.get(decodeURIComponent(m[1]))
      this.commands.push({ name: m[2], id: decodeURIComponent(m[1]), body })
      if (!leg) return fail(404, '10005')
      if (leg.ended) return fail(422, '90018')
      json(200, { data: { result: 'ok' } })
      if (m[2] === 'hangup') this.end(leg, 'normal_clearing')
      if (m[2] === 'answer') this.tell(leg, 'call.answered')
      return
    }
    if (req.method === 'GET' && (m = /^\/calls\/([^/]+)$/.exec(path))) {
      const leg = this.legs.get(decodeURIComponent(m[1]))
      if (!leg) return fail(404, '10005')
      return json(200, { data: { call_control_id: leg.id, is_alive: !leg.ended, start_time: null, end_time: leg.ended ? new Date(leg.ended).toISOString() : null, call_duration: leg.talk ?? 0 } })
    }
    fail(404, '10005')
  }

  dial(res, json, fail, body) {
    const fault = this.faults.length ? this.faults.shift() : this.always
    if (fault === '500') return fail(500, '10000')
    if (fault === '429') return fail(429, '10011')
    const known = this.seen.get(body.command_id)
    if (known) return fault === 'cut' ? res.destroy() : json(200, known)
    const state = new URLSearchParams(Buffer.from(body.client_state, 'base64').toString())
    const leg = { id: `v3:${randomUUID()}`, to: body.to, from: body.from, body, call_id: state.get('call'), leg: state.get('leg') }
    const answer = { data: { call_control_id: leg.id, call_leg_id: randomUUID(), call_session_id: randomUUID(), is_alive: false, record_type: 'call' } }
    this.legs.set(leg.id, leg)
    this.seen.set(body.command_id, answer)
    this.onDial?.(leg)
    if (fault === 'cut') return res.destroy()
    json(200, answer)
  }

  // A leg that somebody else begins.
  // state: what it says of itself in client_state; connection: that it is on, the application's when it is not said.
  arrive({ direction = 'incoming', from, to, state = {}, connection }) {
    const leg = { id: `v3:${randomUUID()}`, from, to, direction, connection, call_id: state.call, leg: state.leg }
    this.legs.set(leg.id, leg)
    this.tell(leg, 'call.initiated', { state: 'parked', direction })
    return leg
  }

  tell(leg, kind, extra = {}, at = Date.now()) {
    this.hook({ kind, external_id: leg.id, call_id: leg.call_id ?? '', leg: leg.leg ?? '', occurred_us: at * 1000,
      body: JSON.stringify({ data: { event_type: kind, payload: { call_control_id: leg.id, connection_id: leg.connection ?? leg.body?.connection_id, from: leg.from, to: leg.to, ...extra } } }) })
  }

  answer(leg, at) {
    leg.answered = at ?? Date.now()
    this.tell(leg, 'call.answered', {}, leg.answered)
  }

  // source: who ended it; the leg's own party when it is not said.
  end(leg, cause, { at = Date.now(), silent = false, source = null } = {}) {
    if (leg.ended) return
    leg.ended = at
    leg.talk = leg.answered ? Math.round((at - leg.answered) / 1000) : 0
    if (!silent) this.tell(leg, 'call.hangup', { hangup_cause: cause, hangup_source: source ?? (leg.direction === 'incoming' ? 'caller' : 'callee'), sip_hangup_cause: cause === 'user_busy' ? '486' : '200' }, at)
  }

  dials(callId, leg) {
    return [...this.legs.values()].filter(l => l.call_id === callId && l.leg === leg)
  }

  did(name, leg) {
    return this.commands.find(c => c.name === name && c.id === leg.id)
  }
}
