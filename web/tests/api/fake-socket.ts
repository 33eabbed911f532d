// A WebSocket that the test drives: what was sent, and open, say, drop.
export class FakeWebSocket {
  static last: FakeWebSocket
  static made = 0
  readonly sent: Record<string, unknown>[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  closed = false

  constructor(readonly url: string) {
    FakeWebSocket.last = this
    FakeWebSocket.made++
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }

  close(code = 1000): void {
    if (this.closed) return
    this.closed = true
    this.onclose?.({ code })
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  greet(session = 's1', calls: readonly object[] = []): void {
    this.onopen?.()
    const user = { id: 'u', name: 'U', email: 'u@example.com' }
    this.say({ type: 'hello', session, user, calls, server_time: new Date().toISOString() })
  }
}
