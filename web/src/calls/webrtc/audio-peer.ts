// One RTCPeerConnection with one audio line. The browser offers, the server answers (ICE-lite,
// one codec); candidates need not be waited for, because the server learns our address from STUN.
import type { MediaState, Quality } from '../state'
import { readQuality, type StatsSample } from './stats'

export interface AudioPeerOptions {
  iceServers: RTCIceServer[]
  microphone: MediaStream
  onState: (state: MediaState) => void
  onMicLost: () => void
}

/** ICE says "disconnected" for a short loss too; only a longer one is worth a new connection. */
const GRACE_MS = 2_500

export class AudioPeer {
  private readonly pc: RTCPeerConnection
  private readonly player = new Audio()
  private microphone: MediaStream
  private grace: ReturnType<typeof setTimeout> | undefined
  private silent = false
  private last: StatsSample | null = null

  constructor(private readonly options: AudioPeerOptions) {
    this.microphone = options.microphone
    this.player.autoplay = true
    this.pc = new RTCPeerConnection({ iceServers: options.iceServers, bundlePolicy: 'max-bundle' })
    this.pc.ontrack = ({ track, streams }) => {
      this.player.srcObject = streams[0] ?? new MediaStream([track])
      void this.player.play().catch(() => undefined)
    }
    this.pc.onconnectionstatechange = () => this.onConnection()
  }

  async offer(): Promise<string> {
    for (const track of this.microphone.getAudioTracks()) {
      this.pc.addTrack(track, this.microphone)
      track.onended = () => this.options.onMicLost()
    }
    const offer = await this.pc.createOffer()
    await this.pc.setLocalDescription(offer)
    return offer.sdp ?? ''
  }

  async accept(sdp: string): Promise<void> {
    if (this.pc.signalingState !== 'have-local-offer') return
    await this.pc.setRemoteDescription({ type: 'answer', sdp })
  }

  setSilent(silent: boolean): void {
    this.silent = silent
    this.applyEnabled()
  }

  async setMicrophone(stream: MediaStream): Promise<void> {
    const track = stream.getAudioTracks()[0]
    const sender = this.pc.getSenders()[0]
    if (!track || !sender || this.pc.connectionState === 'closed') return stopTracks(stream)
    const old = this.microphone
    this.microphone = stream
    track.onended = () => this.options.onMicLost()
    this.applyEnabled()
    await sender.replaceTrack(track)
    stopTracks(old)
  }

  async setSpeaker(deviceId: string): Promise<void> {
    if ('setSinkId' in this.player) await this.player.setSinkId(deviceId).catch(() => undefined)
  }

  async quality(): Promise<Quality | null> {
    const { quality, sample } = readQuality(await this.pc.getStats(), this.last)
    this.last = sample
    return quality
  }

  close(): void {
    clearTimeout(this.grace)
    this.pc.onconnectionstatechange = this.pc.ontrack = null
    this.pc.close()
    stopTracks(this.microphone)
    this.player.srcObject = null
  }

  private applyEnabled(): void {
    for (const track of this.microphone.getAudioTracks()) track.enabled = !this.silent
  }

  private onConnection(): void {
    clearTimeout(this.grace)
    const { connectionState } = this.pc
    if (connectionState === 'connected') this.options.onState('up')
    else if (connectionState === 'failed') this.options.onState('down')
    else if (connectionState === 'disconnected') {
      this.grace = setTimeout(() => this.options.onState('down'), GRACE_MS)
    }
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = null
    track.stop()
  }
}
