// @vitest-environment happy-dom
// The phone store against a driver that the test plays: which commands go out, and when.
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Call } from '@/api/messages'
import { CallError, type CallClient, type CallClientEvents } from '@/calls/client'
import type { ClientOptions } from '@/calls/create-client'
import { makeCall } from '../calls/make'

const config = vi.hoisted(() => ({ clientConfig: vi.fn(), settled: vi.fn() }))
const driver = vi.hoisted(() => ({ createClient: vi.fn() }))
vi.mock('@/api/calls', () => config)
vi.mock('@/calls/create-client', () => driver)

const { usePanel } = await import('@/stores/panel')
const { usePhone } = await import('@/stores/phone')
const { ApiError } = await import('@/api/http-error')

let events: CallClientEvents
let client: { [K in keyof CallClient]: ReturnType<typeof vi.fn> }

async function startPhone() {
  const phone = usePhone()
  await phone.start()
  events.link('open')
  events.hello({ session: 's1', calls: [], skewMs: 0 })
  return phone
}

const talk = (id: string, change: Partial<Call> = {}): void => {
  events.changed(makeCall({ id, status: 'in-progress', session: 's1', mine: true, ...change }))
  events.media(id, 'up')
}
const ring = (id: string): void => events.changed(makeCall({ id, direction: 'inbound', status: 'ringing' }))

beforeEach(() => {
  setActivePinia(createPinia())
  sessionStorage.clear()
  config.clientConfig.mockReset().mockResolvedValue({ provider: 'sip', default_region: 'DE', numbers: [{ number: '+49301', label: null, own: true }] })
  config.settled.mockReset().mockResolvedValue(undefined)
  const done = () => vi.fn(() => Promise.resolve())
  client = {
    can: vi.fn(), start: vi.fn(), stop: vi.fn(), check: vi.fn(), mute: vi.fn(), release: vi.fn(),
    applyDevices: vi.fn(), dial: vi.fn(() => Promise.resolve('new')), answer: done(), attach: done(),
    decline: done(), hangup: done(), hold: done(), digits: done(),
  }
  driver.createClient.mockReset().mockImplementation((_config: unknown, options: ClientOptions) => {
    events = options.events
    return client
  })
})

describe('starting', () => {
  it('says when no provider is configured, and tries again on demand', async () => {
    config.clientConfig.mockRejectedValueOnce(new ApiError(409, 'no_active_provider', 'No.'))
    const phone = usePhone()
    await phone.start()
    expect(phone.view.name).toBe('error')
    expect(phone.state.fault?.code).toBe('no_active_provider')
    await phone.start()
    events.link('open')
    expect(phone.view.name).toBe('ready')
    expect(phone.region).toBe('DE')
  })

  it('tries again by itself while the server is away', async () => {
    vi.useFakeTimers()
    config.clientConfig.mockRejectedValueOnce(new ApiError(503, 'unavailable', ''))
    const phone = usePhone()
    await phone.start()
    expect(phone.view.name).toBe('connecting')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(client.start).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })
})

describe('dialling', () => {
  it('goes out once, with a key, whatever is clicked meanwhile', async () => {
    const phone = await startPhone()
    await Promise.all([phone.dial({ to: '+1' }), phone.dial({ to: '+1' }), phone.dial({ to: '+2' })])
    expect(client.dial).toHaveBeenCalledOnce()
    expect(client.dial.mock.calls[0]?.[1]).toMatch(/^[0-9a-f-]{36}$/)
    expect(phone.view.main?.call.id).toBe('new')
  })

  it('shows the chosen number, as long as it is still one of ours', async () => {
    const phone = await startPhone()
    usePanel().from = '+49301'
    await phone.dial({ to: '+1' })
    expect(client.dial.mock.calls[0]?.[0]).toMatchObject({ from: '+49301' })
    events.changed(makeCall({ id: 'new', status: 'busy' }))
    usePanel().from = '+1999'
    await phone.dial({ to: '+1' })
    expect(client.dial.mock.calls[1]?.[0].from).toBeUndefined()
  })

  it('uses another key for another attempt', async () => {
    const phone = await startPhone()
    client.dial.mockRejectedValueOnce(new CallError('trunk_down', 'The line is down.'))
    await phone.dial({ to: '+1' })
    expect(phone.view.name).toBe('error')
    expect(phone.state.fault).toEqual({ code: 'trunk_down', message: 'The line is down.' })
    await phone.redial()
    const keys = client.dial.mock.calls.map((call) => call[1] as string)
    expect(new Set(keys).size).toBe(2)
  })

  it('hangs up a call that was given up before it had an id', async () => {
    const phone = await startPhone()
    let answer: (id: string) => void = () => undefined
    client.dial.mockReturnValueOnce(new Promise<string>((resolve) => (answer = resolve)))
    const dialled = phone.dial({ to: '+1' })
    await phone.hangup()
    expect(phone.view.name).toBe('ready')
    answer('late')
    await dialled
    expect(client.hangup).toHaveBeenCalledWith('late')
  })

  it('puts the running call on hold first', async () => {
    const phone = await startPhone()
    talk('one')
    await phone.dial({ to: '+2' })
    expect(client.hold).toHaveBeenCalledWith('one', true)
    expect(client.dial).toHaveBeenCalled()
  })
})

