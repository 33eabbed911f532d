import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoff } from '@/api/backoff'
import type { ServerMessage } from '@/api/messages'
import { Socket, type LinkState, type SocketOptions } from '@/api/socket'
import { FakeWebSocket } from './fake-socket'

let links: LinkState[]
let messages: ServerMessage[]

function start(options: Partial<SocketOptions> = {}): Socket {
  const socket = new Socket({
    url: () => 'ws://test',
    onLink: (state) => links.push(state),
    onMessage: (message) => messages.push(message),
    connect: (url) => new FakeWebSocket(url) as unknown as WebSocket,
    ...options,
  })
  socket.start()
  return socket
}

/** Lets promises settle, then runs the timers of so many milliseconds. */
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const ws = () => FakeWebSocket.last
const hangup = { type: 'call.hangup', call_id: 'c' } as const

beforeEach(() => {
  vi.useFakeTimers()
  links = []
  messages = []
  FakeWebSocket.made = 0
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a request', () => {
  it('resolves with the reply of its own id, in any order', async () => {
    const socket = start()
    await pass()
    ws().greet()
    const one = socket.request(hangup)
    const two = socket.request(hangup)
    const [first, second] = ws().sent
    ws().say({ type: 'reply', id: second?.id, ok: true, call_id: 'two' })
    ws().say({ type: 'reply', id: first?.id, ok: true, call_id: 'one' })
    expect((await one).call_id).toBe('one')
    expect((await two).call_id).toBe('two')
  })

  it('rejects with the word and the sentence of a refusal', async () => {
    const socket = start()
    await pass()
    ws().greet()
    const asked = socket.request(hangup)
    ws().say({ type: 'reply', id: ws().sent[0]?.id, ok: false, error: 'trunk_down', message: 'The line is down.' })
    await expect(asked).rejects.toMatchObject({ code: 'trunk_down', message: 'The line is down.' })
  })

  it('fails by its deadline when nobody answers', async () => {
    const socket = start()
    await pass()
    ws().greet()
    const asked = expect(socket.request(hangup, { timeout: 1000 })).rejects.toMatchObject({ code: 'timeout' })
    await pass(1000)
    await asked
  })

  it('fails at once without a connection, unless it may be repeated', async () => {
    const socket = start()
    await expect(socket.request(hangup)).rejects.toMatchObject({ code: 'offline' })
    const asked = socket.request(hangup, { again: true })
    await pass()
    ws().greet()
    expect(ws().sent).toHaveLength(1)
    ws().say({ type: 'reply', id: ws().sent[0]?.id, ok: true })
    await expect(asked).resolves.toMatchObject({ ok: true })
  })

  it('is sent again with the same id and content after a lost connection, if that is safe', async () => {
    const socket = start()
    await pass()
    ws().greet()
    const dial = { type: 'call.dial', to: '1', sdp: 'x', idempotency_key: 'k' } as const
    const asked = socket.request(dial, { again: true })
    const before = ws().sent[0]
    ws().close(1006)
    await pass(1000)
    ws().greet('s2')
    expect(ws().sent[0]).toEqual(before)
    ws().say({ type: 'reply', id: before?.id, ok: true, call_id: 'c' })
    expect((await asked).call_id).toBe('c')
  })

  it('that is not safe to repeat fails with the connection', async () => {
    const socket = start()
    await pass()
    ws().greet()
    const asked = expect(socket.request({ type: 'call.dtmf', call_id: 'c', digits: '1' })).rejects.toMatchObject({ code: 'offline' })
    ws().close(1006)
    await asked
  })

  it('ignores replies to nobody, broken JSON and unknown messages', async () => {
    const socket = start()
    await pass()
    ws().greet()
    ws().say({ type: 'reply', id: 'strange', ok: true })
    ws().say({ type: 'reply', id: null, ok: false, error: 'bad_json' })
    ws().onmessage?.({ data: '{"type":' })
    ws().say({ type: 'future.thing' })
    expect(socket.state).toBe('open')
  })
})

