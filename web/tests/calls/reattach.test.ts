import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Reattach } from '@/calls/webrtc/reattach'

const gone = vi.fn()

beforeEach(() => {
  gone.mockReset()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

describe('repairing the audio', () => {
  it('tries at once, then with pauses, and gives up in the end', async () => {
    const attach = vi.fn(() => Promise.reject(new Error('no')))
    new Reattach(attach, gone).begin('c')
    await vi.advanceTimersByTimeAsync(0)
    expect(attach).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(attach).toHaveBeenCalledTimes(8)
    expect(gone).not.toHaveBeenCalled()
  })

  it('stops with the first success', async () => {
    const attach = vi.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(undefined)
    new Reattach(attach, gone).begin('c')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(attach).toHaveBeenCalledTimes(2)
  })

  it('does not ask again for a call that is gone', async () => {
    const attach = vi.fn(() => Promise.reject(Object.assign(new Error(''), { code: 'no_such_call' })))
    new Reattach(attach, gone).begin('c')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(attach).toHaveBeenCalledTimes(1)
    expect(gone).toHaveBeenCalledExactlyOnceWith('c')
  })

  it('runs once for a call, however often it is begun', async () => {
    const attach = vi.fn(() => new Promise<void>(() => undefined))
    const repair = new Reattach(attach, gone)
    for (let i = 0; i < 5; i++) {
      repair.begin('c')
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(attach).toHaveBeenCalledTimes(1)
    repair.begin('other')
    await vi.advanceTimersByTimeAsync(0)
    expect(attach).toHaveBeenCalledTimes(2)
  })

  it('ends with the call, also in the middle of a try', async () => {
    let fail: (error: Error) => void = () => undefined
    const attach = vi.fn(() => new Promise<void>((_, reject) => (fail = reject)))
    const repair = new Reattach(attach, gone)
    repair.begin('c')
    await vi.advanceTimersByTimeAsync(0)
    repair.cancel('c')
    fail(new Error('gone'))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(attach).toHaveBeenCalledTimes(1)
  })
})
