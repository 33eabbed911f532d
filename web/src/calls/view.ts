// One word for what the widget shows, derived from the state and nothing else.
import { ownsAudio } from './reducer'
import { isOver, type Entry, type PhoneState } from './state'

export type ViewName =
  | 'signed-out'
  | 'connecting'
  | 'ready'
  | 'dialling'
  | 'ringing-out'
  | 'incoming'
  | 'connected'
  | 'reconnecting'
  | 'elsewhere'
  | 'ended'
  | 'error'

export interface PhoneView {
  name: ViewName
  /** The call the controls act on. */
  main: Entry | null
  /** Ringing calls that are not the main one, newest last. */
  waiting: Entry[]
  /** Other live calls of this tab, on hold. */
  parked: Entry[]
}

function live(entry: Entry): boolean {
  return !isOver(entry.call) && !entry.lost
}

/** Rings here: inbound, or a call by click that first rings the agent. */
export function isRinging(entry: Entry): boolean {
  if (!live(entry) || entry.ignored || entry.elsewhere) return false
  const { direction, status, click_to_call, session } = entry.call
  if (direction === 'inbound') return status === 'ringing' || status === 'initiated'
  return click_to_call && !session && (status === 'initiated' || status === 'ringing')
}

export function isOurs(state: PhoneState, entry: Entry): boolean {
  if (!live(entry)) return false
  return entry.media !== 'none' || ownsAudio(state, entry.call)
}

function byStart(a: Entry, b: Entry): number {
  return a.call.started_at.localeCompare(b.call.started_at)
}

function nameOf(state: PhoneState, entry: Entry): ViewName {
  if (entry.media === 'down' || (state.link !== 'open' && entry.media !== 'up')) {
    return 'reconnecting'
  }
  if (entry.call.status === 'in-progress') return 'connected'
  if (entry.call.direction === 'inbound') return 'connected'
  return entry.call.status === 'ringing' ? 'ringing-out' : 'dialling'
}

export function phoneView(state: PhoneState): PhoneView {
  const entries = Object.values(state.calls).sort(byStart)
  const ringing = entries.filter((e) => isRinging(e) && !e.answering)
  const ours = entries.filter((e) => isOurs(state, e) || (live(e) && e.answering))
  const parked = ours.filter((e) => e.call.held)
  const main = ours.findLast((e) => !e.call.held) ?? parked.at(-1) ?? null
  const view = (name: ViewName, entry: Entry | null = null): PhoneView => ({
    name,
    main: entry,
    waiting: ringing.filter((e) => e !== entry),
    parked: parked.filter((e) => e !== entry),
  })
  if (state.link === 'signed-out' || state.link === 'stopped') return view('signed-out')
  if (state.dialling) return { ...view('dialling'), parked: ours }
  if (main) return view(nameOf(state, main), main)
  if (ringing.length > 0) return view('incoming', ringing[0])
  if (state.fault) return view('error')
  const finished = state.finished ? state.calls[state.finished] : undefined
  if (finished) return view('ended', finished)
  const away = entries.find((e) => live(e) && e.call.status === 'in-progress')
  if (away && !away.ignored) return view('elsewhere', away)
  return view(state.link === 'open' ? 'ready' : 'connecting')
}
