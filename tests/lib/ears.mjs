// Ears in a page: what the browser really plays of each remote track, beside the page's own player. A script for addInitScript;
// then window.__heard(hz) is the share of that tone in what sounds now, 0 in silence.
import { toneShare } from './tone.mjs'

export const ears = `
  const share = ${toneShare.toString()}
  window.__ears = []
  const Original = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args)
      this.addEventListener('track', event => {
        const context = new AudioContext()
        const analyser = context.createAnalyser()
        analyser.fftSize = 8192
        context.createMediaStreamSource(new MediaStream([event.track])).connect(analyser)
        window.__ears.push({ analyser, rate: context.sampleRate })
      })
    }
  }
  window.__heard = hz => {
    const ear = window.__ears.at(-1)
    if (!ear) return 0
    const samples = new Float32Array(ear.analyser.fftSize)
    ear.analyser.getFloatTimeDomainData(samples)
    let power = 0
    for (const x of samples) power += x * x
    return power / samples.length < 1e-5 ? 0 : share(samples, ear.rate, hz)
  }
`
