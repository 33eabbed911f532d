import type { Quality } from './state'

export type QualityLevel = 'good' | 'fair' | 'poor'

/** MOS at which people call a line good, and at which many are dissatisfied (ITU-T G.107 annex B). */
const GOOD = 4.0
const FAIR = 3.6

export function qualityLevel({ mos }: Quality): QualityLevel {
  if (mos >= GOOD) return 'good'
  return mos >= FAIR ? 'fair' : 'poor'
}

/** A call is as good as its worse side: what we hear, and what the server measured. */
export function worse(a: Quality | null, b: Quality | null): Quality | null {
  if (!a || !b) return a ?? b
  return a.mos <= b.mos ? a : b
}
