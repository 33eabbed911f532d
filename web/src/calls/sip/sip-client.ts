// The driver of our own gateway: JSON over one WebSocket, SDP inside it, audio by WebRTC.
import type { ClientRequest, ServerMessage } from '@/api/messages'
import { RequestError, Socket, type SocketOptions } from '@/api/socket'
import { CallError, type CallClient, type CallClientEvents, type Capabilities } from '../client'
import { openMicrophone, type MicSettings } from '../microphone'
import { isOver, type DialTarget, type MediaState } from '../state'
import { AudioPeer } from './audio-peer'
import { Reattach } from './reattach'

export interface SipClientOptions extends Pick<SocketOptions, 'url' | 'signedIn' | 'connect'> {
  events: CallClientEvents
  iceServers: () => Promise<RTCIceServer[]>
  settings: () => MicSettings & { speakerId: string }
}

/** An answer (SDP) may overtake the reply that names the call; it waits here. */
const ANSWERS_KEPT = 8
const QUALITY_EVERY_MS = 2_000
/** A dialled call without an SDP answer after this long has lost it on the way. */
const ANSWER_OVERDUE_MS = 6_000

export class SipClient implements CallClient {
  readonly can: Capabilities = {
    hold: true,
    attach: true,
    chooseSpeaker: 'setSinkId' in HTMLMediaElement.prototype,
  }
  private readonly socket: Socket
  private readonly peers = new Map<string, AudioPeer>()
  private readonly early = new Map<string, string>()
  private readonly answered = new Set<string>()
  private readonly broken = new Set<string>()
  private readonly muted = new Set<string>()
  private readonly held = new Set<string>()
  private readonly reattach = new Reattach((callId) => this.attach(callId))
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(private readonly options: SipClientOptions) {
    const { events, url, signedIn, connect } = options
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
    for (const callId of [...this.peers.keys()]) this.release(callId)
    this.socket.stop()
  }

  check(): void {
    this.socket.check()
  }

