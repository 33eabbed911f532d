// Share of a signal's power that lies at one frequency: 1 for a pure tone, near 0 for anything else.
export function toneShare(samples, rate, hz) {
  const w = (2 * Math.PI * hz) / rate
  const c = 2 * Math.cos(w)
  let s1 = 0
  let s2 = 0
  let power = 0
  for (const x of samples) {
    const s = x + c * s1 - s2
    s2 = s1
    s1 = s
    power += x * x
  }
  if (power === 0) return 0
  return (2 * (s1 * s1 + s2 * s2 - c * s1 * s2)) / (samples.length * power)
}
