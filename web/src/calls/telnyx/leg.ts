// One leg in Telnyx's phone: our microphone goes in, our player and devices get the rest. The SDK makes
// the connection; after a loss of its signalling it makes a new one, and the leg is another object.
import { openMicrophone, type MicSettings } from '../microphone'
import type { MediaState, Quality } from '../state'
import { readQuality, type StatsSample } from '../webrtc/stats'
import type { SdkLeg } from './sdk'

export interface LegOptions {
  settings: () => MicSettings & { speakerId: string }
  onState: (state: MediaState) => void
  /** It was opened (null), or was not, and why. */
  onMicrophone: (error: unknown) => void
}

/** The connection says "disconnected" for a short loss too. */
const GRACE_MS = 2_500

export class TelnyxLeg {
  private readonly player = new Audio()
  private leg: SdkLeg | null = null
  private pc: RTCPeerConnection | null = null
  private microphone: MediaStream | null = null
  private muted = false
  private held = false
  private grace: ReturnType<typeof setTimeout> | undefined
  private last: StatsSample | null = null

  constructor(private readonly options: LegOptions) {
    this.player.autoplay = true
  }

  /** Before the leg is answered: a refused microphone is a reason not to. */
  async open(): Promise<void> {
    this.microphone = await this.openStream()
    this.watchMicrophone()
    void this.applySpeaker()
  }

  async answer(leg: SdkLeg): Promise<void> {
    this.adopt(leg)
    await leg.answer({ remoteElement: this.player })
  }

  /** The SDK is about to use it. It ends the tracks that it was given, so it gets copies of ours. */
  adopt(leg: SdkLeg): void {
    this.leg = leg
    leg.options.localStream = this.microphone?.clone()
    if (this.muted) leg.muteAudio()
  }

  is(leg: SdkLeg): boolean {
    return this.leg === leg
  }

  /** The SDK has made another one of the same leg, after a loss of its connection. */
  isOlder(leg: SdkLeg): boolean {
    return this.leg !== null && this.leg !== leg && this.leg.id === leg.id
  }

  /** A step of the SDK. */
  onState(state: string): void {
    if (state === 'active' || state === 'held') {
      this.watchConnection()
      this.options.onState('up')
    } else if (state === 'recovering') {
      this.options.onState('down')
    }
  }

  mute(on: boolean): void {
    this.muted = on
    if (on) this.leg?.muteAudio()
    else this.leg?.unmuteAudio()
  }

  /** False: Telnyx did not do it. */
  async hold(on: boolean): Promise<boolean> {
    if (!this.leg || this.held === on) return true
    this.held = on
    const done = (await (on ? this.leg.hold() : this.leg.unhold())) === true
    if (!done) this.held = !on
    return done
  }

  async applyDevices(): Promise<void> {
    await this.applySpeaker()
    await this.changeMicrophone()
  }

  async quality(): Promise<Quality | null> {
    const pc = this.leg?.peer?.instance
    if (!pc) return null
    const { quality, sample } = readQuality(await pc.getStats(), this.last)
    this.last = sample
    return quality
  }

  /** tell: Telnyx hears that this end hung up. */
  close(tell: boolean): void {
    clearTimeout(this.grace)
    this.pc?.removeEventListener('connectionstatechange', this.onConnection)
    void this.leg?.hangup({}, tell).catch(() => undefined)
    this.leg = null
    stopTracks(this.microphone)
    this.microphone = null
    this.player.srcObject = null
  }

  private watchConnection(): void {
    const pc = this.leg?.peer?.instance
    if (!pc || pc === this.pc) return
    this.pc?.removeEventListener('connectionstatechange', this.onConnection)
    this.pc = pc
    pc.addEventListener('connectionstatechange', this.onConnection)
  }

  private readonly onConnection = (): void => {
    clearTimeout(this.grace)
    const state = this.pc?.connectionState
    if (state === 'connected') this.options.onState('up')
    else if (state === 'failed') this.options.onState('down')
    else if (state === 'disconnected') {
      this.grace = setTimeout(() => this.options.onState('down'), GRACE_MS)
    }
  }

  private async applySpeaker(): Promise<void> {
    const { speakerId } = this.options.settings()
    if ('setSinkId' in this.player) await this.player.setSinkId(speakerId).catch(() => undefined)
  }

  private async openStream(): Promise<MediaStream> {
    try {
      const stream = await openMicrophone(this.options.settings())
      this.options.onMicrophone(null)
      return stream
    } catch (error) {
      this.options.onMicrophone(error)
      throw error
    }
  }

  private watchMicrophone(): void {
    for (const track of this.microphone?.getAudioTracks() ?? []) {
      track.onended = () => void this.changeMicrophone()
    }
  }

  /** Another device, or the same one that was plugged in again. */
  private async changeMicrophone(): Promise<void> {
    const stream = await this.openStream().catch(() => null)
    if (!stream) return
    if (!this.microphone) return stopTracks(stream) // closed meanwhile
    stopTracks(this.microphone)
    this.microphone = stream
    this.watchMicrophone()
    await this.replaceSent(stream.clone())
  }

  private async replaceSent(copy: MediaStream): Promise<void> {
    const { leg } = this
    const sender = leg?.peer?.instance?.getSenders().find(({ track }) => track?.kind === 'audio')
    const track = copy.getAudioTracks()[0]
    if (!leg || !sender || !track) return stopTracks(copy)
    stopTracks(leg.options.localStream ?? null)
    leg.options.localStream = copy
    this.mute(this.muted)
    await sender.replaceTrack(track).catch(() => this.options.onState('down'))
  }
}

function stopTracks(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null
    track.stop()
  }
}
