// Calls with their audio in a carrier's phone: who takes the leg, and what goes to our server.
import { beforeEach, describe, expect, it, vi, type Mock } from 'vitest'
import type { Call } from '@/api/messages'
import type { Phones, PhoneProvider } from '@/calls/carrier/phones'
import { CallError, type CallClientEvents } from '@/calls/client'
import { FakeWebSocket } from '../api/fake-socket'
import { makeCall } from './make'

interface FakePeer {
  closed: boolean
  silent: boolean
  options: { onState: (state: string) => void }
}
const peers = vi.hoisted(() => ({ made: [] as FakePeer[] }))
vi.mock('@/calls/webrtc/audio-peer', () => ({
  AudioPeer: class {
    closed = false
    silent = false
    constructor(readonly options: FakePeer['options']) {
      peers.made.push(this)
    }
    offer = () => Promise.resolve('offer')
    accept = () => Promise.resolve()
    setSpeaker = () => Promise.resolve()
    setSilent = (on: boolean) => (this.silent = on)
    close = () => (this.closed = true)
  },
}))
vi.mock('@/calls/microphone', () => ({ openMicrophone: () => Promise.resolve({}) }))
const { ServerClient } = await import('@/calls/server-client')

const twilio: PhoneProvider = { provider_id: 'p1', driver: 'twilio' }
const ours = (change: Partial<Call> = {}) =>
  makeCall({ id: 'a', session: 's1', mine: true, driver: 'twilio', provider_id: 'p1', ...change })

const phones = {
  signIn: vi.fn(), stop: vi.fn(), has: vi.fn(), isAt: vi.fn(), accept: vi.fn(), release: vi.fn(),
  mute: vi.fn(), hold: vi.fn(), digits: vi.fn(), applyDevices: vi.fn(),
}
const events = Object.fromEntries(
  ['link', 'hello', 'changed', 'media', 'mic', 'failed', 'phone', 'gone', 'quality', 'digit', 'news'].map((name) => [name, vi.fn()]),
) as unknown as { [K in keyof CallClientEvents]: Mock<CallClientEvents[K]> }

const providers = vi.fn(() => Promise.resolve([twilio]))
let client: InstanceType<typeof ServerClient>
const ws = () => FakeWebSocket.last
const settled = () => new Promise((resolve) => setTimeout(resolve))
const tell = (call: Call) => ws().say({ type: 'call.changed', call })
const requests = (type: string) => ws().sent.filter((message) => message.type === type)

async function answerTo(type: string, fields: object): Promise<void> {
  await vi.waitFor(() => expect(requests(type)).toHaveLength(1))
  ws().say({ type: 'reply', id: requests(type)[0]?.id, ...fields })
}

async function dialled(): Promise<void> {
  const dialling = client.dial({ to: '+442079460018' }, 'key')
  await answerTo('call.dial', { ok: true, call_id: 'a', status: 'initiated' })
  expect(await dialling).toBe('a')
}

beforeEach(async () => {
  for (const fn of [...Object.values(phones), ...Object.values(events)]) fn.mockReset()
  phones.accept.mockResolvedValue(undefined)
  phones.digits.mockReturnValue(false)
  phones.hold.mockResolvedValue(undefined)
  peers.made.length = 0
  client = new ServerClient({
    events,
    can: { hold: true, dtmf: true, mute: true, chooseSpeaker: false },
    url: () => 'ws://test',
    signedIn: () => Promise.resolve(true),
    connect: (url) => new FakeWebSocket(url) as unknown as WebSocket,
    iceServers: () => Promise.resolve([]),
    settings: () => ({ speakerId: '' }) as never,
    phones: phones as unknown as Phones,
    providers,
  })
  client.start()
  await settled()
  ws().greet()
  await settled()
})

describe('signing in', () => {
  it('keeps what there is when our server does not say which providers there are', async () => {
    phones.signIn.mockReset()
    providers.mockRejectedValueOnce(new Error('offline'))
    ws().say({ type: 'providers.changed' })
    await settled()
    expect(phones.signIn).not.toHaveBeenCalled()
  })

  it('looks for providers with each connection', () => {
    expect(phones.signIn).toHaveBeenCalledWith([twilio])
  })

  it('looks again when somebody configured another', async () => {
    phones.signIn.mockReset()
    ws().say({ type: 'providers.changed' })
    await settled()
    expect(phones.signIn).toHaveBeenCalledWith([twilio])
  })
})

