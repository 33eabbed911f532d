// Twilio's SDK as far as our phone uses it: a test says what the carrier does.
import { EventEmitter } from 'node:events'
import type { Sdk, SdkAudio } from '@/calls/twilio/sdk'

export class FakeTrack {
  onended: (() => void) | null = null
  stopped = false
  stop(): void {
    this.stopped = true
  }
}

export class FakeStream {
  readonly track = new FakeTrack()
  getTracks(): FakeTrack[] {
    return [this.track]
  }
}

export class FakeCall extends EventEmitter {
  readonly did: string[] = []
  readonly customParameters: Map<string, string>
  keys = ''

  constructor(
    callId: string | null,
    private readonly device: FakeDevice,
  ) {
    super()
    this.customParameters = new Map(callId ? [['call_id', callId]] : [])
  }

  /** As the real one: it asks for the microphone first, and a second call of a device ends the first. */
  accept(): void {
    this.did.push('accept')
    this.device.active?.disconnect()
    this.device.active = this
    void this.device.options.getUserMedia().then(
      (stream) => (this.device.microphone = stream),
      () => this.disconnect(),
    )
  }

  ignore(): void {
    this.did.push('ignore')
  }

  disconnect(): void {
    this.did.push('disconnect')
    if (this.device.active === this) this.device.active = null
    this.emit('disconnect', this)
  }

  mute(on: boolean): void {
    this.did.push(`mute ${on}`)
  }

  sendDigits(digits: string): void {
    this.keys += digits
  }
}

export class FakeDevice extends EventEmitter {
  static made: FakeDevice[] = []
  /** What the carrier answers to a new sign-in: it lets it in, refuses with a code, or is silent. */
  static answer: number | 'ok' | 'silence' = 'ok'
  state = 'unregistered'
  tokens: string[]
  active: FakeCall | null = null
  microphone: unknown = null
  readonly ringing: FakeCall[] = []
  readonly speakers: string[] = []
  readonly inputs: string[] = []
  readonly options: { getUserMedia: () => Promise<unknown>; [name: string]: unknown }
  readonly audio: SdkAudio = {
    availableInputDevices: new Map([['default', {}], ['headset', {}]]),
    availableOutputDevices: new Map([['default', {}], ['headset', {}]]),
    inputDevice: null,
    isOutputSelectionSupported: true,
    speakerDevices: { set: async (id) => void this.speakers.push(id) },
    setInputDevice: async (id) => void (this.inputs.push(id), (this.microphone = await this.options.getUserMedia())),
    setAudioConstraints: async () => undefined,
    incoming: () => false,
    disconnect: () => false,
  }

  constructor(token: string, options: object = {}) {
    super()
    this.tokens = [token]
    this.options = options as FakeDevice['options']
    FakeDevice.made.push(this)
  }

  register(): Promise<void> {
    const { answer } = FakeDevice
    queueMicrotask(() => {
      if (answer === 'ok') this.become('registered')
      else if (answer !== 'silence') this.emit('error', { code: answer })
    })
    return new Promise(() => undefined)
  }

  unregister(): Promise<void> {
    this.become('unregistered')
    return Promise.resolve()
  }

  become(state: string): void {
    this.state = state
    this.emit(state)
  }

  updateToken(token: string): void {
    this.tokens.push(token)
  }

  destroy(): void {
    this.active?.disconnect()
    this.state = 'destroyed'
    this.removeAllListeners()
  }

  ring(callId: string | null): FakeCall {
    const call = new FakeCall(callId, this)
    this.ringing.push(call)
    this.emit('incoming', call)
    return call
  }

  static get last(): FakeDevice {
    const device = FakeDevice.made.at(-1)
    if (!device) throw new Error('no device was made')
    return device
  }
}

export const fakeSdk = { Device: FakeDevice } as unknown as Sdk
