import type { Call } from '@/api/messages'
import { reduce } from '@/calls/reducer'
import { initialState, type Action, type PhoneState } from '@/calls/state'

export function makeCall(change: Partial<Call> = {}): Call {
  return {
    id: 'call-1',
    version: 1,
    direction: 'outbound',
    status: 'initiated',
    from_number: '+15551230100',
    to_number: '+442079460018',
    contact: null,
    started_at: '2026-11-23T10:00:00Z',
    answered_at: null,
    ended_at: null,
    duration: 0,
    hangup_by: null,
    cause: null,
    message: null,
    session: null,
    mine: false,
    held: false,
    recording: false,
    early_media: false,
    click_to_call: false,
    did: null,
    user_id: null,
    user_name: null,
    driver: null,
    provider_id: null,
    ...change,
  }
}

export function run(actions: readonly Action[], from: PhoneState = initialState): PhoneState {
  return actions.reduce(reduce, from)
}

export const changed = (change: Partial<Call>): Action => ({ type: 'changed', call: makeCall(change) })

export const hello = (session: string, calls: readonly Call[] = []): Action => ({
  type: 'hello',
  session,
  calls,
  skewMs: 0,
})

export const open: Action = { type: 'link', state: 'open' }