describe('a call dialled here', () => {
  it('takes its leg by itself, and lets go of the offer that no trunk used', async () => {
    await dialled()
    expect(requests('call.dial')[0]).toMatchObject({ sdp: 'offer' })
    tell(ours())
    await settled()
    expect(phones.accept.mock.calls).toEqual([['a', twilio]])
    expect(peers.made[0]?.closed).toBe(true)
  })

  it('takes it also when the news are faster than the reply', async () => {
    const dialling = client.dial({ to: '+442079460018' }, 'key')
    await vi.waitFor(() => expect(requests('call.dial')).toHaveLength(1))
    tell(ours({ mine: false }))
    expect(phones.accept).not.toHaveBeenCalled()
    await answerTo('call.dial', { ok: true, call_id: 'a', status: 'initiated' })
    await dialling
    expect(phones.accept).toHaveBeenCalledTimes(1)
  })

  it('takes it after a new connection, when the server knows another session', async () => {
    await dialled()
    tell(ours({ mine: false, session: 'before' }))
    expect(phones.accept).toHaveBeenCalledTimes(1)
  })

  it('does not take a leg again that it has lost', async () => {
    await dialled()
    tell(ours())
    tell(ours({ version: 2, status: 'ringing' }))
    tell(ours({ version: 3, status: 'in-progress' }))
    expect(phones.accept).toHaveBeenCalledTimes(1)
  })

  it('follows to the next carrier, and back to our own audio', async () => {
    await dialled()
    tell(ours())
    tell(ours({ version: 2, driver: 'telnyx', provider_id: 'p2' }))
    expect(phones.accept.mock.calls.at(-1)).toEqual(['a', { driver: 'telnyx', provider_id: 'p2' }])
    tell(ours({ version: 3, driver: null, provider_id: null }))
    expect(phones.release).toHaveBeenCalledWith('a')
  })

  it('takes it when only the greeting of a new connection tells of it', async () => {
    await dialled()
    ws().close()
    await vi.waitFor(() => expect(ws().closed).toBe(false), 2000)
    ws().greet('s2', [ours({ mine: false })])
    expect(phones.accept.mock.calls).toEqual([['a', twilio]])
  })

  it('stays muted when it goes on in a carrier\'s phone, and back', async () => {
    await dialled()
    client.mute('a', true)
    phones.mute.mockClear()
    tell(ours())
    await settled()
    expect(phones.mute.mock.calls).toEqual([['a', true]])
    tell(ours({ version: 2, driver: 'telnyx', provider_id: 'p2' }))
    expect(phones.mute.mock.calls).toHaveLength(2)
    tell(ours({ version: 3, driver: null, provider_id: null, status: 'in-progress' }))
    const attached = client.attach('a')
    await answerTo('call.attach', { ok: true, call_id: 'a', sdp: 'answer' })
    await attached
    expect(peers.made.at(-1)?.silent).toBe(true)
  })

  it('asks for our own audio again when the call comes back to a trunk and the offer is spent', async () => {
    phones.accept.mockRejectedValue(new CallError('leg_missing'))
    await dialled()
    tell(ours())
    phones.has.mockReturnValue(true)
    peers.made[0]?.options.onState('down')
    expect(requests('call.attach')).toHaveLength(0)
    phones.has.mockReturnValue(false)
    tell(ours({ version: 2, driver: null, provider_id: null }))
    await vi.waitFor(() => expect(requests('call.attach')).toHaveLength(1))
  })

  it('says when the leg does not come', async () => {
    phones.accept.mockRejectedValue(new CallError('leg_missing'))
    await dialled()
    tell(ours())
    await settled()
    expect(events.failed).toHaveBeenCalledWith('a', expect.objectContaining({ code: 'leg_missing' }))
  })
})

