// Twilio's phone: signing in and staying so, taking a leg, its audio, several calls, several tabs.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CarrierPhoneOptions, PhoneToken } from '@/calls/carrier/phone'
import { TwilioPhone } from '@/calls/twilio/phone'
import { FakeDevice, FakeStream, fakeSdk } from './fake-twilio'

let phone: TwilioPhone
let told: string[]
let tokens: number
let mic: () => Promise<FakeStream>
let token: () => Promise<PhoneToken>
const settings = { deviceId: '', speakerId: '', noiseSuppression: true, echoCancellation: true }
const LIFE_S = 3600

const nextToken = (): Promise<PhoneToken> =>
  Promise.resolve({
    token: `token ${++tokens}`,
    identity: 'user_1',
    expires_at: 0,
    expires_in: LIFE_S,
    edge: 'dublin',
    phone_base: 'wss://127.0.0.1:5091',
  })

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  tokens = 0
  token = nextToken
  mic = () => Promise.resolve(new FakeStream())
  FakeDevice.made = []
  FakeDevice.answer = 'ok'
  Object.assign(settings, { deviceId: '', speakerId: '' })
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => mic() } })
  const events: CarrierPhoneOptions['events'] = {
    media: (callId, state) => told.push(`${callId} ${state}`),
    quality: (callId, { mos, lostPermille }) => told.push(`${callId} mos ${mos} lost ${lostPermille}`),
    mic: (state) => told.push(`mic ${state}`),
    ready: (ready, why) => told.push(ready ? 'ready' : `deaf ${why}`),
  }
  phone = new TwilioPhone({ events, token: () => token(), settings: () => settings }, () => Promise.resolve(fakeSdk))
})

