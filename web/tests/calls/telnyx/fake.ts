// The SDK, a browser's devices and a phone between them, as far as the phone uses them.
import { vi } from 'vitest'
import type { CarrierPhoneOptions, PhoneToken } from '@/calls/carrier/phone'
import { TelnyxPhone } from '@/calls/telnyx/phone'
import type { MakeSdk, SdkClient, SdkLeg } from '@/calls/telnyx/sdk'

export const CALL = '01890000-0000-7000-8000-000000000061'

export class FakeTrack {
  enabled = true
  ended = false
  kind = 'audio'
  onended: (() => void) | null = null
  stop(): void {
    this.ended = true
  }
}

export class FakeStream {
  constructor(readonly tracks = [new FakeTrack()]) {}
  getTracks = () => this.tracks
  getAudioTracks = () => this.tracks
  clone = () => new FakeStream()
}

export class FakePc extends EventTarget {
  connectionState = 'connected'
  sent: FakeTrack[] = []
  getSenders = () => [{ track: { kind: 'audio' }, replaceTrack: (t: FakeTrack) => Promise.resolve(void this.sent.push(t)) }]
  getStats = () =>
    Promise.resolve(new Map([['1', { type: 'inbound-rtp', kind: 'audio', packetsReceived: 100, packetsLost: 0, jitter: 0.002 }]]))
  become(state: string): void {
    this.connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }
}

export class FakeLeg {
  state = 'new'
  direction = 'inbound'
  log: string[] = []
  player: unknown
  fails = false
  peer: { instance: FakePc } | null = null
  options: { customHeaders?: { name: string; value: string }[]; clientState?: string; localStream?: FakeStream }
  constructor(
    private readonly sdk: FakeSdk,
    readonly id = 'leg-1',
    headers: FakeLeg['options'] = { customHeaders: [{ name: 'X-Call-Id', value: CALL }] },
  ) {
    this.options = headers
  }
  become(state: string): void {
    this.state = state
    this.sdk.emit('telnyx.notification', { type: 'callUpdate', call: this })
  }
  async answer({ remoteElement }: { remoteElement: unknown }): Promise<void> {
    this.log.push('answer')
    this.player = remoteElement
    if (this.fails) return this.become('destroy')
    this.peer = { instance: new FakePc() }
    this.become('active')
  }
  async hangup(_: object, tell: boolean): Promise<void> {
    this.log.push(tell ? 'bye' : 'forget')
    this.become('destroy')
  }
  hold = () => Promise.resolve(!this.fails && !!this.log.push('hold'))
  unhold = () => Promise.resolve(!this.fails && !!this.log.push('unhold'))
  muteAudio = () => void this.log.push('mute')
  unmuteAudio = () => void this.log.push('unmute')
}

export class FakeSdk {
  handlers = new Map<string, ((arg: unknown) => void)[]>()
  log: string[] = []
  constructor(readonly token: PhoneToken) {}
  on = (event: string, h: (arg: unknown) => void) => this.handlers.set(event, [...(this.handlers.get(event) ?? []), h])
  emit = (event: string, arg?: unknown) => this.handlers.get(event)?.forEach((h) => h(arg))
  connect = () => Promise.resolve(void this.log.push('connect'))
  disconnect = () => Promise.resolve(void this.log.push('disconnect'))
  clearReconnectToken = () => this.log.push('fresh')
  login = ({ creds, onSuccess }: Parameters<SdkClient['login']>[0]) => {
    this.log.push(`login ${creds.login_token}`)
    onSuccess()
    return Promise.resolve()
  }
  rings(id?: string, options?: FakeLeg['options']): FakeLeg {
    const leg = new FakeLeg(this, id, options)
    leg.become('new')
    leg.become('ringing')
    return leg
  }
}

export const asLeg = (leg: FakeLeg) => leg as unknown as SdkLeg
export const flush = () => vi.advanceTimersByTimeAsync(0)

/** A browser whose microphone is opened by `open`. */
export function browser(open: () => Promise<unknown> = () => Promise.resolve(new FakeStream())) {
  vi.useFakeTimers()
  const page = new EventTarget()
  vi.stubGlobal('window', page)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: vi.fn(open) } })
  vi.stubGlobal('Audio', class {
    srcObject: unknown = null
    sink = ''
    setSinkId = (id: string) => Promise.resolve(void (this.sink = id))
  })
}

export function phone(lifeS = 1000) {
  const log: string[] = []
  const sdks: FakeSdk[] = []
  let n = 0
  const settings = { deviceId: '', noiseSuppression: true, echoCancellation: true, speakerId: 'headset' }
  const token = vi.fn(() =>
    Promise.resolve({ token: `token-${++n}`, identity: 'gencred', expires_at: 0, expires_in: lifeS }))
  const options: CarrierPhoneOptions = {
    token,
    settings: () => settings,
    events: {
      media: (id, state) => log.push(`media ${id === CALL ? '' : id}${state}`),
      quality: (_, { jitterMs }) => log.push(`jitter ${jitterMs}`),
      mic: (state) => log.push(`mic ${state}`),
      ready: (ready, why = '') => log.push(`ready ${ready} ${why}`.trim()),
    },
  }
  const make: MakeSdk = (t) => {
    sdks.push(new FakeSdk(t))
    return sdks.at(-1) as unknown as SdkClient
  }
  return { phone: new TelnyxPhone(options, make), log, sdks, token, settings }
}

/** Signed in. */
export async function signedIn(lifeS?: number) {
  const made = phone(lifeS)
  await made.phone.start()
  const [sdk] = made.sdks
  sdk!.emit('telnyx.ready')
  made.log.length = 0
  return { ...made, sdk: sdk! }
}
