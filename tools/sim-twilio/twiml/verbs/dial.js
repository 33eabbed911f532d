// <Dial>: rings numbers and browsers, the first that answers wins; or puts the call into a conference.
import { ringback } from '../../../sim-lib/media/index.js'
import { Cancelled, unless } from '../../../sim-lib/wait.js'
import { isE164 } from '../../../sim-lib/pstn/numbers.js'
import { Call } from '../../call.js'
import { Recording } from '../../recording.js'
import { TwimlError } from '../document.js'
import { callbackOf } from '../callback_of.js'
import { dialConference } from './dial_conference.js'
import { Bridge } from '../bridge.js'
import { Program } from '../program.js'

export async function dial(run, element) {
  const { attributes } = element
  const conference = element.children.find(child => child.name === 'Conference')
  if (conference && element.children.length > 1) throw new TwimlError(12200, '<Conference> must be alone in its <Dial>')
  if (run.call.dialled) throw new TwimlError(13201, 'a <Dial> is under way already')
  run.call.dialled = true
  try {
    const result = conference ? await dialConference(run, element, conference) : await dialOut(run, element)
    return attributes.action ? run.to(attributes.action, attributes.method, result) : null
  } finally {
    run.call.dialled = false
  }
}

async function dialOut(run, element) {
  const targets = targetsOf(run, element)
  const { attributes } = element
  const children = []
  const groups = attributes.sequential === 'true' ? targets.map(t => [t]) : [targets]
  const early = attributes.answerOnBridge !== 'true'
  if (early) run.call.pickUp()
  let winner = null
  for (const group of groups) {
    winner = await ringGroup(run, attributes, group, children)
    if (winner) break
  }
  if (!winner) return { DialCallStatus: worst(children), DialCallSid: children.at(-1)?.sid, DialBridged: false }
  return talk(run, attributes, winner)
}

// The call of the first that answers, or null.
async function ringGroup(run, attributes, group, children) {
  const calls = group.map(target => childOf(run, attributes, target))
  children.push(...calls)
  const tones = run.call.status === 'in-progress' ? new AbortController() : null
  if (tones) run.call.stage.play(ringback(), AbortSignal.any([tones.signal, run.signal]))
  const timeout = Number(attributes.timeout ?? 30) * 1000
  for (const call of calls) run.sim.dialer.ring(call, { timeout, early: () => hearEarly(run, call, tones) })
  const wins = calls.map(call => call.answered.promise.then(yes => (yes ? call : Promise.reject(new Error('not answered')))))
  try {
    const winner = await unless(run.signal, Promise.any(wins).catch(() => null))
    calls.filter(call => call !== winner).forEach(call => call.end('canceled', { sipCode: 487 }))
    return winner
  } catch (error) {
    calls.forEach(call => call.hangup())
    throw error
  } finally {
    tones?.abort()
  }
}

// What the far side plays before it answers reaches a caller who is through already.
function hearEarly(run, child, tones) {
  if (!tones || child.earlyBridge) return
  tones.abort()
  child.earlyBridge = new Bridge(run.sim, run.call, child)
}

async function talk(run, attributes, child) {
  const { call, sim } = run
  call.pickUp()
  try {
    if (child.whisper) await whisper(run, child)
    const bridge = child.earlyBridge ?? new Bridge(sim, call, child)
    if (child.sendDigits) child.line.digits?.(child.sendDigits.replace(/w/gi, ''))
    const recording = startRecording(run, attributes)
    if (attributes.timeLimit) child.limit(Number(attributes.timeLimit))
    await bridge.until(run.signal, { hangupOnStar: attributes.hangupOnStar === 'true', over: Promise.race([child.over.promise, child.redirected.promise]) })
    bridge.end()
    if (!child.taken) child.hangup()
    recording?.stop()
    return { DialCallStatus: 'completed', DialCallSid: child.sid, DialCallDuration: child.seconds, DialBridged: true,
      ...(recording ? { RecordingUrl: recording.url } : {}) }
  } catch (error) {
    if (error instanceof Cancelled) child.hangup()
    throw error
  }
}

// The instructions of a noun's url run on the called side before the two are joined.
async function whisper(run, child) {
  await unless(run.signal, new Promise(resolve => {
    Program.start(run.sim, child, child.whisper, resolve)
    child.over.promise.then(resolve)
  }))
}

function startRecording(run, { record = 'do-not-record', recordingTrack, ...attributes }) {
  if (record === 'do-not-record' || record === 'false') return null
  return new Recording(run.sim, { call: run.call, source: 'DialVerb', dual: record.endsWith('-dual'), track: recordingTrack,
    onCall: true, callback: callbackOf(attributes, 'recordingStatusCallback', ['completed']) })
}

function targetsOf(run, element) {
  const bare = element.text.trim()
  const nouns = element.children.map(child => (child.name === 'Client' ? clientOf(run, child) : numberOf(run, child, child.text.trim())))
  if (bare) nouns.unshift(numberOf(run, { attributes: {} }, bare))
  if (nouns.length === 0) throw new TwimlError(13201, '<Dial> names nobody to call')
  if (nouns.length > 10) throw new TwimlError(13243, '<Dial> rings at most 10')
  return nouns
}

const common = (run, { attributes }) => ({
  callback: callbackOf(attributes, 'statusCallback', ['completed']),
  whisper: attributes.url ? run.to(attributes.url, attributes.method) : null,
})

function numberOf(run, element, number) {
  const plain = number.replace(/[\s().-]/g, '')
  if (!isE164(plain)) throw new TwimlError(13223, `<Dial>: '${number}' is not a phone number`)
  return { to: plain, sendDigits: element.attributes.sendDigits, ...common(run, element) }
}

function clientOf(run, element) {
  const identity = element.children.find(child => child.name === 'Identity')?.text.trim() ?? element.text.trim()
  if (!identity) throw new TwimlError(13201, '<Client> names nobody')
  const params = element.children.filter(child => child.name === 'Parameter').map(child => [child.attributes.name, child.attributes.value])
  return { to: `client:${identity}`, params: new URLSearchParams(params).toString(), ...common(run, element) }
}

function childOf(run, attributes, target) {
  const from = callerIdOf(run, attributes, target.to)
  const child = new Call(run.sim, { from, to: target.to, direction: 'outbound-dial', parent: run.call, callback: target.callback, customParams: target.params })
  return Object.assign(child, { whisper: target.whisper, sendDigits: target.sendDigits })
}

// A phone must be shown a number that the account may show; a browser may be shown anything.
function callerIdOf(run, { callerId }, to) {
  const from = callerId ?? run.call.from
  if (to.startsWith('client:')) return from
  const own = run.sim.account.numberOf(from)
  const passedOn = run.call.direction === 'inbound' && from === run.call.from && isE164(from)
  if (!own && !passedOn) throw new TwimlError(13214, `<Dial>: callerId '${from}' is no number of this account`)
  return from
}

const ORDER = ['busy', 'failed', 'no-answer', 'canceled']
const worst = calls => ORDER.find(status => calls.some(call => call.status === status)) ?? 'failed'
