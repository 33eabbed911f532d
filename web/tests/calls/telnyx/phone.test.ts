import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { callOf } from '@/calls/telnyx/leg-id'
import { asLeg, browser, CALL, FakeLeg, FakeStream, flush, signedIn } from './fake'

vi.mock('@telnyx/webrtc', () => ({ TelnyxRTC: class {}, TELNYX_ICE_SERVERS: {} }))

beforeEach(() => browser())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A leg that was taken and talks. */
async function talking() {
  const made = await signedIn()
  const leg = made.sdk.rings()
  await made.phone.accept(CALL)
  made.log.length = 0
  return { ...made, leg }
}

describe('which call a leg is of', () => {
  const leg = (options: FakeLeg['options']) => callOf({ options } as unknown as Parameters<typeof callOf>[0])

  it('says its header, in whatever case, or else its state', () => {
    expect(leg({ customHeaders: [{ name: 'x-call-id', value: CALL.toUpperCase() }] })).toBe(CALL)
    expect(leg({ clientState: btoa(`call=${CALL}&leg=agent`) })).toBe(CALL)
  })

  it('is none for a stranger, or for garbage', () => {
    expect(leg({})).toBeNull()
    expect(leg({ customHeaders: [{ name: 'X-Call-Id', value: '../7' }] })).toBeNull()
    expect(leg({ clientState: 'no base64!' })).toBeNull()
    expect(leg({ clientState: btoa('call=7') })).toBeNull()
  })
})

describe('taking a leg', () => {
  it('that rings answers it with our microphone and our player', async () => {
    const { phone, sdk, log } = await signedIn()
    const leg = sdk.rings()
    await phone.accept(CALL)
    expect(leg.log).toEqual(['answer'])
    expect(leg.options.localStream).toBeInstanceOf(FakeStream)
    expect((leg.player as { sink: string }).sink).toBe('headset')
    expect(log).toEqual(['mic granted', 'media up'])
  })

  it('waits until it rings', async () => {
    const { phone, sdk, log } = await signedIn()
    const accepted = phone.accept(CALL)
    await flush()
    expect(log).toEqual(['mic granted'])
    const leg = sdk.rings()
    await accepted
    expect(leg.log).toEqual(['answer'])
  })

  it('that never rings fails with a word, and lets go of the microphone', async () => {
    const stream = new FakeStream()
    browser(() => Promise.resolve(stream))
    const { phone } = await signedIn()
    const accepted = expect(phone.accept(CALL)).rejects.toMatchObject({ code: 'phone_no_leg' })
    await vi.advanceTimersByTimeAsync(15_000)
    await accepted
    expect(stream.tracks[0]!.ended).toBe(true)
  })

  it('leaves those of other calls and of strangers ringing', async () => {
    const { phone, sdk } = await signedIn()
    const stranger = sdk.rings('leg-7', {})
    const other = sdk.rings('leg-8', { customHeaders: [{ name: 'X-Call-Id', value: CALL.replace('61', '62') }] })
    const leg = sdk.rings()
    await phone.accept(CALL)
    expect([stranger.log, other.log, leg.log]).toEqual([[], [], ['answer']])
  })

  it('without a microphone is refused and says why; the leg rings on', async () => {
    browser(() => Promise.reject(new DOMException('no', 'NotAllowedError')))
    const { phone, sdk, log } = await signedIn()
    const leg = sdk.rings()
    await expect(phone.accept(CALL)).rejects.toMatchObject({ code: 'mic_denied' })
    expect(log).toEqual(['mic denied'])
    expect(leg.log).toEqual([])
  })

  it('that the SDK cannot answer fails with a word', async () => {
    const { phone, sdk } = await signedIn()
    const leg = sdk.rings()
    leg.fails = true
    await expect(phone.accept(CALL)).rejects.toMatchObject({ code: 'phone_failed' })
  })

  it('is called off by release', async () => {
    const { phone, sdk } = await signedIn()
    const accepted = expect(phone.accept(CALL)).rejects.toMatchObject({ code: 'canceled' })
    await flush()
    phone.release(CALL)
    await accepted
    expect(sdk.rings().log).toEqual([])
  })
})

