// One WebSocket that stays: it reconnects, gives each request an id and a deadline, and sends a
// request again over the new connection when that is safe. It knows nothing of calls.
import { backoff } from './backoff'
import type { ClientRequest, Reply, ServerMessage } from './messages'

export type LinkState = 'connecting' | 'open' | 'signed-out' | 'stopped'

export interface SocketOptions {
  /** Asked before each connection, because a ticket is good for one. */
  url: () => string | Promise<string>
  /** Asked after a refused handshake: false ends the attempts, the user must sign in. */
  signedIn?: () => Promise<boolean>
  onMessage: (message: ServerMessage) => void
  onLink: (state: LinkState) => void
  connect?: (url: string) => WebSocket
}

export class RequestError extends Error {
  constructor(
    readonly code: string,
    message = code,
  ) {
    super(message)
  }
}

interface Pending {
  text: string
  /** A repeat does no harm, so a lost connection does not fail the request. */
  again: boolean
  timer: ReturnType<typeof setTimeout>
  resolve: (reply: Reply) => void
  reject: (error: RequestError) => void
}

const REQUEST_MS = 10_000
const PING_EVERY_MS = 20_000
const PONG_MS = 5_000
/** A handshake that neither opens nor fails: a captive portal, a dead proxy. */
const HANDSHAKE_MS = 8_000
/** The close code for "the session is over" (RFC 6455 §7.4.2: 4000-4999 are private). */
const CLOSE_SIGNED_OUT = 4401

export class Socket {
  private ws: WebSocket | null = null
  private link: LinkState = 'stopped'
  private attempt = 0
  private lastId = 0
  private generation = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private pinger: ReturnType<typeof setInterval> | undefined
  private readonly pending = new Map<string, Pending>()
  private readonly prefix = Math.random().toString(36).slice(2, 8)

  constructor(private readonly options: SocketOptions) {}

  get state(): LinkState {
    return this.link
  }

  start(): void {
    if (this.link !== 'stopped' && this.link !== 'signed-out') return
    this.attempt = 0
    void this.open()
  }

  stop(): void {
    this.end('stopped')
  }

  /** After sleep or a new network the old connection may be dead without having said so. */
  check(): void {
    if (this.link === 'open') void this.ping()
    else if (this.link === 'connecting' && this.retry) {
      clearTimeout(this.retry)
      this.attempt = 0
      void this.open()
    }
  }

  request(body: ClientRequest, { again = false, timeout = REQUEST_MS } = {}): Promise<Reply> {
    const id = `${this.prefix}-${++this.lastId}`
    return new Promise((resolve, reject) => {
      if (this.link !== 'open' && !again) return reject(new RequestError('offline'))
      if (this.link === 'stopped' || this.link === 'signed-out') {
        return reject(new RequestError('signed_out'))
      }
      const timer = setTimeout(() => this.fail(id, 'timeout'), timeout)
      const text = JSON.stringify({ ...body, id })
      this.pending.set(id, { text, again, timer, resolve, reject })
      if (this.link === 'open') this.ws?.send(text)
    })
  }

  private async open(): Promise<void> {
    const generation = ++this.generation
    this.retry = undefined
    this.setLink('connecting')
    let url: string
    try {
      url = await this.options.url()
    } catch {
      if (generation === this.generation) void this.lost(false)
      return
    }
    if (generation !== this.generation) return
    const ws = (this.options.connect ?? ((u) => new WebSocket(u)))(url)
    this.ws = ws
    const handshake = setTimeout(() => ws.close(), HANDSHAKE_MS)
    let opened = false
    ws.onmessage = (event) => {
      if (generation === this.generation) this.receive(String(event.data))
    }
    ws.onopen = () => {
      clearTimeout(handshake)
      opened = true
    }
    ws.onclose = (event) => {
      clearTimeout(handshake)
      if (generation !== this.generation) return
      if (event.code === CLOSE_SIGNED_OUT) this.end('signed-out')
      else void this.lost(opened)
    }
  }

  /** The link counts as open from `hello` on: only then does the gateway know who we are. */
  private greet(): void {
    this.attempt = 0
    this.setLink('open')
    for (const { text } of this.pending.values()) this.ws?.send(text)
    clearInterval(this.pinger)
    this.pinger = setInterval(() => void this.ping(), PING_EVERY_MS)
  }

  private receive(data: string): void {
    let message: ServerMessage
    try {
      message = JSON.parse(data) as ServerMessage
    } catch {
      return
    }
    if (message.type === 'reply') return this.settle(message)
    if (message.type === 'hello') {
      this.options.onMessage(message)
      return this.greet()
    }
    if (message.type === 'bye' && message.reason === 'signed_out') return this.end('signed-out')
    this.options.onMessage(message)
  }

  private settle(reply: Reply): void {
    const id = reply.id ?? ''
    const pending = this.pending.get(id)
    if (!pending) return
    this.pending.delete(id)
    clearTimeout(pending.timer)
    if (reply.ok) pending.resolve(reply)
    else pending.reject(new RequestError(reply.error ?? 'internal', reply.message ?? undefined))
  }

  private fail(id: string, code: string): void {
    const pending = this.pending.get(id)
    if (!pending) return
    this.pending.delete(id)
    clearTimeout(pending.timer)
    pending.reject(new RequestError(code))
  }

  private async ping(): Promise<void> {
    const generation = this.generation
    try {
      await this.request({ type: 'ping' }, { timeout: PONG_MS })
    } catch (error) {
      const silent = error instanceof RequestError && error.code === 'timeout'
      if (silent && generation === this.generation) {
        this.drop()
        void this.lost(true)
      }
    }
  }

  private async lost(wasOpen: boolean): Promise<void> {
    const generation = ++this.generation
    this.drop()
    for (const [id, pending] of this.pending) if (!pending.again) this.fail(id, 'offline')
    this.setLink('connecting')
    if (!wasOpen && this.options.signedIn && !(await this.options.signedIn().catch(() => true))) {
      if (generation === this.generation) this.end('signed-out')
      return
    }
    if (generation !== this.generation) return
    this.retry = setTimeout(() => void this.open(), backoff(this.attempt++))
  }

  private drop(): void {
    clearInterval(this.pinger)
    const ws = this.ws
    this.ws = null
    if (!ws) return
    ws.onclose = ws.onmessage = ws.onopen = null
    ws.close()
  }

  private end(state: 'signed-out' | 'stopped'): void {
    this.generation++
    clearTimeout(this.retry)
    this.retry = undefined
    this.drop()
    for (const id of [...this.pending.keys()]) this.fail(id, 'signed_out')
    this.setLink(state)
  }

  private setLink(state: LinkState): void {
    if (state === this.link) return
    this.link = state
    this.options.onLink(state)
  }
}
