// WAV files: 16-bit PCM out; PCM or µ-law in, brought to 8 kHz mono.
import { decodeMulaw } from './g711.js'
import { RATE } from './frame.js'

// channels: arrays of samples, one for each channel; shorter ones end in silence.
export function writeWav(channels, rate = RATE) {
  const count = channels.length
  const length = Math.max(...channels.map(c => c.length))
  const data = Buffer.alloc(length * count * 2)
  channels.forEach((samples, channel) => {
    for (let i = 0; i < samples.length; i++) data.writeInt16LE(samples[i], (i * count + channel) * 2)
  })
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(count, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * count * 2, 28)
  head.writeUInt16LE(count * 2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(data.length, 40)
  return Buffer.concat([head, data])
}

// { rate, channels: [Int16Array, …] }; throws with a sentence on anything else.
export function readWav(buffer) {
  if (buffer.length < 12 || buffer.toString('latin1', 0, 4) !== 'RIFF' || buffer.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file')
  }
  let format = null
  for (let at = 12; at + 8 <= buffer.length;) {
    const id = buffer.toString('latin1', at, at + 4)
    const size = Math.min(buffer.readUInt32LE(at + 4), buffer.length - at - 8)
    if (id === 'fmt ' && size >= 16) format = readFormat(buffer.subarray(at + 8, at + 8 + size))
    if (id === 'data') {
      if (!format) throw new Error('the WAV file has no format chunk before its data')
      return { rate: format.rate, channels: split(buffer.subarray(at + 8, at + 8 + size), format) }
    }
    at += 8 + size + (size & 1)
  }
  throw new Error('the WAV file has no data chunk')
}

const PCM = 1
const MULAW = 7

function readFormat(bytes) {
  const format = { kind: bytes.readUInt16LE(0), count: bytes.readUInt16LE(2), rate: bytes.readUInt32LE(4), bits: bytes.readUInt16LE(14) }
  const known = (format.kind === PCM && format.bits === 16) || (format.kind === MULAW && format.bits === 8)
  if (!known || format.count < 1 || format.count > 2 || format.rate < RATE) {
    throw new Error('the WAV file is neither 16-bit PCM nor µ-law, mono or stereo, 8 kHz or more')
  }
  return format
}

function split(data, { kind, count }) {
  const all = kind === MULAW ? decodeMulaw(data) : new Int16Array(Math.floor(data.length / 2)).map((_, i) => data.readInt16LE(i * 2))
  const length = Math.floor(all.length / count)
  return Array.from({ length: count }, (_, channel) => new Int16Array(length).map((_, i) => all[i * count + channel]))
}

// The nearest sample will do for what a simulator plays.
export function toPhone({ rate, channels }) {
  const step = rate / RATE
  return new Int16Array(Math.floor(channels[0].length / step)).map((_, i) => channels[0][Math.floor(i * step)])
}
