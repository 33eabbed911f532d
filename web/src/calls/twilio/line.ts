// One sign-in of the SDK. It can hold one call: a second one that it takes ends the first. So the
// line that has taken a call is not rung any more, and a fresh one takes its place.
import type { PhoneToken } from '../carrier/phone'
import { deviceOptions, type Sdk, type SdkAudio, type SdkCall, type SdkDevice } from './sdk'

export interface LineEvents {
  registered: (line: Line) => void
  unregistered: (line: Line) => void
  failed: (line: Line, error: unknown) => void
  expiring: () => void
  incoming: (line: Line, call: SdkCall) => void
}

export interface LineDevices {
  microphone: MediaStream
  microphoneId: string
  speakerId: string
}

export class Line {
  /** The call of ours that it has taken. */
  taken = ''
  /** The carrier will not ring it any more, whatever the SDK says. */
  dead = false
  private readonly device: SdkDevice
  private microphone: MediaStream | null = null

  constructor(sdk: Sdk, token: PhoneToken, events: LineEvents) {
    this.device = new sdk.Device(token.token, deviceOptions(token, () => this.giveMicrophone()))
    this.device.audio?.incoming(false)
    this.device.audio?.disconnect(false)
    this.device.on('registered', () => events.registered(this))
    this.device.on('unregistered', () => events.unregistered(this))
    this.device.on('error', (error: unknown) => events.failed(this, error))
    this.device.on('tokenWillExpire', () => events.expiring())
    this.device.on('incoming', (call: SdkCall) => events.incoming(this, call))
  }

  get isRegistered(): boolean {
    return !this.dead && this.device.state === 'registered'
  }

  /** What comes of it is told by events: a promise of the SDK may stay open when it is refused. */
  register(): void {
    this.device.register().catch(() => undefined)
  }

  unregister(): void {
    this.device.unregister().catch(() => undefined)
  }

  updateToken(token: string): void {
    if (this.device.state !== 'destroyed') this.device.updateToken(token)
  }

  take(callId: string, call: SdkCall, microphone: MediaStream): void {
    this.taken = callId
    this.microphone = microphone
    call.accept()
  }

  async setDevices({ microphone, microphoneId, speakerId }: LineDevices): Promise<void> {
    const { audio } = this.device
    if (!this.taken || !audio) return stopTracks(microphone)
    const old = this.microphone
    this.microphone = microphone
    await setSpeaker(audio, speakerId)
    await askForMicrophone(audio, microphoneId)
    stopTracks(old)
  }

  async setSpeaker(id: string): Promise<void> {
    if (this.device.audio) await setSpeaker(this.device.audio, id)
  }

  hangUp(): void {
    this.taken = ''
    stopTracks(this.microphone)
    this.microphone = null
  }

  destroy(): void {
    this.hangUp()
    this.dead = true
    this.device.destroy()
  }

  /** The SDK asks in its own way; which one it gets is ours to say. */
  private giveMicrophone(): Promise<MediaStream> {
    if (this.microphone) return Promise.resolve(this.microphone)
    return Promise.reject(new DOMException('no call was taken', 'NotFoundError'))
  }
}

/** The chosen one when it is plugged in, else the system's. */
function known(devices: ReadonlyMap<string, unknown>, id: string): string | undefined {
  if (id && devices.has(id)) return id
  return devices.has('default') ? 'default' : devices.keys().next().value
}

async function setSpeaker(audio: SdkAudio, wish: string): Promise<void> {
  const id = known(audio.availableOutputDevices, wish)
  if (id && audio.isOutputSelectionSupported) {
    await audio.speakerDevices.set(id).catch(() => undefined)
  }
}

/** Makes the SDK ask again: for another device, or for the same one. */
async function askForMicrophone(audio: SdkAudio, wish: string): Promise<void> {
  const id = known(audio.availableInputDevices, wish)
  if (!id) return
  const same = audio.inputDevice?.deviceId === id
  await (same ? audio.setAudioConstraints({}) : audio.setInputDevice(id)).catch(() => undefined)
}

export function stopTracks(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null
    track.stop()
  }
}
