// Calls by our server: JSON over one WebSocket. The audio is a WebRTC connection of our own, with its SDP
// in those messages, or a leg in a carrier's phone, which `Call.driver` names.
import type { Call, ClientRequest, ServerMessage } from '@/api/messages'
import { RequestError, Socket, type SocketOptions } from '@/api/socket'
import { CarrierLegs } from './carrier/legs'
import type { Phones, PhoneProvider } from './carrier/phones'
import { CallError, type CallClient, type CallClientEvents, type Capabilities } from './client'
import { openMicrophone, type MicSettings } from './microphone'
import { worse } from './quality'
import { isOver, isRefused, type DialTarget, type MediaState, type Quality } from './state'
import { AudioPeer } from './webrtc/audio-peer'
import { PeerSet } from './webrtc/peer-set'
import { Reattach } from './webrtc/reattach'

export interface ServerClientOptions extends Pick<SocketOptions, 'url' | 'signedIn' | 'connect'> {
  events: CallClientEvents
  can: Capabilities
  iceServers: () => Promise<RTCIceServer[]>
  settings: () => MicSettings & { speakerId: string }
  phones: Phones
  /** Providers whose phones this page signs in to, as of now. */
  providers: () => Promise<readonly PhoneProvider[]>
}

const QUALITY_EVERY_MS = 2_000
/** A dialled call without an SDP answer after this long has lost it on the way. */
const ANSWER_OVERDUE_MS = 6_000
/** Nobody is heard for longer after he hung up, whether our server is there or not. */
const HANG_UP_MS = 1_500

/** Calls dialled here that are remembered: after a new connection the server no longer says `mine`. */
const DIALLED_KEPT = 8

export class ServerClient implements CallClient {
  readonly can: Capabilities
  private readonly socket: Socket
  private readonly peers = new PeerSet((callId, state) => this.onMedia(callId, state))
  private readonly reattach = new Reattach(
    (callId) => this.attach(callId),
    (callId) => this.onGone(callId),
  )
  private readonly legs: CarrierLegs
  private dialled: readonly string[] = []
  private readonly serverQuality = new Map<string, Quality>()
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(private readonly options: ServerClientOptions) {
    const { events, url, signedIn, connect } = options
    this.can = options.can
    this.legs = new CarrierLegs(options.phones)
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
    this.options.phones.stop()
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
      this.dialled = [callId, ...this.dialled].slice(0, DIALLED_KEPT)
      await this.peers.adopt(callId, peer)
      this.takeLeg(callId)
      setTimeout(() => this.onOverdue(callId, peer), ANSWER_OVERDUE_MS)
      return callId
    } catch (error) {
      peer.close()
      throw asCallError(error)
    }
  }

  async answer(callId: string): Promise<void> {
    const provider = this.legs.providerOf(callId)
    if (!provider) return this.join('call.answer', callId)
    await this.legs.answer(callId, provider, () => this.send({ type: 'call.answer', call_id: callId }))
  }

  async attach(callId: string): Promise<void> {
    if (this.legs.providerOf(callId)) throw new CallError('other_phone')
    return this.join('call.attach', callId)
  }

  decline(callId: string): Promise<void> {
    return this.send({ type: 'call.decline', call_id: callId })
  }

  async hangup(callId: string): Promise<void> {
    const { phones } = this.options
    // without our server the agent's leg still ends the call
    const isOurs = phones.has(callId)
    const timer = setTimeout(() => isOurs && phones.release(callId), HANG_UP_MS)
    try {
      await this.send({ type: 'call.hangup', call_id: callId })
    } catch (error) {
      if (!isOurs) throw error
      phones.release(callId)
    } finally {
      clearTimeout(timer)
    }
  }

  hold(callId: string, on: boolean): Promise<void> {
    return this.send({ type: on ? 'call.hold' : 'call.unhold', call_id: callId })
  }

  /** A digit that is late is a wrong digit: it is not sent again after a lost connection. */
  async digits(callId: string, digits: string): Promise<void> {
    if (this.options.phones.digits(callId, digits)) return
    return this.send({ type: 'call.dtmf', call_id: callId, digits }, false)
  }

  mute(callId: string, on: boolean): void {
    this.legs.mute(callId, on)
    this.peers.setFlag(callId, 'muted', on)
  }

  release(callId: string): void {
    this.reattach.cancel(callId)
    this.serverQuality.delete(callId)
    this.legs.forget(callId)
    this.peers.release(callId)
    this.options.phones.release(callId)
  }

  applyDevices(): void {
    const { speakerId } = this.options.settings()
    this.options.phones.applyDevices()
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
      this.peers.setFlag(callId, 'muted', this.legs.isMuted(callId))
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
    if (this.options.phones.has(callId)) return // an offer that no trunk has used
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
        void this.signIn()
        for (const call of message.calls) this.learn(call)
        const skewMs = Date.parse(message.server_time) - Date.now() || 0
        events.hello({ session: message.session, calls: message.calls, skewMs })
        // what changed while there was no connection
        return message.calls.forEach((call) => this.follow(call))
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
      case 'providers.changed':
        return void this.signIn()
      case 'contact.changed':
        return events.news('contact')
      case 'recording.stored':
        return events.news('recording')
    }
  }

  private onChanged(call: Call): void {
    this.learn(call)
    this.options.events.changed(call)
    if (isOver(call)) this.release(call.id)
    else this.follow(call)
  }

  /** A live call is as the server says. */
  private follow(call: Call): void {
    this.peers.setFlag(call.id, 'held', call.held)
    const takeBack = () => this.hold(call.id, !call.held) // what the phone could not do
    void this.options.phones.hold(call.id, call.held).catch(takeBack).catch(() => undefined)
    if (call.mine || this.dialled.includes(call.id)) this.takeLeg(call.id)
  }

  private async signIn(): Promise<void> {
    const providers = await this.options.providers().catch(() => null)
    if (providers) this.options.phones.signIn(providers)
  }

  private learn(call: Call): void {
    // our own connection has been let go meanwhile, and nobody listened to it
    if (this.legs.learn(call) && this.peers.broken().includes(call.id)) this.reattach.begin(call.id)
  }

  /** The agent's leg of a call of this tab rings in a carrier's phone: it is taken without asking. */
  private takeLeg(callId: string): void {
    this.legs.take(callId)?.then(
      () => this.peers.release(callId),
      (error: unknown) => {
        const fault = asCallError(error)
        if (fault.code !== 'canceled') this.options.events.failed(callId, fault)
      },
    )
  }
}

function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error
  if (error instanceof RequestError) return new CallError(error.code, error.message)
  return new CallError('internal', error instanceof Error ? error.message : '')
}
