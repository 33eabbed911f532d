// Records the caller, as a voicemail does: until a key, silence, or the longest time.
import { delay, unless } from '../../../sim-lib/wait.js'
import { tone } from '../../../sim-lib/media/index.js'
import { Keys } from '../keys.js'
import { Recording } from '../../recording.js'
import { callbackOf } from '../callback_of.js'

const QUIET = 500 // a sample louder than this is speech
const POLL_MS = 100

export async function record(run, element) {
  const { timeout = 5, maxLength = 3600, finishOnKey = '1234567890*#', playBeep = 'true', action, method } = element.attributes
  if (playBeep === 'true') await run.play(tone(1400, { ms: 400 }))
  run.call.pickUp()
  run.call.stage.goHome()
  const keys = new Keys({ finish: finishOnKey, idleMs: Number(maxLength) * 1000 })
  const listen = text => keys.press(text)
  const { digitListeners, taps } = run.call.stage
  let lastLoud = Date.now()
  const ear = said => { if (said.some(x => Math.abs(x) > QUIET)) lastLoud = Date.now() }
  const recording = new Recording(run.sim, { call: run.call, source: 'RecordVerb', callback: callbackOf(element.attributes, 'recordingStatusCallback', ['completed']) })
  digitListeners.add(listen)
  taps.add(ear)
  keys.startWaiting()
  try {
    await Promise.race([unless(run.signal, keys.done.promise), quiet(run, () => Date.now() - lastLoud > Number(timeout) * 1000)])
  } finally {
    digitListeners.delete(listen)
    taps.delete(ear)
    keys.stop()
    recording.stop()
  }
  return run.to(action ?? run.base, method, { RecordingUrl: recording.url, RecordingSid: recording.sid,
    RecordingDuration: recording.seconds, Digits: keys.finishedBy ?? keys.text })
}

async function quiet(run, isQuiet) {
  while (!isQuiet()) await delay(run.signal, POLL_MS)
}
