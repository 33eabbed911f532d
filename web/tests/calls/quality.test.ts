import { describe, expect, it } from 'vitest'
import { qualityLevel, worse } from '@/calls/quality'
import { mosOf, readQuality } from '@/calls/webrtc/stats'

const inbound = (packetsReceived: number, packetsLost: number, jitter = 0.004): [string, object] => [
  'i',
  { type: 'inbound-rtp', kind: 'audio', packetsReceived, packetsLost, jitter },
]
const pair: [string, object] = ['p', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 }]
const report = (...rows: [string, object][]) => new Map(rows) as unknown as RTCStatsReport

describe('the figures of a call', () => {
  it('are those of the last interval, not of the whole call', () => {
    const first = readQuality(report(inbound(1000, 500), pair), null)
    expect(first.quality?.lostPermille).toBe(333)
    const second = readQuality(report(inbound(1100, 500), pair), first.sample)
    expect(second.quality).toMatchObject({ lostPermille: 0, rttMs: 40, jitterMs: 4 })
  })

  it('are unknown while no packet comes', () => {
    expect(readQuality(report(pair), null).quality).toBeNull()
    const sample = { received: 10, lost: 0 }
    expect(readQuality(report(inbound(10, 0), pair), sample).quality).toBeNull()
  })

  it('do not count late packets as a negative loss', () => {
    expect(readQuality(report(inbound(200, 3)), { received: 100, lost: 9 }).quality?.lostPermille).toBe(0)
  })
})

describe('the opinion score', () => {
  it('is near the best for a clean line and falls with loss and delay', () => {
    expect(mosOf(0, 0, 20)).toBeGreaterThan(4.3)
    const losses = [0, 0.01, 0.03, 0.1, 0.3].map((loss) => mosOf(loss, 5, 40))
    const delays = [20, 200, 500, 1000].map((rtt) => mosOf(0, 5, rtt))
    for (const row of [losses, delays]) expect([...row].sort((a, b) => b - a)).toEqual(row)
    expect(mosOf(1, 500, 5000)).toBe(1)
  })

  it('becomes a word', () => {
    const level = (mos: number) => qualityLevel({ mos, lostPermille: 0, jitterMs: 0, rttMs: 0 })
    expect([4.4, 4, 3.9, 3.6, 3.5, 1].map(level)).toEqual(['good', 'good', 'fair', 'fair', 'poor', 'poor'])
  })

  it('is that of the worse side', () => {
    const good = { mos: 4.4, lostPermille: 0, jitterMs: 1, rttMs: 1 }
    const bad = { ...good, mos: 2 }
    expect(worse(good, bad)).toBe(bad)
    expect(worse(bad, good)).toBe(bad)
    expect(worse(null, good)).toBe(good)
    expect(worse(null, null)).toBeNull()
  })
})
