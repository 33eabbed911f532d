// The driver of our own gateway: JSON over one WebSocket, SDP inside it, audio by WebRTC.
import type { Call, ClientRequest, ServerMessage } from '@/api/messages'
import { RequestError, Socket, type SocketOptions } from '@/api/socket'
import { CallError, type CallClient, type CallClientEvents, type Capabilities } from '../client'
import { openMicrophone, type MicSettings } from '../microphone'
import { worse } from '../quality'
import { isOver, isRefused, type DialTarget, type MediaState, type Quality } from '../state'
import { AudioPeer } from './audio-peer'
import { PeerSet } from './peer-set'
import { Reattach } from './reattach'

export interface SipClientOptions extends Pick<SocketOptions, 'url' | 'signedIn' | 'connect'> {
  events: CallClientEvents
  can: Capabilities
  iceServers: () => Promise<RTCIceServer[]>
  settings: () => MicSettings & { speakerId: string }
}

const QUALITY_EVERY_MS = 2_000
/** A dialled call without an SDP answer after this long has lost it on the way. */
const ANSWER_OVERDUE_MS = 6_000

export class SipClient implements CallClient {
  readonly can: Capabilities
  private readonly socket: Socket
  private readonly peers = new PeerSet((callId, state) => this.onMedia(callId, state))
  private readonly reattach = new Reattach(
    (callId) => this.attach(callId),
    (callId) => this.onGone(callId),
  )
  private readonly serverQuality = new Map<string, Quality>()
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(private readonly options: SipClientOptions) {
    const { events, url, signedIn, connect } = options
    this.can = options.can
    const onLink = events.link
    this.socket = new Socket({ url, signedIn, connect, onLink, onMessage: (m) => this.receive(m) })
  }

  start(): void {
    this.socket.start()
    this.timer ??= setInterval(() => void this.measure(), QUALITY_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
    for (const [callId] of this.peers.all()) this.release(callId)
    this.socket.stop()
  }

  check(): void {
    this.socket.check()
  }

  async dial(target: DialTarget, key: string): Promise<string> {
    const peer = await this.newPeer()
    try {
      const { to, from, entityType, entityId } = target
      const entity = entityType && entityId && { entity_type: entityType, entity_id: entityId }
      const sdp = await peer.offer()
      const body = { type: 'call.dial' as const, to, sdp, idempotency_key: key, ...(from && { from }), ...entity }
      const { call_id: callId } = await this.socket.request(body, { again: true })
      if (!callId) throw new CallError('internal')
      await this.peers.adopt(callId, peer)
      setTimeout(() => this.onOverdue(callId, peer), ANSWER_OVERDUE_MS)
      return callId
    } catch (error) {
      peer.close()
      throw asCallError(error)
    }
  }

  answer(callId: string): Promise<void> {
    return this.join('call.answer', callId)
  }

  attach(callId: string): Promise<void> {
    return this.join('call.attach', callId)
  }

  decline(callId: string): Promise<void> {
    return this.send({ type: 'call.decline', call_id: callId })
  }

  hangup(callId: string): Promise<void> {
    return this.send({ type: 'call.hangup', call_id: callId })
  }

  hold(callId: string, on: boolean): Promise<void> {
    return this.send({ type: on ? 'call.hold' : 'call.unhold', call_id: callId })
  }

  /** A digit that is late is a wrong digit: it is not sent again after a lost connection. */
  digits(callId: string, digits: string): Promise<void> {
    return this.send({ type: 'call.dtmf', call_id: callId, digits }, false)
  }

  mute(callId: string, on: boolean): void {
    this.peers.setFlag(callId, 'muted', on)
  }

  release(callId: string): void {
    this.reattach.cancel(callId)
    this.serverQuality.delete(callId)
    this.peers.release(callId)
  }

  applyDevices(): void {
    const { speakerId } = this.options.settings()
    for (const [, peer] of this.peers.all()) {
      void peer.setSpeaker(speakerId)
      void this.replaceMicrophone(peer)
    }
  }

  private async send(body: ClientRequest, again = true): Promise<void> {
    await this.socket.request(body, { again }).catch((error: unknown) => {
      throw asCallError(error)
    })
  }

  private async join(type: 'call.answer' | 'call.attach', callId: string): Promise<void> {
    const peer = await this.newPeer()
    try {
      const { sdp } = await this.socket.request({ type, call_id: callId, sdp: await peer.offer() })
      await this.peers.adopt(callId, peer, sdp)
    } catch (error) {
      peer.close()
      throw asCallError(error)
    }
  }

  private async newPeer(): Promise<AudioPeer> {
    const [microphone, iceServers] = await Promise.all([
      this.openMicrophone(),
      this.options.iceServers(),
    ])
    const peer: AudioPeer = new AudioPeer({
      iceServers,
      microphone,
      onState: (state) => this.peers.mark(peer, state),
      onMicLost: () => void this.replaceMicrophone(peer),
    })
    void peer.setSpeaker(this.options.settings().speakerId)
    return peer
  }

  private async openMicrophone(): Promise<MediaStream> {
    try {
      const stream = await openMicrophone(this.options.settings())
      this.options.events.mic('granted')
      return stream
    } catch (error) {
      const state = asCallError(error).code.replace('mic_', '')
      if (isRefused(state)) this.options.events.mic(state)
      throw error
    }
  }

  private async replaceMicrophone(peer: AudioPeer): Promise<void> {
    const stream = await this.openMicrophone().catch(() => null)
    if (stream) await peer.setMicrophone(stream)
  }

  private onMedia(callId: string, state: MediaState): void {
    this.options.events.media(callId, state)
    if (state === 'up') this.reattach.cancel(callId)
    else if (state === 'down') this.reattach.begin(callId)
  }

  private onOverdue(callId: string, peer: AudioPeer): void {
    if (this.peers.isUnanswered(callId, peer)) this.reattach.begin(callId)
  }

  private onGone(callId: string): void {
    this.options.events.gone(callId)
    this.release(callId)
  }

  private measure(): Promise<void> {
    return this.peers.quality((callId, heard) => {
      const quality = worse(heard, this.serverQuality.get(callId) ?? null)
      if (quality) this.options.events.quality(callId, quality)
    })
  }

  private receive(message: ServerMessage): void {
    const { events } = this.options
    switch (message.type) {
      case 'hello': {
        for (const callId of this.peers.broken()) this.reattach.begin(callId)
        const skewMs = Date.parse(message.server_time) - Date.now() || 0
        return events.hello({ session: message.session, calls: message.calls, skewMs })
      }
      case 'call.changed':
        return this.onChanged(message.call)
      case 'call.media':
        return void this.peers.accept(message.call_id, message.sdp)
      case 'call.quality': {
        const { mos, lost_permille: lostPermille, jitter_ms: jitterMs, rtt_ms: rttMs } = message
        const quality = { mos, lostPermille, jitterMs, rttMs }
        return void this.serverQuality.set(message.call_id, quality)
      }
      case 'call.dtmf':
        return events.digit(message.call_id, message.digit)
      case 'contact.changed':
        return events.news('contact')
      case 'recording.stored':
        return events.news('recording')
    }
  }

  private onChanged(call: Call): void {
    this.options.events.changed(call)
    if (isOver(call)) this.release(call.id)
    else this.peers.setFlag(call.id, 'held', call.held)
  }
}

function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error
  if (error instanceof RequestError) return new CallError(error.code, error.message)
  return new CallError('internal', error instanceof Error ? error.message : '')
}