describe('letting go', () => {
  it('of one in talk hangs up, once, and of one that rings only silences this tab', async () => {
    const { phone, sdk, leg, log } = await talking()
    phone.release(CALL)
    phone.release(CALL)
    expect(leg.log).toEqual(['answer', 'bye'])
    expect(log).toEqual([])
    const ringing = sdk.rings('leg-2')
    phone.release(CALL)
    expect(ringing.log).toEqual(['forget'])
  })

  it('a leg that the carrier or another tab ended is told', async () => {
    const { leg, log } = await talking()
    leg.become('hangup')
    leg.become('destroy')
    expect(log).toEqual(['media none'])
  })

  it('when the page is really left, and not when it only asks', async () => {
    const { leg } = await talking()
    window.dispatchEvent(new Event('beforeunload'))
    expect(leg.log).toEqual(['answer'])
    window.dispatchEvent(new Event('pagehide'))
    expect(leg.log).toEqual(['answer', 'bye'])
  })

  it('at the end: what talks ends, what rings goes on elsewhere', async () => {
    const { phone, sdk, leg } = await talking()
    const ringing = sdk.rings('leg-2', { customHeaders: [{ name: 'X-Call-Id', value: CALL.replace('61', '62') }] })
    phone.stop()
    expect([leg.log, ringing.log]).toEqual([['answer', 'bye'], ['forget']])
    expect(sdk.log.at(-1)).toBe('disconnect')
  })
})

describe('in talk', () => {
  it('mutes, also what comes after a change of the microphone', async () => {
    const { phone, leg, settings } = await talking()
    phone.mute(CALL, true)
    settings.deviceId = 'other'
    phone.applyDevices()
    await flush()
    expect(leg.log).toEqual(['answer', 'mute', 'mute'])
    expect(leg.peer!.instance.sent).toHaveLength(1)
    phone.mute(CALL, false)
    expect(leg.log.at(-1)).toBe('unmute')
    expect(vi.mocked(navigator.mediaDevices.getUserMedia).mock.lastCall![0]!.audio).toMatchObject({ deviceId: { exact: 'other' } })
  })

  it('holds once however often it is told, and says when the carrier did not', async () => {
    const { phone, leg } = await talking()
    await phone.hold(CALL, false)
    await Promise.all([phone.hold(CALL, true), phone.hold(CALL, true)])
    await phone.hold(CALL, false)
    expect(leg.log).toEqual(['answer', 'hold', 'unhold'])
    leg.fails = true
    await expect(phone.hold(CALL, true)).rejects.toMatchObject({ code: 'hold_failed' })
    leg.fails = false
    await phone.hold(CALL, true)
    expect(leg.log.at(-1)).toBe('hold')
  })

  it('takes another microphone when the one in use is pulled out', async () => {
    const streams: FakeStream[] = []
    browser(() => Promise.resolve(streams[streams.push(new FakeStream()) - 1]))
    const { leg, log } = await talking()
    streams[0]!.tracks[0]!.onended!()
    await flush()
    expect(leg.peer!.instance.sent).toHaveLength(1)
    expect(log).toEqual(['mic granted'])
  })

  it('tells the quality from what the browser receives', async () => {
    const { log } = await talking()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(log).toEqual(['jitter 2'])
  })

  it('is down when the connection fails, or is lost for longer than a moment', async () => {
    const { leg, log } = await talking()
    const { instance: pc } = leg.peer!
    pc.become('disconnected')
    pc.become('connected')
    await vi.advanceTimersByTimeAsync(5_000)
    pc.become('disconnected')
    await vi.advanceTimersByTimeAsync(2_500)
    pc.become('failed')
    expect(log.filter((line) => line.startsWith('media'))).toEqual(['media up', 'media down', 'media down'])
  })

  it('goes on in the leg that the SDK makes after a loss of its connection', async () => {
    const { phone, sdk, leg, log } = await talking()
    phone.mute(CALL, true)
    leg.become('recovering')
    const again = new FakeLeg(sdk)
    again.become('recovering')
    expect(again.options.localStream).toBeInstanceOf(FakeStream)
    await again.answer({ remoteElement: leg.player })
    expect(again.log).toEqual(['mute', 'answer'])
    expect(log).toEqual(['media down', 'media up'])
    phone.release(CALL)
    expect([leg.log.at(-1), again.log.at(-1)]).toEqual(['mute', 'bye'])
    expect(asLeg(again).id).toBe(leg.id)
  })
})