describe('answering', () => {
  it('never ends the running call: it is held', async () => {
    const phone = await startPhone()
    talk('one')
    ring('two')
    await phone.answer('two')
    expect(client.hold).toHaveBeenCalledWith('one', true)
    expect(client.answer).toHaveBeenCalledWith('two')
    expect(client.hangup).not.toHaveBeenCalled()
  })

  it('is quiet when another tab was faster', async () => {
    const phone = await startPhone()
    ring('one')
    client.answer.mockRejectedValueOnce(new CallError('already_answered'))
    await phone.answer('one')
    expect(phone.state.fault).toBeNull()
  })

  it('says why it failed, and lets the call ring on', async () => {
    const phone = await startPhone()
    ring('one')
    client.answer.mockRejectedValueOnce(new CallError('mic_denied'))
    await phone.answer('one')
    expect(phone.state.fault?.code).toBe('mic_denied')
    expect(phone.view.name).toBe('incoming')
  })

  it('is sent once for two clicks', async () => {
    const phone = await startPhone()
    ring('one')
    await Promise.all([phone.answer('one'), phone.answer('one')])
    expect(client.answer).toHaveBeenCalledOnce()
  })
})

describe('a live call without our audio', () => {
  const live = makeCall({ status: 'in-progress', session: 'old' })
  const greet = () => events.hello({ session: 's2', calls: [live], skewMs: 0 })

  it('is taken up again after a reload of this tab', async () => {
    sessionStorage.setItem('ringmain.audio-call', live.id)
    await startPhone()
    greet()
    await vi.waitFor(() => expect(client.attach).toHaveBeenCalledWith(live.id))
  })

  it('is left alone otherwise, and offered', async () => {
    const phone = await startPhone()
    greet()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(client.attach).not.toHaveBeenCalled()
    expect(phone.view.name).toBe('elsewhere')
  })

  it('lets go of broken audio of a call that the server forgot', async () => {
    const phone = await startPhone()
    talk('one')
    events.media('one', 'down')
    events.hello({ session: 's2', calls: [], skewMs: 0 })
    expect(client.release).toHaveBeenCalledWith('one')
    expect(phone.view.name).toBe('ended')
  })

  it('lets go of the audio when another tab takes the call', async () => {
    await startPhone()
    talk('one')
    events.changed(makeCall({ id: 'one', version: 2, status: 'in-progress', session: 's9' }))
    expect(client.release).toHaveBeenCalledWith('one')
  })

  it('tells of the end when the history has it', async () => {
    let write = (): void => undefined
    config.settled.mockReturnValue(new Promise<void>((resolve) => (write = resolve)))
    const phone = await startPhone()
    talk('one')
    events.changed(makeCall({ id: 'one', version: 2, status: 'completed' }))
    await Promise.resolve()
    expect(config.settled).toHaveBeenCalledWith('one')
    expect(phone.news.ended).toBe(0)
    write()
    await vi.waitFor(() => expect(phone.news.ended).toBe(1))
  })

  it('closes audio that is set up for a call that has ended', async () => {
    await startPhone()
    talk('one')
    events.changed(makeCall({ id: 'one', version: 2, status: 'completed' }))
    client.release.mockClear()
    events.media('one', 'connecting')
    expect(client.release).toHaveBeenCalledWith('one')
  })
})

describe('in a call', () => {
  it('mutes, holds and sends digits of the call in front', async () => {
    const phone = await startPhone()
    talk('one')
    phone.toggleMute()
    expect(client.mute).toHaveBeenCalledWith('one', true)
    expect(phone.view.main?.muted).toBe(true)
    await phone.toggleHold()
    expect(client.hold).toHaveBeenCalledWith('one', true)
    await phone.sendDigits('4')
    expect(phone.view.main?.digits).toBe('4')
  })

  it('brings a held call back and holds the other', async () => {
    const phone = await startPhone()
    talk('one', { held: true })
    talk('two')
    await phone.setHold('one', false)
    expect(client.hold.mock.calls).toEqual([['two', true], ['one', false]])
  })
})

describe('a carrier\'s phone', () => {
  it('that cannot take the leg ends a call that was dialled here, and says why', async () => {
    const phone = await startPhone()
    await phone.dial({ to: '+442079460018' })
    events.failed('new', new CallError('leg_missing'))
    expect(client.hangup).toHaveBeenCalledWith('new')
    expect(phone.state.fault?.code).toBe('leg_missing')
  })

  it('leaves a call ringing that others may take', async () => {
    const phone = await startPhone()
    ring('in')
    events.failed('in', new CallError('mic_denied'))
    expect(client.hangup).not.toHaveBeenCalled()
    expect(phone.state.fault?.code).toBe('mic_denied')
  })

  it('is said to be deaf until it can be rung', async () => {
    const phone = await startPhone()
    events.phone('twilio', false, 'phone_signed_out')
    expect(phone.state.deaf).toEqual({ twilio: 'phone_signed_out' })
    events.phone('twilio', true, '')
    expect(phone.state.deaf).toEqual({})
  })
})
