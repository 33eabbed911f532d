// A stored recording as a person's browser decodes it.
import { toneShare } from '../../lib/tone.mjs'

// { count, seconds, left, right }: of each channel the best share of each tone in any half second.
export const listenTo = (page, id, hz) => page.evaluate(decodeInPage, { id, share: toneShare.toString(), hz })

async function decodeInPage({ id, share, hz }) {
  const toneShareOf = eval(`(${share})`)
  const answer = await fetch(`/api/voip/recordings/${id}`)
  const buffer = await new AudioContext().decodeAudioData(await answer.arrayBuffer())
  const best = channel => hz.map(f => {
    const samples = buffer.getChannelData(channel)
    const step = Math.floor(buffer.sampleRate / 2)
    const shares = []
    for (let at = 0; at + step <= samples.length; at += step) {
      const part = samples.slice(at, at + step)
      const power = part.reduce((sum, x) => sum + x * x, 0) / step
      shares.push(power < 1e-5 ? 0 : toneShareOf(part, buffer.sampleRate, f))
    }
    return Math.max(...shares)
  })
  return { count: buffer.numberOfChannels, seconds: buffer.duration, left: best(0), right: best(buffer.numberOfChannels - 1) }
}
