// Every verb and noun that the simulator executes, with its attributes and what they may be. Names are case sensitive.
const oneOf = (...words) => value => words.includes(value) || `it must be one of ${words.join(', ')}`
const wordsOf = (...words) => value => value.split(/\s+/).filter(Boolean).every(w => words.includes(w)) || `it may contain ${words.join(' ')}`
const whole = (min, max) => value => (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) || `it must be a whole number from ${min} to ${max}`
const bool = oneOf('true', 'false')
const method = oneOf('GET', 'POST')
const any = () => true
const matching = (regexp, what) => value => regexp.test(value) || `it must be ${what}`
const digits = matching(/^[0-9*#wW]*$/, 'digits, * # and w')
const label = matching(/^[\w .-]{0,128}$/, 'at most 128 letters, digits, spaces and . _ -')

const recordingCallback = { recordingStatusCallback: any, recordingStatusCallbackMethod: method,
  recordingStatusCallbackEvent: wordsOf('in-progress', 'completed', 'absent') }
const trim = oneOf('trim-silence', 'do-not-trim')
const callProgress = { statusCallback: any, statusCallbackMethod: method,
  statusCallbackEvent: wordsOf('initiated', 'ringing', 'answered', 'completed') }
const noun = { url: any, method, ...callProgress }

// attributes, children (names), text (may it hold text), first (only as the first verb)
export const elements = {
  Response: { attributes: {}, children: ['Dial', 'Say', 'Play', 'Pause', 'Record', 'Gather', 'Redirect', 'Hangup', 'Reject'] },
  Dial: {
    attributes: { callerId: any, timeout: whole(1, 600), timeLimit: whole(1, 86400), answerOnBridge: bool, action: any, method,
      record: oneOf('do-not-record', 'record-from-answer', 'record-from-ringing', 'record-from-answer-dual', 'record-from-ringing-dual', 'true', 'false'),
      ...recordingCallback, recordingTrack: oneOf('inbound', 'outbound', 'both'), trim, hangupOnStar: bool, ringTone: any, sequential: bool },
    children: ['Number', 'Client', 'Conference'], text: true,
  },
  Number: { attributes: { ...noun, sendDigits: digits }, text: true },
  Client: { attributes: noun, children: ['Identity', 'Parameter'], text: true },
  Identity: { attributes: {}, text: true },
  Parameter: { attributes: { name: any, value: any }, required: ['name', 'value'] },
  Conference: {
    attributes: { muted: bool, beep: oneOf('true', 'false', 'onEnter', 'onExit'), startConferenceOnEnter: bool, endConferenceOnExit: bool, waitUrl: any,
      waitMethod: method, maxParticipants: whole(2, 250), record: oneOf('do-not-record', 'record-from-start', 'true', 'false'), trim, coach: any,
      participantLabel: label, statusCallback: any, statusCallbackMethod: method,
      statusCallbackEvent: wordsOf('start', 'end', 'join', 'leave', 'mute', 'hold', 'modify', 'speaker', 'announcement'),
      ...recordingCallback, region: any, jitterBufferSize: oneOf('small', 'medium', 'large', 'off') },
    text: true,
  },
  Say: { attributes: { voice: any, language: any, loop: whole(0, 1000) }, text: true },
  Play: { attributes: { loop: whole(0, 1000), digits }, text: true },
  Pause: { attributes: { length: whole(1, 3600) } },
  Record: {
    attributes: { action: any, method, timeout: whole(0, 3600), finishOnKey: matching(/^[0-9*#]*$/, 'keys'), maxLength: whole(1, 14400), playBeep: bool, trim,
      ...recordingCallback, transcribe: bool, transcribeCallback: any },
  },
  Gather: {
    attributes: { input: oneOf('dtmf'), numDigits: whole(1, 1000), timeout: matching(/^(\d+|auto)$/, 'seconds or auto'), finishOnKey: matching(/^[0-9*#]?$/, 'one key or nothing'),
      action: any, method, actionOnEmptyResult: bool, language: any, bargeIn: bool },
    children: ['Say', 'Play', 'Pause'],
  },
  Redirect: { attributes: { method }, text: true },
  Hangup: { attributes: {} },
  Reject: { attributes: { reason: oneOf('busy', 'rejected') }, first: true },
}

const SCHEMA = 12200

function refuse(message) {
  throw Object.assign(new Error(message), { code: SCHEMA })
}

// Throws an error whose code and message name the first thing that is wrong.
export function checkElement(element, parent, place = 0) {
  const rule = elements[element.name]
  if (!rule || (parent && !elements[parent].children?.includes(element.name))) {
    refuse(`<${element.name}> is unknown or not allowed in <${parent}>`)
  }
  if (rule.first && place > 0) refuse(`<${element.name}> must be the first verb`)
  for (const [name, value] of Object.entries(element.attributes)) {
    const check = rule.attributes[name]
    if (!check) refuse(`attribute '${name}' is unknown for <${element.name}>`)
    const verdict = check(value)
    if (verdict !== true) refuse(`attribute ${name}="${value}" of <${element.name}>: ${verdict}`)
  }
  for (const name of rule.required ?? []) if (!(name in element.attributes)) refuse(`<${element.name}> lacks '${name}'`)
  if (!rule.text && element.text.trim()) refuse(`<${element.name}> may not contain text`)
  element.children.forEach((child, i) => checkElement(child, element.name, i))
}
