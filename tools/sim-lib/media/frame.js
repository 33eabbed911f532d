// All audio inside the simulators is 16-bit mono at 8 kHz in frames of 20 ms, as on the phone network.
export const RATE = 8000
export const FRAME_MS = 20
export const FRAME = (RATE * FRAME_MS) / 1000
export const SILENCE = new Int16Array(FRAME)

export const seconds = samples => samples / RATE
export const samplesOf = ms => Math.round((RATE * ms) / 1000)

export function addInto(sum, frame) {
  for (let i = 0; i < FRAME; i++) sum[i] += frame[i]
}

export function clipped(sum) {
  const out = new Int16Array(sum.length)
  for (let i = 0; i < sum.length; i++) out[i] = Math.max(-32768, Math.min(32767, sum[i]))
  return out
}