afterEach(() => {
  phone.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const passed = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const rung = () => {
  const device = FakeDevice.made.findLast((d) => d.state === 'registered')
  if (!device) throw new Error('nobody can be rung')
  return device
}

async function signedIn(): Promise<FakeDevice> {
  await phone.start()
  await passed()
  return rung()
}

async function talking(callId = 'a') {
  const device = rung()
  const call = device.ring(callId)
  await phone.accept(callId)
  call.emit('accept')
  await passed()
  return { device, call }
}

describe('signing in', () => {
  it('goes where the token says, makes no sound and tells nobody else', async () => {
    const { options, tokens: used } = await signedIn()
    expect(used).toEqual(['token 1'])
    expect(options).toMatchObject({ edge: 'dublin', chunderw: '127.0.0.1:5091', publishEvents: false, allowIncomingWhileBusy: true })
    expect(Object.keys(options.sounds as object)).toHaveLength(15)
    expect(told).toEqual(['ready'])
    await phone.start()
    expect(FakeDevice.made).toHaveLength(1)
  })

  it('renews the token at two thirds of its life, for every line', async () => {
    const first = await signedIn()
    const { tokenRefreshMs } = first.options as unknown as { tokenRefreshMs: number }
    expect(tokenRefreshMs / 1000 / LIFE_S).toBeGreaterThan(0.29)
    expect(tokenRefreshMs / 1000 / LIFE_S).toBeLessThan(0.37)
    await talking()
    await passed(LIFE_S * 1000 * 0.66)
    first.emit('tokenWillExpire')
    rung().emit('tokenWillExpire')
    await passed(1000)
    expect(first.tokens.at(-1)).toBe('token 2')
    expect(rung().tokens.at(-1)).toBe('token 2')
    expect(tokens).toBe(2)
  })

  it('goes on asking for a token while our server does not answer', async () => {
    const device = await signedIn()
    await passed(LIFE_S * 1000 * 0.66)
    token = () => Promise.reject(new Error('503'))
    device.emit('tokenWillExpire')
    await passed(20_000)
    expect(device.tokens).toEqual(['token 1'])
    token = nextToken
    await passed(30_000)
    expect(device.tokens.at(-1)).toBe('token 2')
  })

  it('with a token that was refused takes another one at once, and tells when that fails, too', async () => {
    const first = await signedIn()
    FakeDevice.answer = 20101
    first.emit('error', { code: 20104 })
    await passed(300)
    expect(tokens).toBe(2)
    expect(told).toEqual(['ready'])
    await passed(30_000)
    expect(told.at(-1)).toBe('deaf phone_refused')
    FakeDevice.answer = 'ok'
    await passed(60_000)
    expect(told.at(-1)).toBe('ready')
    expect(first.state).toBe('destroyed')
  })

  it('says at once what only an administrator can mend, and tries again rarely', async () => {
    FakeDevice.answer = 31203
    await phone.start()
    await passed()
    expect(told).toEqual(['deaf phone_refused'])
    await passed(50_000)
    expect(FakeDevice.made).toHaveLength(1)
    await passed(20_000)
    expect(FakeDevice.made).toHaveLength(2)
  })

  it('leaves a short loss to the SDK, and tells of a long one', async () => {
    const first = await signedIn()
    first.become('unregistered')
    await passed(5000)
    first.become('registered')
    await passed(60_000)
    expect(told).toEqual(['ready'])
    FakeDevice.answer = 'silence'
    first.become('unregistered')
    await passed(20_000)
    expect(told.at(-1)).toBe('deaf phone_signed_out')
    FakeDevice.answer = 'ok'
    await passed(60_000)
    expect(told.at(-1)).toBe('ready')
  })

  it('does not end when the token or the code cannot be had at first', async () => {
    token = () => Promise.reject(Object.assign(new Error(), { code: 'provider_incomplete' }))
    await phone.start()
    await passed(30_000)
    expect(told).toEqual(['deaf provider_incomplete'])
    token = nextToken
    await passed(60_000)
    expect(told.at(-1)).toBe('ready')
  })

  it('ends with stop: nothing is left, and nothing comes back', async () => {
    const device = await signedIn()
    const call = device.ring('a')
    phone.stop()
    expect(call.did).toEqual(['ignore'])
    expect(device.state).toBe('destroyed')
    await passed(600_000)
    expect(FakeDevice.made).toHaveLength(1)
  })
})

describe('a leg', () => {
  beforeEach(signedIn)

  it('that rings is taken when asked, with the microphone of the settings', async () => {
    const { device, call } = await talking()
    expect(call.did).toEqual(['accept', 'mute false'])
    expect(device.microphone).toBeInstanceOf(FakeStream)
    expect(told).toEqual(['ready', 'mic granted', 'a up'])
  })

  it('that is wanted is taken as soon as it rings', async () => {
    const taken = phone.accept('a')
    await passed(3000)
    const call = rung().ring('a')
    await taken
    expect(call.did).toEqual(['accept'])
  })

  it('that is wanted and never comes is missed', async () => {
    const outcome = phone.accept('a').catch((error: { code: string }) => error.code)
    await passed(25_000)
    expect(await outcome).toBe('leg_missing')
    const late = rung().ring('a')
    await passed()
    expect(late.did).toEqual([])
  })

  it('that is let go of rings on in other tabs', async () => {
    const outcome = phone.accept('b').catch((error: { code: string }) => error.code)
    const call = rung().ring('a')
    phone.release('a')
    phone.release('b')
    expect(call.did).toEqual(['ignore'])
    expect(await outcome).toBe('canceled')
  })

  it('of no call of ours is ignored', () => {
    expect(rung().ring(null).did).toEqual(['ignore'])
  })

  it('is not taken without a microphone, and rings on', async () => {
    mic = () => Promise.reject(new DOMException('', 'NotAllowedError'))
    const call = rung().ring('a')
    await expect(phone.accept('a')).rejects.toMatchObject({ code: 'mic_denied' })
    expect(told.at(-1)).toBe('mic denied')
    expect(call.did).toEqual([])
    mic = () => Promise.resolve(new FakeStream())
    await phone.accept('a')
    expect(call.did).toEqual(['accept'])
  })

  it('that another tab took while the person was asked for the microphone is gone', async () => {
    const stream = new FakeStream()
    let grant: (stream: FakeStream) => void = () => undefined
    mic = () => new Promise((resolve) => (grant = resolve))
    const call = rung().ring('a')
    const outcome = phone.accept('a').catch((error: { code: string }) => error.code)
    call.emit('cancel')
    grant(stream)
    expect(await outcome).toBe('canceled')
    expect(stream.track.stopped).toBe(true)
    expect(call.did).toEqual([])
  })

  it('that still rings when the connection is lost cannot be taken any more', async () => {
    const call = rung().ring('a')
    call.emit('transportClose')
    void phone.accept('a').catch(() => undefined)
    await passed()
    expect(call.did).toEqual([])
  })
})

describe('in a call', () => {
  beforeEach(signedIn)

  it('mutes, also before the audio is there', async () => {
    const device = rung()
    const call = device.ring('a')
    await phone.accept('a')
    phone.mute('a', true)
    call.emit('accept')
    phone.mute('a', false)
    expect(call.did).toEqual(['accept', 'mute true', 'mute true', 'mute false'])
  })

  it('sends keys one after the other, and only such that exist', async () => {
    const { call } = await talking()
    phone.digits('a', '1A')
    phone.digits('a', ',2')
    expect(call.keys).toBe('1')
    await passed(600)
    expect(call.keys).toBe('1')
    await passed(300)
    expect(call.keys).toBe('12')
  })

  it('tells what is heard of the line', async () => {
    const { call } = await talking()
    call.emit('sample', { mos: 4.2, packetsLostFraction: 1.5, jitter: 3, rtt: 40 })
    call.emit('sample', { mos: null, packetsLostFraction: 0, jitter: 0, rtt: 0 })
    expect(told.at(-2)).toBe('a mos 4.2 lost 15')
    expect(Number(/mos ([\d.]+)/.exec(told.at(-1) ?? '')?.[1])).toBeGreaterThan(4)
    call.emit('reconnecting')
    call.emit('reconnected')
    call.emit('warning', 'ice-connectivity-lost')
    call.emit('warning', 'high-jitter')
    call.emit('warning-cleared', 'ice-connectivity-lost')
    expect(told.slice(-4)).toEqual(['a down', 'a up', 'a down', 'a up'])
  })

  it('ends on either side: the microphone is let go of, the line goes', async () => {
    const stream = new FakeStream()
    mic = () => Promise.resolve(stream)
    const { device, call } = await talking()
    call.emit('disconnect', call)
    expect(told.at(-1)).toBe('a none')
    expect(stream.track.stopped).toBe(true)
    expect(device.state).toBe('destroyed')
    const second = await talking('b')
    phone.release('b')
    expect(second.call.did.at(-1)).toBe('disconnect')
    expect(told.at(-1)).toBe('b none')
    expect(rung()).not.toBe(second.device)
  })

  it('takes other devices, and another microphone for one that was unplugged', async () => {
    const streams: FakeStream[] = []
    mic = () => Promise.resolve(streams[streams.push(new FakeStream()) - 1]!)
    const { device } = await talking()
    Object.assign(settings, { deviceId: 'headset', speakerId: 'headset' })
    phone.applyDevices()
    await passed()
    expect(device.inputs).toEqual(['headset'])
    expect(device.speakers.at(-1)).toBe('headset')
    expect(device.microphone).toBe(streams[1])
    expect(streams.map((s) => s.track.stopped)).toEqual([true, false])
    Object.assign(settings, { deviceId: 'gone', speakerId: 'gone' })
    streams[1]?.track.onended?.()
    await passed()
    expect(device.inputs.at(-1)).toBe('default')
    expect(device.microphone).toBe(streams[2])
  })

  it('can be rung on a line of its own: a second call leaves the first alone', async () => {
    const first = await talking('a')
    expect(rung()).not.toBe(first.device)
    expect(first.device.state).toBe('unregistered')
    const second = await talking('b')
    expect(first.call.did).not.toContain('disconnect')
    expect(told.filter((word) => word.endsWith('up'))).toEqual(['a up', 'b up'])
    second.call.emit('disconnect', second.call)
    phone.mute('a', true)
    expect(first.call.did.at(-1)).toBe('mute true')
  })

  it('never takes a second call on the line of the first', async () => {
    FakeDevice.answer = 'silence'
    const { device, call } = await talking('a')
    const second = device.ring('b')
    await expect(phone.accept('b')).rejects.toMatchObject({ code: 'phone_busy' })
    expect(call.did).not.toContain('disconnect')
    expect(second.did).toEqual([])
  })

  it('does not register its line again after a loss', async () => {
    const { device } = await talking()
    device.become('registered')
    expect(device.state).toBe('unregistered')
  })
})
