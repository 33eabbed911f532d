// µ-law (ITU-T G.711) by two tables: 8-bit codes against 16-bit samples.
const BIAS = 0x84
const CLIP = 32635

function encodeOne(sample) {
  const sign = sample < 0 ? 0x80 : 0
  const level = Math.min(Math.abs(sample), CLIP) + BIAS
  const exponent = Math.max(0, 31 - Math.clz32(level) - 7)
  const mantissa = (level >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

function decodeOne(code) {
  const bits = ~code & 0xff
  const level = (((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)
  return bits & 0x80 ? BIAS - level : level - BIAS
}

const decodeTable = Int16Array.from({ length: 256 }, (_, code) => decodeOne(code))
const encodeTable = Uint8Array.from({ length: 65536 }, (_, i) => encodeOne(i < 32768 ? i : i - 65536))

export function encodeMulaw(samples) {
  const out = Buffer.allocUnsafe(samples.length)
  for (let i = 0; i < samples.length; i++) out[i] = encodeTable[samples[i] & 0xffff]
  return out
}

export function decodeMulaw(bytes) {
  const out = new Int16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = decodeTable[bytes[i]]
  return out
}
