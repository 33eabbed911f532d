import type { Quality } from './state'

export type QualityLevel = 'good' | 'fair' | 'poor'

/** MOS at which people call a line good, and at which many are dissatisfied (ITU-T G.107 annex B). */
const GOOD = 4.0
const FAIR = 3.6

export function qualityLevel({ mos }: Quality): QualityLevel {
  if (mos >= GOOD) return 'good'
  return mos >= FAIR ? 'fair' : 'poor'
}
