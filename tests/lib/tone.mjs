// Tones: writing them as WAV, and finding them in samples; toneShare is also sent into pages as text.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export { toneShare } from '../../tools/sim-lib/media/goertzel.js'

// Mono WAV with bursts of one tone; gives its path.
export function writeTone(name, { hz, on, off, seconds, rate = 48_000 }) {
  const samples = Buffer.alloc(rate * seconds * 2)
  for (let i = 0; i < rate * seconds; i++) {
    const loud = (i / rate) % (on + off) < on
    samples.writeInt16LE(loud ? Math.round(12_000 * Math.sin((2 * Math.PI * hz * i) / rate)) : 0, i * 2)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  const folder = join(tmpdir(), `ringmain-e2e-${process.getuid()}`)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(`${path}.${process.pid}`, Buffer.concat([header, samples]))
  renameSync(`${path}.${process.pid}`, path) // a browser may be reading it
  return path
}

// 16-bit mono WAV as { rate, samples }, samples between -1 and 1; a length of 0 (still being written) is
// taken to the end of the file.
export function readWav(buffer) {
  let at = 12
  let rate = 8000
  while (at + 8 <= buffer.length) {
    const id = buffer.toString('latin1', at, at + 4)
    const size = buffer.readUInt32LE(at + 4)
    if (id === 'fmt ') rate = buffer.readUInt32LE(at + 12)
    if (id === 'data') {
      const end = size ? Math.min(at + 8 + size, buffer.length) : buffer.length
      const samples = []
      for (let i = at + 8; i + 1 < end; i += 2) samples.push(buffer.readInt16LE(i) / 32768)
      return { rate, samples }
    }
    at += 8 + size + (size & 1)
  }
  throw new Error('no data chunk in the WAV file')
}
