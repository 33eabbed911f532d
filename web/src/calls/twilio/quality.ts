import type { Quality } from '../state'
import { mosOf } from '../webrtc/stats'
import type { SdkSample } from './sdk'

/** The SDK's own figure where it has one: its first samples have none. */
export function qualityOf({ mos, packetsLostFraction, jitter, rtt }: SdkSample): Quality {
  const [lost, jitterMs, rttMs] = [packetsLostFraction || 0, jitter || 0, rtt || 0]
  return {
    mos: mos ?? mosOf(lost / 100, jitterMs, rttMs),
    lostPermille: Math.round(lost * 10),
    jitterMs: Math.round(jitterMs),
    rttMs: Math.round(rttMs),
  }
}