describe('the connection', () => {
  it('counts as open from hello on, not from the handshake', async () => {
    start()
    await pass()
    ws().onopen?.()
    expect(links).toEqual(['connecting'])
    ws().greet()
    expect(links).toEqual(['connecting', 'open'])
    expect(messages[0]?.type).toBe('hello')
  })

  it('comes back within a second after a drop', async () => {
    start()
    await pass()
    ws().greet()
    ws().close(1006)
    await pass(1000)
    expect(FakeWebSocket.made).toBe(2)
    ws().greet()
    expect(links).toEqual(['connecting', 'open', 'connecting', 'open'])
  })

  it('waits longer with each failure and starts over after a success', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    start()
    await pass()
    for (const pause of [300, 600, 1200, 2400, 4800, 9600, 15_000, 15_000]) {
      const made = FakeWebSocket.made
      ws().close(1006)
      await pass(pause - 1)
      expect(FakeWebSocket.made).toBe(made)
      await pass(1)
      expect(FakeWebSocket.made).toBe(made + 1)
    }
    ws().greet()
    const made = FakeWebSocket.made
    ws().close(1006)
    await pass(300)
    expect(FakeWebSocket.made).toBe(made + 1)
  })

  it('gives a handshake that hangs up', async () => {
    start()
    await pass(8_000)
    await pass(1_000)
    expect(FakeWebSocket.made).toBe(2)
  })

  it('notices a dead line by a ping that nobody answers', async () => {
    start()
    await pass()
    ws().greet()
    const dead = ws()
    await pass(20_000)
    expect(dead.sent.at(-1)?.type).toBe('ping')
    await pass(5_500)
    expect(FakeWebSocket.made).toBe(2)
    expect(dead.closed).toBe(true)
  })

  it('keeps a line whose pings are answered', async () => {
    start()
    await pass()
    ws().greet()
    for (let i = 0; i < 5; i++) {
      await pass(20_000)
      ws().say({ type: 'reply', id: ws().sent.at(-1)?.id, ok: true })
    }
    expect(FakeWebSocket.made).toBe(1)
  })

  it('looks at once when the computer wakes up', async () => {
    const socket = start()
    for (let i = 0; i < 6; i++) {
      await pass(30_000)
      ws().close(1006)
    }
    await pass()
    const made = FakeWebSocket.made
    socket.check()
    await pass()
    expect(FakeWebSocket.made).toBe(made + 1)
  })

  it('asks for a new URL each time, because a ticket is good for one', async () => {
    let n = 0
    start({ url: () => Promise.resolve(`ws://test?ticket=${++n}`) })
    await pass()
    ws().greet()
    ws().close(1006)
    await pass(1000)
    expect(ws().url).toBe('ws://test?ticket=2')
  })
})

describe('the end of the session', () => {
  it('stops at bye signed_out, at close code 4401, and when the server no longer knows us', async () => {
    const ways: ((socket: Socket) => void)[] = [
      () => ws().say({ type: 'bye', reason: 'signed_out' }),
      () => ws().close(4401),
    ]
    for (const way of ways) {
      const socket = start()
      await pass()
      ws().greet()
      const made = FakeWebSocket.made
      way(socket)
      await pass(60_000)
      expect(socket.state).toBe('signed-out')
      expect(FakeWebSocket.made).toBe(made)
    }
    const refused = start({ signedIn: () => Promise.resolve(false) })
    await pass()
    ws().close(1006)
    await pass(60_000)
    expect(refused.state).toBe('signed-out')
  })

  it('connects again after bye draining', async () => {
    start()
    await pass()
    ws().greet()
    ws().say({ type: 'bye', reason: 'draining' })
    ws().close(1001)
    await pass(1000)
    expect(FakeWebSocket.made).toBe(2)
  })

  it('fails what was waiting, and sends nothing more', async () => {
    const socket = start()
    await pass()
    ws().greet()
    const asked = expect(socket.request(hangup, { again: true })).rejects.toMatchObject({ code: 'signed_out' })
    socket.stop()
    await asked
    await pass(60_000)
    expect(FakeWebSocket.made).toBe(1)
    await expect(socket.request(hangup, { again: true })).rejects.toMatchObject({ code: 'signed_out' })
  })
})

describe('the pause before a new try', () => {
  it('grows, is capped, and differs between browsers', () => {
    expect(backoff(0, () => 0)).toBe(150)
    expect(backoff(0, () => 1)).toBe(300)
    expect(backoff(50, () => 1)).toBe(15_000)
    for (let n = 0; n < 10; n++) expect(backoff(n + 1, () => 0)).toBeGreaterThanOrEqual(backoff(n, () => 0))
  })
})
