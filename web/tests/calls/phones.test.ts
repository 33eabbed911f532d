// Whose phone has which call, against phones that the test plays.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CarrierPhone, CarrierPhoneOptions } from '@/calls/carrier/phone'
import { Phones, type PhoneProvider } from '@/calls/carrier/phones'
import { CallError } from '@/calls/client'

const twilio: PhoneProvider = { provider_id: 'p1', driver: 'twilio' }
const telnyx: PhoneProvider = { provider_id: 'p2', driver: 'telnyx' }

class FakePhone implements CarrierPhone {
  legs = new Map<string, { resolve: () => void; reject: (error: Error) => void }>()
  released: string[] = []
  started = false
  constructor(readonly options: CarrierPhoneOptions) {}
  start = () => ((this.started = true), Promise.resolve())
  stop = () => void (this.started = false)
  accept = (callId: string) =>
    new Promise<void>((resolve, reject) => this.legs.set(callId, { resolve, reject }))
  release = (callId: string) => {
    this.released.push(callId)
    this.legs.get(callId)?.reject(new CallError('canceled'))
  }
  mute = vi.fn()
  applyDevices = vi.fn()
}

let made: FakePhone[]
let media: string[]
let deaf: string[]
let loads: number
let broken: boolean

function make(): Phones {
  return new Phones({
    load: () => {
      loads++
      if (broken) return Promise.reject(new Error('offline'))
      return Promise.resolve((options: CarrierPhoneOptions) => {
        const phone = new FakePhone(options)
        made.push(phone)
        return phone
      })
    },
    token: (id) => Promise.resolve({ token: `token of ${id}`, identity: 'user_1', expires_at: 0, expires_in: 60 }),
    settings: () => ({}) as ReturnType<CarrierPhoneOptions['settings']>,
    events: {
      media: (callId, state) => media.push(`${callId} ${state}`),
      quality: () => undefined,
      mic: () => undefined,
      ready: (driver, ready, why) => deaf.push(`${driver} ${ready} ${why}`),
    },
  })
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

beforeEach(() => {
  made = []
  media = []
  deaf = []
  loads = 0
  broken = false
})

describe('signing in', () => {
  it('happens once a provider, with a token of that provider', async () => {
    const phones = make()
    phones.signIn([twilio, telnyx])
    phones.signIn([telnyx, twilio])
    await settled()
    expect(made).toHaveLength(2)
    expect(made.every((phone) => phone.started)).toBe(true)
    expect((await made[1]?.options.token())?.token).toBe('token of p2')
  })

  it('that could not load its code is told, and tried again by the next call', async () => {
    const phones = make()
    broken = true
    phones.signIn([twilio])
    await settled()
    expect(deaf).toEqual(['twilio false phone_not_loaded'])
    broken = false
    void phones.accept('a', twilio)
    await settled()
    expect(loads).toBe(2)
    expect(made[0]?.legs.has('a')).toBe(true)
  })

  it('ends with a provider that is gone, but not under a call', async () => {
    const phones = make()
    phones.signIn([twilio, telnyx])
    await settled()
    made[0]?.options.events.ready(false, 'phone_refused')
    phones.accept('a', telnyx).catch(() => undefined)
    await settled()
    phones.signIn([])
    await settled()
    expect(made.map((phone) => phone.started)).toEqual([false, true])
    expect(deaf.at(-1)).toBe('twilio true ')
    made[0]?.options.events.ready(false, 'phone_refused')
    expect(deaf).toHaveLength(2)
    phones.release('a')
    phones.signIn([])
    await settled()
    expect(made[1]?.started).toBe(false)
    phones.signIn([twilio])
    await settled()
    expect(made).toHaveLength(3)
  })

  it('ends with the page, also when the code comes later', async () => {
    const phones = make()
    phones.signIn([twilio])
    phones.stop()
    await settled()
    expect(made).toHaveLength(0)
  })
})

describe('a leg', () => {
  it('is connecting until the phone says that it is up', async () => {
    const phones = make()
    const taken = phones.accept('a', twilio)
    await settled()
    made[0]?.options.events.media('a', 'up')
    made[0]?.legs.get('a')?.resolve()
    await taken
    expect(media).toEqual(['a connecting', 'a up'])
    expect(phones.has('a')).toBe(true)
  })

  it('is asked for once', async () => {
    const phones = make()
    void phones.accept('a', twilio)
    await phones.accept('a', twilio)
    await settled()
    expect(media).toEqual(['a connecting'])
  })

  it('that does not come leaves the call to others', async () => {
    const phones = make()
    const taken = phones.accept('a', twilio)
    await settled()
    made[0]?.legs.get('a')?.reject(new CallError('leg_missing'))
    await expect(taken).rejects.toMatchObject({ code: 'leg_missing' })
    expect(phones.has('a')).toBe(false)
    expect(media.at(-1)).toBe('a none')
  })

  it('that the carrier ends is gone, and what its phone says later is not heard', async () => {
    const phones = make()
    void phones.accept('a', twilio)
    await settled()
    made[0]?.options.events.media('a', 'up')
    made[0]?.options.events.media('a', 'none')
    made[0]?.options.events.media('a', 'up')
    expect(phones.has('a')).toBe(false)
    expect(media).toEqual(['a connecting', 'a up', 'a none'])
  })

  it('moves to the next carrier when the call does', async () => {
    const phones = make()
    const first = phones.accept('a', twilio)
    await settled()
    void phones.accept('a', telnyx)
    await expect(first).rejects.toMatchObject({ code: 'canceled' })
    await settled()
    expect(made[0]?.released).toEqual(['a'])
    expect(made[1]?.legs.has('a')).toBe(true)
    expect(phones.isAt('a', 'p2')).toBe(true)
    expect(media).toEqual(['a connecting', 'a none', 'a connecting'])
  })

  it('that was muted while its phone was loaded is muted there', async () => {
    const phones = make()
    void phones.accept('a', twilio)
    phones.mute('a', true)
    await settled()
    expect(made[0]?.mute.mock.calls).toEqual([['a', true]])
  })

  it('is muted in the phone that has it; keys of a phone without them are our server\'s', async () => {
    const phones = make()
    void phones.accept('a', twilio)
    await settled()
    phones.mute('a', true)
    phones.mute('b', true)
    expect(made[0]?.mute.mock.calls).toEqual([['a', true]])
    expect(phones.digits('a', '1')).toBe(false)
  })
})
