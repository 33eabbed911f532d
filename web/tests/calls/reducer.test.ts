import { describe, expect, it } from 'vitest'
import type { CallStatus } from '@/api/messages'
import { ownsAudio, reduce } from '@/calls/reducer'
import { isOver } from '@/calls/state'
import { changed, hello, makeCall, open, run } from './make'

describe('the order of versions', () => {
  it('drops a message that is not newer', () => {
    const state = run([open, changed({ version: 3, status: 'in-progress' })])
    for (const version of [1, 2, 3]) {
      expect(reduce(state, changed({ version, status: 'ringing' }))).toBe(state)
    }
  })

  it('gives the same state for every order of the same messages', () => {
    const messages = [
      changed({ version: 1, status: 'initiated' }),
      changed({ version: 2, status: 'ringing' }),
      changed({ version: 3, status: 'in-progress' }),
      changed({ version: 4, status: 'completed', ended_at: '2026-11-23T10:01:00Z' }),
    ]
    for (const order of permutations(messages)) {
      const { call } = run([open, ...order]).calls['call-1']!
      expect([call.version, call.status]).toEqual([4, 'completed'])
    }
  })

  it.each<CallStatus>(['completed', 'failed', 'busy', 'no-answer', 'canceled'])(
    'keeps the final status %s against a newer version',
    (status) => {
      const state = run([changed({ version: 2, status })])
      expect(reduce(state, changed({ version: 9, status: 'ringing' }))).toBe(state)
    },
  )
})

describe('dialling', () => {
  const dialling = { type: 'dialling', key: 'k', target: { to: '+15550100', after: '12' } } as const

  it('shows the call before the server has sent its state', () => {
    const state = run([open, dialling, { type: 'dialled', key: 'k', callId: 'call-1' }])
    expect(state.dialling).toBeNull()
    expect(state.calls['call-1']).toMatchObject({ media: 'connecting', after: '12' })
    expect(state.calls['call-1']?.call).toMatchObject({ status: 'initiated', to_number: '+15550100' })
  })

  it('takes a first state of version 0', () => {
    const state = run([
      dialling,
      { type: 'dialled', key: 'k', callId: 'call-1' },
      changed({ version: 0, status: 'ringing' }),
    ])
    expect(state.calls['call-1']?.call.status).toBe('ringing')
  })

  it('keeps a state that overtook the reply', () => {
    const state = run([
      dialling,
      changed({ version: 2, status: 'ringing' }),
      { type: 'dialled', key: 'k', callId: 'call-1' },
    ])
    expect(state.calls['call-1']?.call.version).toBe(2)
    expect(state.calls['call-1']?.media).toBe('connecting')
  })

  it('shows the result of a call that ended before the reply', () => {
    const state = run([
      dialling,
      changed({ version: 2, status: 'failed', cause: 'destination_forbidden' }),
      { type: 'dialled', key: 'k', callId: 'call-1' },
    ])
    expect(state.finished).toBe('call-1')
  })

  it('ignores the outcome of an attempt that was given up', () => {
    const given = run([dialling, { type: 'dial-canceled', key: 'k' }])
    expect(given.dialling).toBeNull()
    expect(reduce(given, { type: 'dialled', key: 'k', callId: 'x' })).toBe(given)
    const late = { type: 'dial-failed', key: 'k', fault: { code: 'timeout', message: '' } } as const
    expect(reduce(given, late)).toBe(given)
  })

  it('forgets the fault and the result of before', () => {
    const fault = { code: 'offline', message: '' }
    const state = run([{ type: 'fault', fault }, dialling])
    expect(state.fault).toBeNull()
  })
})

describe('whose audio it is', () => {
  it('stays ours over a new connection with a new session', () => {
    const state = run([hello('s1'), changed({ session: 's1', mine: true, status: 'in-progress' }), hello('s2', [
      makeCall({ version: 2, session: 's1', mine: false, status: 'in-progress' }),
    ])])
    expect(ownsAudio(state, state.calls['call-1']!.call)).toBe(true)
  })

  it('is another one\'s when the session is none of ours', () => {
    const state = run([hello('s1')])
    expect(ownsAudio(state, makeCall({ session: 's9' }))).toBe(false)
    expect(ownsAudio(state, makeCall({ session: null }))).toBe(false)
  })
})

