// MP3 of one or two channels, made in a thread of its own.
import { Worker } from 'node:worker_threads'
import { RATE } from './frame.js'

export function writeMp3(channels, rate = RATE) {
  const longest = Math.max(...channels.map(c => c.length))
  const even = channels.map(c => {
    const out = new Int16Array(longest)
    out.set(c)
    return out
  })
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./mp3_worker.js', import.meta.url), { workerData: { channels: even, rate } })
    worker.once('message', bytes => resolve(Buffer.from(bytes)))
    worker.once('error', reject)
  })
}
