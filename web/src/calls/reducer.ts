// The phone as a pure function: (state, what happened) -> state. The server's word wins by its
// version; a final status stays final, however late another message arrives.
import type { Call } from '@/api/messages'
import { initialState, isOver, type Action, type Entry, type PhoneState } from './state'

/** Ended calls kept, so that a late message does not ring a dead call again. */
const ENDED_KEPT = 20
const SESSIONS_KEPT = 8

export function reduce(state: PhoneState, action: Action): PhoneState {
  switch (action.type) {
    case 'link':
      if (action.state !== 'signed-out') return { ...state, link: action.state }
      return { ...initialState, link: 'signed-out', mic: state.mic }
    case 'mic':
      return { ...state, mic: action.state }
    case 'hello':
      return greet({ ...state, skewMs: action.skewMs }, action.session, action.calls)
    case 'changed':
      return applyCall(state, action.call)
    case 'dialling':
      return {
        ...state,
        dialling: { ...action.target, key: action.key },
        lastTarget: action.target,
        finished: null,
        fault: null,
      }
    case 'dialled':
      return dialled(state, action.key, action.callId)
    case 'dial-failed':
      if (state.dialling?.key !== action.key) return state
      return { ...state, dialling: null, fault: action.fault }
    case 'dial-canceled':
      return state.dialling?.key === action.key ? { ...state, dialling: null } : state
    case 'fault':
      return { ...state, fault: action.fault }
    case 'phone':
      return hear(state, action.driver, action.why)
    case 'lost':
      return lose(state, action.callId)
    case 'dismiss':
      return { ...state, finished: null, fault: null }
    default:
      return withEntry(state, action.callId, (entry) => changeEntry(entry, action))
  }
}

/** A carrier's phone has become able to be rung, or deaf. */
function hear(state: PhoneState, driver: string, why: string | null): PhoneState {
  const deaf = { ...state.deaf }
  if (why === null) delete deaf[driver]
  else deaf[driver] = why
  return { ...state, deaf }
}

type EntryAction = Extract<Action, { callId: string }>

function changeEntry(entry: Entry, action: EntryAction): Entry {
  switch (action.type) {
    case 'answering':
      return { ...entry, answering: action.on }
    case 'media':
      return { ...entry, media: action.state }
    case 'muted':
      return { ...entry, muted: action.on }
    case 'ignored':
      return { ...entry, ignored: true }
    case 'digits':
      return { ...entry, digits: (entry.digits + action.digits).slice(-32) }
    case 'after-sent':
      return { ...entry, after: '' }
    case 'quality':
      return { ...entry, quality: action.quality }
    case 'holder':
      return { ...entry, holder: action.holder }
    default:
      return entry
  }
}

function withEntry(state: PhoneState, id: string, change: (e: Entry) => Entry): PhoneState {
  const entry = state.calls[id]
  if (!entry) return state
  return { ...state, calls: { ...state.calls, [id]: change(entry) } }
}

function newEntry(call: Call): Entry {
  return {
    call,
    media: 'none',
    muted: false,
    ignored: false,
    answering: false,
    elsewhere: false,
    lost: false,
    digits: '',
    quality: null,
    after: '',
    holder: 'unknown',
  }
}

function applyCall(state: PhoneState, call: Call): PhoneState {
  const known = state.calls[call.id]
  if (known && call.version <= known.call.version && !known.lost) return state
  if (known && isOver(known.call)) return state
  const entry = known ? { ...known, call, lost: false } : newEntry(call)
  entry.elsewhere = takenElsewhere(state, known, call)
  if (call.status === 'in-progress' && ownsAudio(state, call)) entry.answering = false
  const calls = prune({ ...state.calls, [call.id]: entry })
  const next = { ...state, calls }
  return isOver(call) && known ? finish(next, known, call) : next
}

/** The result is shown of calls that this tab took part in, or was ringing for. */
function finish(state: PhoneState, known: Entry, call: Call): PhoneState {
  const took = known.media !== 'none' || known.answering || ownsAudio(state, known.call)
  return took ? { ...state, finished: call.id } : state
}

function takenElsewhere(state: PhoneState, known: Entry | undefined, call: Call): boolean {
  if (known?.elsewhere) return !ownsAudio(state, call)
  const wasRinging = known?.call.direction === 'inbound' && known.call.status === 'ringing'
  return Boolean(wasRinging && call.status === 'in-progress' && !ownsAudio(state, call))
}

export function ownsAudio(state: Pick<PhoneState, 'sessions'>, call: Call): boolean {
  return call.mine || Boolean(call.session && state.sessions.includes(call.session))
}

function greet(state: PhoneState, session: string, calls: readonly Call[]): PhoneState {
  const sessions = [session, ...state.sessions.filter((s) => s !== session)].slice(0, SESSIONS_KEPT)
  let next: PhoneState = { ...state, sessions }
  for (const call of calls) next = applyCall(next, call)
  const listed = new Set(calls.map((call) => call.id))
  // audio that flows proves the call, whatever a list says that was made in a hurry
  const silent = Object.values(next.calls).filter((e) => e.media !== 'up')
  for (const { call } of silent) if (!listed.has(call.id)) next = lose(next, call.id)
  return next
}

/** The server no longer knows a call that it never ended: its service died. */
function lose(state: PhoneState, id: string): PhoneState {
  const known = state.calls[id]
  if (!known || known.lost || isOver(known.call)) return state
  const next = withEntry(state, id, (entry) => ({ ...entry, lost: true }))
  return finish(next, known, known.call)
}

function dialled(state: PhoneState, key: string, callId: string): PhoneState {
  if (state.dialling?.key !== key) return state
  const { to, after = '' } = state.dialling
  const known = state.calls[callId] ?? newEntry(placeholder(callId, to))
  const calls = { ...state.calls, [callId]: { ...known, after, media: 'connecting' as const } }
  const over = isOver(known.call)
  return { ...state, dialling: null, calls, finished: over ? callId : state.finished }
}

/** Stands in until the first call.changed, which has a higher version. */
function placeholder(id: string, to: string): Call {
  return {
    id,
    version: -1,
    direction: 'outbound',
    status: 'initiated',
    from_number: '',
    to_number: to,
    contact: null,
    started_at: new Date().toISOString(),
    answered_at: null,
    ended_at: null,
    duration: 0,
    mine: true,
    held: false,
    recording: false,
    early_media: false,
    click_to_call: false,
    hangup_by: null,
    cause: null,
    message: null,
    session: null,
    did: null,
    user_id: null,
    user_name: null,
    driver: null,
    provider_id: null,
  }
}

function prune(calls: Record<string, Entry>): Record<string, Entry> {
  const over = Object.values(calls).filter((e) => isOver(e.call))
  if (over.length <= ENDED_KEPT) return calls
  const oldest = over
    .sort((a, b) => (a.call.ended_at ?? '').localeCompare(b.call.ended_at ?? ''))
    .slice(0, over.length - ENDED_KEPT)
  const kept = { ...calls }
  for (const { call } of oldest) delete kept[call.id]
  return kept
}