  async dial(target: DialTarget, key: string): Promise<string> {
    const peer = await this.newPeer()
    try {
      const body: ClientRequest = {
        type: 'call.dial',
        to: target.to,
        sdp: await peer.offer(),
        idempotency_key: key,
        ...(target.entityType && { entity_type: target.entityType, entity_id: target.entityId }),
      }
      const reply = await this.socket.request(body, { again: true })
      const callId = reply.call_id
      if (!callId) throw new CallError('internal')
      this.adopt(callId, peer)
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

  async decline(callId: string): Promise<void> {
    await this.send({ type: 'call.decline', call_id: callId })
  }

  async hangup(callId: string): Promise<void> {
    await this.send({ type: 'call.hangup', call_id: callId })
  }

  async hold(callId: string, on: boolean): Promise<void> {
    await this.send({ type: on ? 'call.hold' : 'call.unhold', call_id: callId })
  }

  mute(callId: string, on: boolean): void {
    if (on) this.muted.add(callId)
    else this.muted.delete(callId)
    this.peers.get(callId)?.setSilent(on || this.held.has(callId))
  }

  async digits(callId: string, digits: string): Promise<void> {
    const body = { type: 'call.dtmf' as const, call_id: callId, digits }
    await this.socket.request(body).catch(rethrow)
  }

  release(callId: string): void {
    this.reattach.cancel(callId)
    this.early.delete(callId)
    this.answered.delete(callId)
    this.broken.delete(callId)
    this.muted.delete(callId)
    this.held.delete(callId)
    const peer = this.peers.get(callId)
    if (!peer) return
    this.peers.delete(callId)
    peer.close()
    this.options.events.media(callId, 'none')
  }

  applyDevices(): void {
    const { speakerId } = this.options.settings()
    for (const [callId, peer] of this.peers) {
      void peer.setSpeaker(speakerId)
      void this.replaceMicrophone(callId)
    }
  }

  /** Every command here may be repeated without harm, so it outlives a lost connection. */
  private async send(body: ClientRequest): Promise<void> {
    await this.socket.request(body, { again: true }).catch(rethrow)
  }

  private async join(type: 'call.answer' | 'call.attach', callId: string): Promise<void> {
    const peer = await this.newPeer()
    try {
      const reply = await this.socket.request({ type, call_id: callId, sdp: await peer.offer() })
      this.adopt(callId, peer)
      if (reply.sdp) await this.acceptAnswer(callId, reply.sdp)
    } catch (error) {
      if (this.peers.get(callId) === peer) this.release(callId)
      else peer.close()
      throw asCallError(error)
    }
  }

  private async newPeer(): Promise<AudioPeer> {
    const settings = this.options.settings()
    const [microphone, iceServers] = await Promise.all([
      this.openMicrophone(),
      this.options.iceServers(),
    ])
    const peer: AudioPeer = new AudioPeer({
      iceServers,
      microphone,
      onState: (state) => this.onMedia(peer, state),
      onMicLost: () => {
        for (const [callId, p] of this.peers) if (p === peer) void this.replaceMicrophone(callId)
      },
    })
    if (settings.speakerId) void peer.setSpeaker(settings.speakerId)
    return peer
  }

  private async openMicrophone(): Promise<MediaStream> {
    try {
      const stream = await openMicrophone(this.options.settings())
      this.options.events.mic('granted')
      return stream
    } catch (error) {
      const state = error instanceof CallError ? error.code.replace('mic_', '') : 'missing'
      if (state === 'denied' || state === 'missing' || state === 'busy') {
        this.options.events.mic(state)
      }
      throw error
    }
  }

  private async replaceMicrophone(callId: string): Promise<void> {
    const stream = await this.openMicrophone().catch(() => null)
    if (stream) await this.peers.get(callId)?.setMicrophone(stream)
  }

  /** The new connection takes the place of the old one, which goes only now. */
  private adopt(callId: string, peer: AudioPeer): void {
    this.peers.get(callId)?.close()
    this.peers.set(callId, peer)
    peer.setSilent(this.muted.has(callId) || this.held.has(callId))
    this.answered.delete(callId)
    this.options.events.media(callId, 'connecting')
    const sdp = this.early.get(callId)
    this.early.delete(callId)
    if (sdp) void this.acceptAnswer(callId, sdp)
  }

  private async acceptAnswer(callId: string, sdp: string): Promise<void> {
    const peer = this.peers.get(callId)
    if (!peer) return this.keepEarly(callId, sdp)
    this.answered.add(callId)
    await peer.accept(sdp).catch(() => this.options.events.media(callId, 'down'))
  }

  private keepEarly(callId: string, sdp: string): void {
    this.early.set(callId, sdp)
    const oldest = this.early.keys().next().value
    if (this.early.size > ANSWERS_KEPT && oldest) this.early.delete(oldest)
  }

  private onMedia(peer: AudioPeer, state: MediaState): void {
    const callId = [...this.peers].find(([, p]) => p === peer)?.[0]
    if (!callId) return
    this.options.events.media(callId, state)
    if (state === 'down') this.broken.add(callId)
    else this.broken.delete(callId)
    if (state === 'up') this.reattach.cancel(callId)
    else this.repair()
  }

  private onHeld(callId: string, held: boolean): void {
    if (held) this.held.add(callId)
    else this.held.delete(callId)
    this.peers.get(callId)?.setSilent(held || this.muted.has(callId))
  }

  private repair(): void {
    for (const callId of this.broken) this.reattach.begin(callId)
  }

  private onOverdue(callId: string, peer: AudioPeer): void {
    if (this.peers.get(callId) === peer && !this.answered.has(callId)) this.reattach.begin(callId)
  }

  private async measure(): Promise<void> {
    for (const [callId, peer] of this.peers) {
      const quality = await peer.quality()
      if (quality) this.options.events.quality(callId, quality)
    }
  }

  private receive(message: ServerMessage): void {
    const { events } = this.options
    switch (message.type) {
      case 'hello':
        this.repair()
        return events.hello({
          session: message.session,
          calls: message.calls,
          skewMs: Date.parse(message.server_time) - Date.now() || 0,
        })
      case 'call.changed':
        this.onHeld(message.call.id, message.call.held)
        if (isOver(message.call)) this.release(message.call.id)
        return events.changed(message.call)
      case 'call.media':
        return void this.acceptAnswer(message.call_id, message.sdp)
      case 'call.dtmf':
        return events.digit(message.call_id, message.digit)
      case 'contact.changed':
        return events.news('contact')
      case 'recording.stored':
        return events.news('recording')
    }
  }
}

function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error
  if (error instanceof RequestError) return new CallError(error.code, error.message)
  return new CallError('internal', error instanceof Error ? error.message : '')
}

function rethrow(error: unknown): never {
  throw asCallError(error)
}
