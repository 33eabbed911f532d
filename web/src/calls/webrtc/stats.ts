// From getStats() to the four figures a person can use. What the browser receives is what the
// person hears, so this is the agent's side; the server measures the other one.
import type { Quality } from '../state'

export interface StatsSample {
  received: number
  lost: number
}

interface Row {
  type: string
  kind?: string
  packetsReceived?: number
  packetsLost?: number
  jitter?: number
  currentRoundTripTime?: number
  nominated?: boolean
}

/**
 * A short form of ITU-T G.107: R falls with delay and loss. `loss` is a share 0..1, delays are ms.
 * G.711 with loss concealment: Bpl 25.1, Ie 0 (G.113 appendix I).
 */
export function mosOf(loss: number, jitterMs: number, rttMs: number): number {
  const delay = rttMs / 2 + jitterMs * 2 + 20
  const delayed = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
  const percent = loss * 100
  const r = 93.2 - delayed - (95 * percent) / (percent + 25.1)
  if (r <= 0) return 1
  return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6
}

export function readQuality(
  report: Iterable<[string, Row]> | RTCStatsReport,
  last: StatsSample | null,
): { quality: Quality | null; sample: StatsSample | null } {
  let inbound: Row | undefined
  let rtt = 0
  for (const [, row] of report as Iterable<[string, Row]>) {
    if (row.type === 'inbound-rtp' && row.kind === 'audio') inbound = row
    if (row.type === 'candidate-pair' && row.nominated) rtt = (row.currentRoundTripTime ?? 0) * 1000
  }
  if (!inbound) return { quality: null, sample: last }
  const sample = { received: inbound.packetsReceived ?? 0, lost: inbound.packetsLost ?? 0 }
  const received = sample.received - (last?.received ?? 0)
  const lost = Math.max(0, sample.lost - (last?.lost ?? 0))
  if (received + lost <= 0) return { quality: null, sample }
  const share = lost / (received + lost)
  const jitterMs = (inbound.jitter ?? 0) * 1000
  const quality = {
    mos: mosOf(share, jitterMs, rtt),
    lostPermille: Math.round(share * 1000),
    jitterMs: Math.round(jitterMs),
    rttMs: Math.round(rtt),
  }
  return { quality, sample }
}