describe('two tabs', () => {
  const ringing = changed({ direction: 'inbound', status: 'ringing' })

  it('notes that another tab took the ringing call', () => {
    const state = run([hello('s1'), ringing, changed({ version: 2, direction: 'inbound', status: 'in-progress', session: 's2' })])
    expect(state.calls['call-1']?.elsewhere).toBe(true)
  })

  it('does not when this tab took it', () => {
    const state = run([hello('s1'), ringing, changed({ version: 2, direction: 'inbound', status: 'in-progress', session: 's1', mine: true })])
    expect(state.calls['call-1']?.elsewhere).toBe(false)
  })

  it('forgets it when the call is taken over to this tab', () => {
    const state = run([
      hello('s1'),
      ringing,
      changed({ version: 2, direction: 'inbound', status: 'in-progress', session: 's2' }),
      changed({ version: 3, direction: 'inbound', status: 'in-progress', session: 's1', mine: true }),
    ])
    expect(state.calls['call-1']?.elsewhere).toBe(false)
  })
})

describe('hello', () => {
  it('marks a live call that the server no longer lists as lost, and finds it again', () => {
    const lost = run([hello('s1'), changed({ version: 4, status: 'in-progress' }), hello('s2', [])])
    expect(lost.calls['call-1']?.lost).toBe(true)
    const found = reduce(lost, changed({ version: 4, status: 'in-progress' }))
    expect(found.calls['call-1']?.lost).toBe(false)
  })

  it('shows the loss of a call of ours, and is silent about others', () => {
    const ours = run([hello('s1'), changed({ session: 's1', mine: true, status: 'in-progress' }), hello('s2', [])])
    expect(ours.finished).toBe('call-1')
    const others = run([hello('s1'), changed({ session: 's9', status: 'in-progress' }), hello('s2', [])])
    expect(others.finished).toBeNull()
    const gone = reduce(run([hello('s1'), changed({ session: 's1', mine: true })]), { type: 'lost', callId: 'call-1' })
    expect(gone).toMatchObject({ finished: 'call-1', calls: { 'call-1': { lost: true } } })
  })

  it('believes audio that flows more than a list without the call', () => {
    const talking = run([
      hello('s1'),
      changed({ session: 's1', mine: true, status: 'in-progress' }),
      { type: 'media', callId: 'call-1', state: 'up' },
      hello('s2', []),
    ])
    expect(talking.calls['call-1']?.lost).toBe(false)
  })

  it('leaves ended calls alone', () => {
    const state = run([changed({ version: 2, status: 'completed' }), hello('s2', [])])
    expect(state.calls['call-1']?.lost).toBe(false)
  })
})

describe('the end', () => {
  it('shows the result of a call we had the audio of', () => {
    const state = run([
      hello('s1'),
      changed({ status: 'in-progress', session: 's1', mine: true }),
      changed({ version: 2, status: 'completed', session: 's1' }),
    ])
    expect(state.finished).toBe('call-1')
    expect(reduce(state, { type: 'dismiss' }).finished).toBeNull()
  })

  it('shows nothing of a call that rang and was missed or taken elsewhere', () => {
    for (const status of ['canceled', 'completed'] as const) {
      const state = run([
        changed({ direction: 'inbound', status: 'ringing' }),
        changed({ version: 2, direction: 'inbound', status }),
      ])
      expect(state.finished).toBeNull()
    }
  })

  it('keeps a bounded number of ended calls, the newest', () => {
    const ends = Array.from({ length: 60 }, (_, i) =>
      changed({ id: `c${i}`, version: 2, status: 'completed', ended_at: `2026-11-23T10:${String(i).padStart(2, '0')}:00Z` }))
    const { calls } = run(ends)
    expect(Object.keys(calls)).toHaveLength(20)
    expect(calls.c59).toBeDefined()
    expect(Object.values(calls).every((e) => isOver(e.call))).toBe(true)
  })

  it('forgets everything on signing out but the microphone', () => {
    const state = run([{ type: 'mic', state: 'granted' }, changed({}), { type: 'link', state: 'signed-out' }])
    expect(state).toMatchObject({ calls: {}, mic: 'granted', link: 'signed-out' })
  })
})

describe('facts of one call', () => {
  it('are dropped when the call is unknown', () => {
    const state = run([open])
    expect(reduce(state, { type: 'muted', callId: 'nope', on: true })).toBe(state)
  })

  it('echo at most 32 digits', () => {
    const digits = Array.from({ length: 50 }, () => ({ type: 'digits', callId: 'call-1', digits: '7' }) as const)
    expect(run([changed({}), ...digits]).calls['call-1']?.digits).toHaveLength(32)
  })

  it('never change the state they were given', () => {
    const state = run([changed({})])
    const copy = structuredClone(state)
    reduce(state, { type: 'muted', callId: 'call-1', on: true })
    reduce(state, changed({ version: 5, status: 'completed' }))
    expect(state).toEqual(copy)
  })
})

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items]
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  )
}