describe('a call that rings here', () => {
  const ring = () => tell(ours({ direction: 'inbound', status: 'ringing', session: null, mine: false }))

  it('is claimed without an offer, then taken', async () => {
    ring()
    expect(phones.accept).not.toHaveBeenCalled()
    const answered = client.answer('a')
    await answerTo('call.answer', { ok: true, call_id: 'a' })
    await answered
    expect(requests('call.answer')[0]).not.toHaveProperty('sdp')
    expect(phones.accept.mock.calls).toEqual([['a', twilio]])
    tell(ours({ version: 2, direction: 'inbound', status: 'ringing' }))
    expect(phones.accept).toHaveBeenCalledTimes(1)
  })

  it('stays with the tab that was faster', async () => {
    ring()
    const answered = client.answer('a')
    await answerTo('call.answer', { ok: false, error: 'already_answered', message: 'Taken.' })
    await expect(answered).rejects.toMatchObject({ code: 'already_answered' })
    expect(phones.accept).not.toHaveBeenCalled()
  })
})

describe('a call that is answered while it goes on elsewhere', () => {
  const answering = async () => {
    tell(ours({ direction: 'outbound', click_to_call: true, session: null, mine: false }))
    const answered = client.answer('a')
    await vi.waitFor(() => expect(requests('call.answer')).toHaveLength(1))
    return answered
  }

  it('is not waited for at the carrier that it has left', async () => {
    tell(ours({ direction: 'outbound', click_to_call: true, session: null, mine: false }))
    const answered = client.answer('a')
    await vi.waitFor(() => expect(requests('call.answer')).toHaveLength(1))
    tell(ours({ version: 2, session: null, mine: false, driver: null, provider_id: null }))
    await answerTo('call.answer', { ok: true, call_id: 'a' })
    await answered
    expect(phones.accept).not.toHaveBeenCalled()
  })

  it('or that ends meanwhile, is no fault', async () => {
    phones.accept.mockRejectedValue(new CallError('canceled'))
    const answered = answering()
    await answerTo('call.answer', { ok: true, call_id: 'a' })
    await expect(answered).resolves.toBeUndefined()
  })
})

describe('in a call', () => {
  it('is held by its phone also when only a new connection tells of it', async () => {
    tell(ours({ status: 'in-progress' }))
    phones.hold.mockClear()
    ws().close()
    await vi.waitFor(() => expect(ws().closed).toBe(false), 2000)
    ws().greet('s2', [ours({ status: 'in-progress', held: true, version: 2 })])
    expect(phones.hold.mock.calls).toEqual([['a', true]])
  })

  it('audio cannot be moved to this tab', async () => {
    tell(ours({ mine: false, session: 'other', status: 'in-progress' }))
    await expect(client.attach('a')).rejects.toMatchObject({ code: 'other_phone' })
  })

  it('keys go by the phone, or by our server when it sends none', async () => {
    phones.digits.mockReturnValueOnce(true)
    await client.digits('a', '1')
    expect(requests('call.dtmf')).toHaveLength(0)
    void client.digits('a', '2')
    expect(requests('call.dtmf')).toMatchObject([{ digits: '2' }])
  })

  it('hold is done by the phone where it is its own, and taken back where it failed', async () => {
    tell(ours({ status: 'in-progress', held: true }))
    expect(phones.hold.mock.lastCall).toEqual(['a', true])
    expect(requests('call.unhold')).toHaveLength(0)
    phones.hold.mockRejectedValueOnce(new CallError('hold_failed'))
    tell(ours({ status: 'in-progress', held: true, version: 9 }))
    await vi.waitFor(() => expect(requests('call.unhold')).toMatchObject([{ call_id: 'a' }]))
  })

  it('a hang-up that our server does not hear of ends the leg within moments', async () => {
    phones.has.mockReturnValue(true)
    vi.useFakeTimers()
    const done = client.hangup('a')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(phones.release).toHaveBeenCalledWith('a')
    vi.useRealTimers()
    ws().say({ type: 'reply', id: requests('call.hangup')[0]?.id, ok: false, error: 'not_found', message: '' })
    await expect(done).resolves.toBeUndefined()
  })

  it('a hang-up that our server does not take ends the leg', async () => {
    phones.has.mockReturnValue(true)
    const done = client.hangup('a')
    await answerTo('call.hangup', { ok: false, error: 'unavailable', message: '' })
    await done
    expect(phones.release).toHaveBeenCalledWith('a')
  })
})
