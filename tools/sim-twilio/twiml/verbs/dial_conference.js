// <Dial><Conference>: the call joins, and goes on with its instructions when it is out again.
import { unless } from '../../../sim-lib/wait.js'
import { Recording } from '../../recording.js'
import { TwimlError } from '../document.js'
import { callbackOf } from '../callback_of.js'

export async function dialConference(run, element, noun) {
  const name = noun.text.trim()
  if (!name) throw new TwimlError(13510, '<Conference> has no name')
  const { attributes } = noun
  run.call.pickUp()
  const conference = run.sim.conferenceNamed(name, {
    callback: callbackOf(attributes, 'statusCallback', ['start', 'end']),
    record: ['record-from-start', 'true'].includes(attributes.record),
    recordingCallback: callbackOf(attributes, 'recordingStatusCallback', ['completed']),
    maxParticipants: Number(attributes.maxParticipants ?? 250),
  })
  if (conference.participants.size >= conference.maxParticipants) throw new TwimlError(13512, 'the conference is full')
  const recording = recordLeg(run, element.attributes)
  const joined = Date.now()
  try {
    await unless(run.signal, conference.join(run.call, options(run, attributes)))
  } finally {
    if (run.call.conference === conference) conference.leave(run.call)
    recording?.stop()
  }
  return { DialCallStatus: 'answered', DialCallDuration: Math.round((Date.now() - joined) / 1000), ConferenceSid: conference.sid,
    ...(recording ? { RecordingUrl: recording.url } : {}) }
}

function options(run, attributes) {
  const { waitUrl, waitMethod } = attributes
  return {
    label: attributes.participantLabel ?? null,
    muted: attributes.muted === 'true',
    startOnEnter: attributes.startConferenceOnEnter !== 'false',
    endOnExit: attributes.endConferenceOnExit === 'true',
    coach: attributes.coach ?? null,
    wait: waitUrl === undefined ? null : waitUrl === '' ? '' : run.to(waitUrl, waitMethod),
  }
}

// record on the <Dial> records the leg, not the conference.
function recordLeg(run, { record = 'do-not-record', ...attributes }) {
  if (record === 'do-not-record' || record === 'false') return null
  return new Recording(run.sim, { call: run.call, source: 'DialVerb', dual: record.endsWith('-dual'), onCall: true,
    callback: callbackOf(attributes, 'recordingStatusCallback', ['completed']) })
}
