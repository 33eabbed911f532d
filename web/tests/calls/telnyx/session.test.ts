import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/http-error'
import { browser, CALL, flush, phone, signedIn } from './fake'

vi.mock('@telnyx/webrtc', () => ({ TelnyxRTC: class {}, TELNYX_ICE_SERVERS: {} }))

beforeEach(() => browser())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const fault = (code: number) => ({ error: { code, message: '' } })

describe('signing in', () => {
  it('is done once, as a device of its own, and told', async () => {
    const { phone: p, sdks, log } = phone()
    await p.start()
    await p.start()
    expect(sdks.map((sdk) => sdk.log)).toEqual([['fresh', 'connect']])
    expect(log).toEqual([])
    sdks[0]!.emit('telnyx.ready')
    expect(log).toEqual(['ready true'])
  })

  it('without a token is tried again', async () => {
    const { phone: p, sdks, token } = phone()
    token.mockRejectedValueOnce(new Error('away'))
    await p.start()
    expect(sdks).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sdks).toHaveLength(1)
  })

  it('that our server refuses is told in its words, and tried less and less often', async () => {
    const { phone: p, token, log } = phone()
    token.mockRejectedValue(new ApiError(409, 'provider_incomplete', 'An API key is missing.'))
    await p.start()
    expect(log).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(log[0]).toBe('ready false An API key is missing.')
    await vi.advanceTimersByTimeAsync(60_000)
    const tries = token.mock.calls.length
    await vi.advanceTimersByTimeAsync(120_000)
    expect(token.mock.calls.length - tries).toBe(2)
  })

  it('that does not succeed is told, and begun anew with another token', async () => {
    const { phone: p, sdks, log } = phone()
    await p.start()
    await vi.advanceTimersByTimeAsync(21_000)
    expect(log).toEqual(['ready false phone_signed_out'])
    expect(sdks.map((sdk) => sdk.token.token)).toEqual(['token-1', 'token-2'])
    expect(sdks[0]!.log.at(-1)).toBe('disconnect')
    sdks[0]!.emit('telnyx.ready') // of the one that was given up
    expect(log).toHaveLength(1)
  })

  it('that the page may not do, because it is older than the provider, is told at once', async () => {
    const { phone: p, log } = phone()
    await p.start()
    const blocked = (blockedURI: string) =>
      window.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), { effectiveDirective: 'connect-src', blockedURI }))
    blocked('wss://other.example')
    expect(log).toEqual([])
    blocked('wss://rtc.telnyx.com')
    expect(log).toEqual(['ready false phone_blocked'])
  })

  it('after stop does not come back', async () => {
    const { phone: p, sdks } = await signedIn()
    p.stop()
    await vi.advanceTimersByTimeAsync(10_000_000)
    expect(sdks).toHaveLength(1)
  })
})

describe('a token', () => {
  it('is replaced before its end, in the connection that stands', async () => {
    const { sdk, sdks } = await signedIn(100)
    await vi.advanceTimersByTimeAsync(79_000)
    expect(sdk.log).toEqual(['fresh', 'connect'])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(sdk.log.at(-1)).toBe('login token-2')
    await vi.advanceTimersByTimeAsync(80_000)
    expect(sdk.log.at(-1)).toBe('login token-3')
    expect(sdks).toHaveLength(1)
  })

  it('that cannot be had is asked for again', async () => {
    const { sdk, token } = await signedIn(100)
    token.mockRejectedValueOnce(new Error('away'))
    await vi.advanceTimersByTimeAsync(82_000)
    expect(sdk.log.at(-1)).toBe('login token-2')
    expect(token).toHaveBeenCalledTimes(3)
  })

  it('that Telnyx refuses is replaced at once', async () => {
    const { sdk } = await signedIn()
    sdk.emit('telnyx.error', fault(46001))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sdk.log.at(-1)).toBe('login token-2')
  })
})

describe('a lost connection', () => {
  it('that the SDK repairs is nobody\'s business', async () => {
    const { sdk, log, sdks } = await signedIn()
    sdk.emit('telnyx.socket.close')
    await vi.advanceTimersByTimeAsync(10_000)
    sdk.emit('telnyx.ready')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log).toEqual(['ready true'])
    expect(sdks).toHaveLength(1)
  })

  it('that it does not repair brings another SDK', async () => {
    const { sdk, sdks, log } = await signedIn()
    sdk.emit('telnyx.socket.close')
    await vi.advanceTimersByTimeAsync(21_000)
    expect(sdks).toHaveLength(2)
    sdks[1]!.emit('telnyx.ready')
    expect(log).toEqual(['ready false phone_signed_out', 'ready true'])
  })

  it('keeps a call that still has its audio', async () => {
    const { phone: p, sdk, sdks, log } = await signedIn()
    sdk.rings()
    await p.accept(CALL)
    sdk.emit('telnyx.socket.close')
    await vi.advanceTimersByTimeAsync(41_000)
    expect(sdks).toHaveLength(1)
    expect(log).not.toContain('media none')
  })

  it('for which the SDK has no tries left ends its calls and begins anew', async () => {
    const { phone: p, sdk, sdks, log } = await signedIn()
    const leg = sdk.rings()
    await p.accept(CALL)
    const other = sdk.rings('leg-2', { customHeaders: [{ name: 'X-Call-Id', value: CALL.replace('61', '62') }] })
    sdk.emit('telnyx.error', fault(45003))
    await flush()
    expect([leg.log.at(-1), other.log.at(-1)]).toEqual(['bye', 'forget'])
    expect(log.at(-1)).toBe('media none')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sdks).toHaveLength(2)
  })
})
