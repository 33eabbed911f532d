// The mock's telephone line. The last digits of a number say what happens: 1 busy, 2 no answer,
// 3 forbidden, 4 the far side hangs up after 4 s; all others answer.
import type { WebSocket } from 'ws'
import { CONTACTS, US } from './data.ts'

interface MockCall {
  [field: string]: unknown
  id: string
  version: number
  status: string
  session: string | null
}

export class Line {
  private readonly sockets = new Map<WebSocket, string>()
  private readonly calls = new Map<string, MockCall>()
  private count = 0

  join(ws: WebSocket): void {
    const session = `mock/${++this.count}`
    this.sockets.set(ws, session)
    ws.on('close', () => this.sockets.delete(ws))
    ws.on('message', (data) => this.onMessage(ws, session, JSON.parse(String(data))))
    const calls = [...this.calls.values()].filter((call) => !call.ended_at)
    const user = { id: 'u1', name: 'Sam Agent', email: 'agent@example.com' }
    this.send(ws, {
      type: 'hello',
      session,
      user,
      calls: calls.map((c) => ({ ...c, mine: false })),
      server_time: new Date().toISOString(),
    })
  }

  ring(person = 0): void {
    const contact = CONTACTS[person] ?? null
    this.change(this.create('inbound', contact?.phone ?? '+14155550199', null), { status: 'ringing' })
  }

  /** For pictures: what each tab would hear of the network. */
  endAll(by = 'customer'): void {
    for (const call of this.calls.values()) if (!call.ended_at) this.end(call, 'completed', by)
  }

  dropSockets(): void {
    for (const ws of this.sockets.keys()) ws.terminate()
  }

  private create(direction: string, other: string, session: string | null): MockCall {
    const contact = CONTACTS.find((c) => c.phone === other)
    const call: MockCall = {
      id: crypto.randomUUID(),
      version: 1,
      direction,
      status: 'initiated',
      from_number: direction === 'inbound' ? other : US,
      to_number: direction === 'inbound' ? US : other,
      contact: contact
        ? { type: contact.type, id: contact.id, name: contact.name, company: contact.company }
        : null,
      started_at: new Date().toISOString(),
      answered_at: null,
      ended_at: null,
      duration: 0,
      hangup_by: null,
      cause: null,
      message: null,
      session,
      held: false,
      recording: false,
      driver: null,
      provider_id: null,
      early_media: false,
      click_to_call: false,
      did: direction === 'inbound' ? US : '',
    }
    this.calls.set(call.id, call)
    return call
  }

  private change(call: MockCall, change: Record<string, unknown>): void {
    if (call.ended_at) return
    Object.assign(call, change, { version: call.version + 1 })
    for (const [ws, session] of this.sockets) {
      this.send(ws, { type: 'call.changed', call: { ...call, mine: call.session === session } })
    }
  }

  private end(call: MockCall, status: string, by: string, cause: string | null = null): void {
    const answered = call.answered_at ? Date.parse(String(call.answered_at)) : 0
    const duration = answered ? Math.round((Date.now() - answered) / 1000) : 0
    const ended_at = new Date().toISOString()
    this.change(call, { status, hangup_by: by, cause, duration, ended_at })
  }

  private connect(call: MockCall, session: string): void {
    this.change(call, {
      status: 'in-progress',
      answered_at: call.answered_at ?? new Date().toISOString(),
      session,
      recording: true,
    })
  }

  private dial(ws: WebSocket, session: string, to: string): MockCall {
    const call = this.create('outbound', to, session)
    this.change(call, {})
    const last = to.slice(-1)
    if (last === '3') {
      setTimeout(() => this.end(call, 'failed', 'system', 'destination_forbidden'), 300)
      return call
    }
    setTimeout(() => this.send(ws, { type: 'call.media', call_id: call.id, sdp: 'mock' }), 150)
    setTimeout(() => this.change(call, { status: 'ringing' }), 500)
    if (last === '1') setTimeout(() => this.end(call, 'busy', 'system', 'busy'), 1500)
    else if (last !== '2') setTimeout(() => this.connect(call, session), 2000)
    if (last === '4') setTimeout(() => this.end(call, 'completed', 'customer'), 6000)
    return call
  }

  private onMessage(ws: WebSocket, session: string, message: Record<string, string>): void {
    const { id, type } = message
    const call = this.calls.get(message.call_id ?? '')
    const reply = (fields: object = {}) => this.send(ws, { type: 'reply', id, ok: true, ...fields })
    if (type === 'ping') return reply()
    if (type === 'call.dial') return reply({ call_id: this.dial(ws, session, message.to ?? '').id })
    if (!call || call.ended_at) return reply({ ok: false, error: 'not_found', message: 'No such call.' })
    if (type === 'call.answer' && call.status === 'in-progress') {
      return reply({ ok: false, error: 'already_answered', message: 'Answered elsewhere.' })
    }
    reply(type === 'call.answer' || type === 'call.attach' ? { call_id: call.id, sdp: 'mock' } : {})
    if (type === 'call.answer' || type === 'call.attach') this.connect(call, session)
    else if (type === 'call.hangup') this.end(call, call.answered_at ? 'completed' : 'canceled', 'agent')
    else if (type === 'call.decline') this.end(call, 'busy', 'agent', 'declined')
    else if (type === 'call.hold') this.change(call, { held: true })
    else if (type === 'call.unhold') this.change(call, { held: false })
  }

  private send(ws: WebSocket, message: object): void {
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(message))
  }
}
