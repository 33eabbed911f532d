// A stereo WAV that looks like two people talking: bursts of a tone, left and right in turn.
const RATE = 8000

function level(second: number, channel: number): number {
  const phrase = Math.floor(second / 1.7)
  const speaks = phrase % 2 === channel && second % 1.7 < 1.45
  return speaks ? 0.25 + 0.6 * Math.abs(Math.sin(second * 5.3 + phrase)) : 0.015
}

export function wave(seconds: number): Buffer {
  const frames = seconds * RATE
  const out = Buffer.alloc(44 + frames * 4)
  out.write('RIFF', 0)
  out.writeUInt32LE(out.length - 8, 4)
  out.write('WAVEfmt ', 8)
  const format = [16, 0x20001, RATE, RATE * 4, 0x100004]
  format.forEach((value, i) => out.writeUInt32LE(value, 16 + i * 4))
  out.write('data', 36)
  out.writeUInt32LE(frames * 4, 40)
  for (let i = 0; i < frames; i++) {
    for (const channel of [0, 1]) {
      const tone = Math.sin((i / RATE) * 2 * Math.PI * (channel ? 330 : 220))
      out.writeInt16LE(tone * level(i / RATE, channel) * 12_000, 44 + i * 4 + channel * 2)
    }
  }
  return out
}

export function peaksOf(seconds: number): number[][] {
  const points = 400
  return [0, 1].map((channel) =>
    Array.from({ length: points }, (_, i) => level((i / points) * seconds, channel)),
  )
}
