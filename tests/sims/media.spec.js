// The simulators' own audio, without a network: companding, files, mixing, places, the queue of calls.
import { expect, test } from '@playwright/test'
import { FRAME, RATE, RecordingTap, Room, Stage, readWav, toPhone, tone, writeWav } from '../../tools/sim-lib/media/index.js'
import { decodeMulaw, encodeMulaw } from '../../tools/sim-lib/media/g711.js'
import { Jitter } from '../../tools/sim-lib/rtc/jitter.js'
import { CallQueue } from '../../tools/sim-twilio/queue.js'

const constant = value => new Int16Array(FRAME).fill(value)
const port = value => ({ heard: [], pull: () => constant(value), push(frame) { this.heard.push(frame[0]) } })

// A clock whose time passes when a test says so.
function handClock() {
  const listeners = new Set()
  return { add: l => listeners.add(l), remove: l => listeners.delete(l), listeners, tick: (n = 1) => { for (let i = 0; i < n; i++) [...listeners].forEach(l => l()) } }
}

test('µ-law as in ITU-T G.711: known codes, and what comes back', () => {
  expect([...encodeMulaw(Int16Array.from([0, 32767, -32768, 1000, -1000]))]).toEqual([0xff, 0x80, 0x00, 0xce, 0x4e])
  for (const sample of [0, 5, 100, 1000, 8000, 30_000, -7, -500, -20_000]) {
    const [back] = decodeMulaw(encodeMulaw(Int16Array.of(sample)))
    expect(Math.abs(back - sample), `${sample}`).toBeLessThanOrEqual(Math.max(8, Math.abs(sample) * 0.04))
  }
})

test('WAV: two channels there and back, another rate, µ-law, and what is none', () => {
  const channels = [Int16Array.from([1, 2, 3]), Int16Array.from([-1, -2, -3])]
  expect(readWav(writeWav(channels))).toEqual({ rate: RATE, channels })
  expect([...toPhone(readWav(writeWav([Int16Array.from([1, 2, 3, 4])], 16_000)))]).toEqual([1, 3])
  const mulaw = writeWav([new Int16Array(2)])
  mulaw.writeUInt16LE(7, 20)
  mulaw.writeUInt16LE(8, 34)
  expect(readWav(mulaw).channels[0].length).toBe(4)
  for (const bytes of [Buffer.alloc(0), Buffer.from('RIFF'), Buffer.alloc(100), writeWav([new Int16Array(9)]).subarray(0, 40)]) expect(() => readWav(bytes)).toThrow(/WAV/)
  const deep = writeWav([new Int16Array(2)])
  deep.writeUInt16LE(24, 34)
  expect(() => readWav(deep)).toThrow(/neither/)
})

test('a room: everybody hears the others, nobody himself; mute; a coach is heard by one; loud sums are clipped', () => {
  const clock = handClock()
  const room = new Room(clock)
  const [a, b, c, coach] = [100, 20, 3, 1000].map(port)
  for (const one of [a, b, c]) room.join(one)
  room.join(coach, { only: a })
  clock.tick()
  expect([a, b, c, coach].map(p => p.heard.at(-1))).toEqual([1023, 103, 120, 123])
  room.set(b, { muted: true })
  clock.tick()
  expect([a, b, c, coach].map(p => p.heard.at(-1))).toEqual([1003, 103, 100, 103])
  room.leave(coach)
  room.join(port(32_000)).join(port(32_000))
  clock.tick()
  expect(a.heard.at(-1)).toBe(32_767)
  room.close()
  expect(clock.listeners.size).toBe(0)
})

test('a place: alone, announcements, a bridge; a recording never misses a frame', async () => {
  const clock = handClock()
  const line = port(7)
  const stage = new Stage(clock, line)
  const tap = new RecordingTap(true)
  stage.taps.add(tap.onCall)
  const played = stage.play(tone(500, { ms: 60 }))
  clock.tick(5)
  expect(await played).toBe(true)
  const cut = new AbortController()
  const long = stage.play(tone(500), cut.signal)
  clock.tick()
  cut.abort()
  expect(await long).toBe(false)
  stage.enter(new Room(clock).join(port(50)))
  clock.tick(2)
  expect(line.heard.at(-1)).toBe(50)
  tap.paused = 'silence'
  clock.tick()
  tap.paused = 'skip'
  clock.tick()
  stage.close()
  const [said, heard] = tap.channels()
  expect(said.length / FRAME).toBe(9)
  expect([said[0], said.at(-1), heard[7 * FRAME], heard.at(-1)]).toEqual([7, 0, 50, 0])
})

test('frames that overtake each other are put in order, late ones are dropped', () => {
  const jitter = new Jitter()
  const frame = n => Int16Array.of(n)
  expect(jitter.get()).toBe(null)
  for (const n of [65_534, 0, 65_535]) jitter.put(n, frame(n & 0x7fff))
  expect([jitter.get(), jitter.get(), jitter.get()].map(f => f[0])).toEqual([0x7ffe, 0x7fff, 0])
  jitter.put(65_535, frame(1))
  expect(jitter.get()).toBe(null)
})

test('calls wait their turn, so many a second', () => {
  const queue = new CallQueue(2)
  const waits = [1, 2, 3].map(() => queue.push(() => {}))
  waits.forEach((wait, i) => expect(Math.abs(wait - i * 500)).toBeLessThan(50))
  queue.clear()
  const free = new CallQueue(0)
  expect([free.push(() => {}), free.push(() => {})]).toEqual([0, 0])
  free.clear()
})
