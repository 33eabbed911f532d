import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const get = vi.hoisted(() => vi.fn())
vi.mock('@/api/http', () => ({ http: { GET: get }, body: (answer: Promise<unknown>) => answer }))

const { settled } = await import('@/api/calls')

beforeEach(() => {
  vi.useFakeTimers()
  get.mockReset()
})
afterEach(() => vi.useRealTimers())

const row = (ended_at: string | null) => Promise.resolve({ success: true, data: { ended_at } })

describe('the end of a call in the history', () => {
  it('is waited for until its row is written', async () => {
    get.mockReturnValueOnce(Promise.reject(new Error('no such call yet'))).mockReturnValueOnce(row(null)).mockReturnValue(row('2026-01-01T00:00:00Z'))
    const done = settled('one')
    await vi.advanceTimersByTimeAsync(399)
    expect(get).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1)
    await done
    expect(get).toHaveBeenCalledTimes(3)
    expect(get).toHaveBeenCalledWith('/api/voip/calls/{id}', { params: { path: { id: 'one' } } })
  })

  it('is not waited for without end', async () => {
    get.mockReturnValue(row(null))
    const done = settled('one')
    await vi.advanceTimersByTimeAsync(5000)
    await done
    expect(get).toHaveBeenCalledTimes(5)
  })
})
