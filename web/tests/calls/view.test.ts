import { describe, expect, it } from 'vitest'
import type { Action } from '@/calls/state'
import { phoneView } from '@/calls/view'
import { changed, hello, open, run } from './make'

const signedIn: Action[] = [open, hello('s1')]
const view = (...actions: Action[]) => phoneView(run([...signedIn, ...actions]))
const ours = { session: 's1', mine: true } as const
const media = (state: 'connecting' | 'up' | 'down', callId = 'call-1'): Action => ({ type: 'media', callId, state })

describe('the screen', () => {
  it.each<[string, Action[]]>([
    ['ready', []],
    ['connecting', [{ type: 'link', state: 'connecting' }]],
    ['signed-out', [{ type: 'link', state: 'signed-out' }]],
    ['dialling', [{ type: 'dialling', key: 'k', target: { to: '1' } }]],
    ['dialling', [changed({ ...ours, status: 'initiated' })]],
    ['ringing-out', [changed({ ...ours, status: 'ringing' })]],
    ['incoming', [changed({ direction: 'inbound', status: 'ringing' })]],
    ['connected', [changed({ ...ours, status: 'in-progress' })]],
    ['reconnecting', [changed({ ...ours, status: 'in-progress' }), media('down')]],
    ['reconnecting', [changed({ ...ours, status: 'in-progress' }), { type: 'link', state: 'connecting' }]],
    ['elsewhere', [changed({ session: 's9', status: 'in-progress' })]],
    ['ended', [changed({ ...ours, status: 'in-progress' }), changed({ version: 2, status: 'completed' })]],
    ['error', [{ type: 'fault', fault: { code: 'no_active_provider', message: '' } }]],
  ])('is %s', (name, actions) => {
    expect(view(...actions).name).toBe(name)
  })

  it('stays in the call while only the signalling is lost', () => {
    const state = view(changed({ ...ours, status: 'in-progress' }), media('up'), { type: 'link', state: 'connecting' })
    expect(state.name).toBe('connected')
  })

  it('goes back to ready when the result is closed', () => {
    const end = changed({ version: 2, status: 'completed' })
    expect(view(changed({ ...ours, status: 'in-progress' }), end, { type: 'dismiss' }).name).toBe('ready')
  })
})

describe('ringing', () => {
  const ring = changed({ direction: 'inbound', status: 'ringing' })

  it('stops for this tab when it is ignored', () => {
    expect(view(ring, { type: 'ignored', callId: 'call-1' }).name).toBe('ready')
  })

  it('stops when another tab answers; the call is then shown as elsewhere', () => {
    const taken = changed({ version: 2, direction: 'inbound', status: 'in-progress', session: 's2' })
    const state = view(ring, taken)
    expect(state.name).toBe('elsewhere')
    expect(state.waiting).toHaveLength(0)
  })

  it('shows the call of a click on a link as one to accept', () => {
    expect(view(changed({ click_to_call: true, status: 'initiated' })).name).toBe('incoming')
  })

  it('of an accepted click shows the dialling that follows', () => {
    const accepted = { ...ours, click_to_call: true }
    expect(view(changed({ ...accepted, status: 'initiated' })).name).toBe('dialling')
    expect(view(changed({ ...accepted, status: 'ringing' })).name).toBe('ringing-out')
  })

  it('stacks a second call on the running one', () => {
    const state = view(
      changed({ ...ours, status: 'in-progress' }),
      media('up'),
      changed({ id: 'two', direction: 'inbound', status: 'ringing' }),
    )
    expect(state.name).toBe('connected')
    expect(state.waiting.map((e) => e.call.id)).toEqual(['two'])
  })

  it('rings after a result that nobody closed', () => {
    const state = view(
      changed({ ...ours, status: 'in-progress' }),
      changed({ version: 2, status: 'completed' }),
      changed({ id: 'two', direction: 'inbound', status: 'ringing' }),
    )
    expect(state.name).toBe('incoming')
  })
})

describe('two calls of ours', () => {
  it('has the one not held in front and the held one parked', () => {
    const state = view(
      changed({ ...ours, status: 'in-progress', held: true }),
      changed({ ...ours, id: 'two', status: 'in-progress', started_at: '2026-11-23T10:05:00Z' }),
    )
    expect(state.main?.call.id).toBe('two')
    expect(state.parked.map((e) => e.call.id)).toEqual(['call-1'])
  })

  it('brings the held one to the front when the other ends', () => {
    const state = view(
      changed({ ...ours, status: 'in-progress', held: true }),
      changed({ ...ours, id: 'two', status: 'in-progress' }),
      changed({ ...ours, id: 'two', version: 2, status: 'completed' }),
    )
    expect(state.main?.call.id).toBe('call-1')
    expect(state.name).toBe('connected')
  })
})
