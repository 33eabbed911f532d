// The audio connections of this tab, one a call. Keeps what must outlive a single connection:
// SDP answers that came too early, muted and held, and which connections are broken.
import type { MediaState, Quality } from '../state'
import type { AudioPeer } from './audio-peer'

/** An answer may overtake the reply that names its call; so many wait here. */
const EARLY_KEPT = 8

interface Flags {
  muted: boolean
  held: boolean
}

export class PeerSet {
  private readonly peers = new Map<string, AudioPeer>()
  private readonly early = new Map<string, string>()
  private readonly flags = new Map<string, Flags>()
  private readonly unanswered = new Set<string>()
  private readonly down = new Set<string>()

  constructor(private readonly onState: (callId: string, state: MediaState) => void) {}

  get(callId: string): AudioPeer | undefined {
    return this.peers.get(callId)
  }

  all(): [string, AudioPeer][] {
    return [...this.peers]
  }

  broken(): string[] {
    return [...this.down]
  }

  isUnanswered(callId: string, peer: AudioPeer): boolean {
    return this.peers.get(callId) === peer && this.unanswered.has(callId)
  }

  callOf(peer: AudioPeer): string | undefined {
    return this.all().find(([, p]) => p === peer)?.[0]
  }

  /** The new connection takes the place of the old one, which goes only now. */
  async adopt(callId: string, peer: AudioPeer, answer?: string): Promise<void> {
    this.peers.get(callId)?.close()
    this.peers.set(callId, peer)
    this.unanswered.add(callId)
    this.apply(callId)
    this.onState(callId, 'connecting')
    const sdp = answer ?? this.early.get(callId)
    this.early.delete(callId)
    if (sdp) await this.accept(callId, sdp)
  }

  async accept(callId: string, sdp: string): Promise<void> {
    const peer = this.peers.get(callId)
    if (!peer) return this.keepEarly(callId, sdp)
    this.unanswered.delete(callId)
    await peer.accept(sdp).catch(() => this.mark(peer, 'down'))
  }

  /** A change of state as the connection tells it; one that was replaced is not heard. */
  mark(peer: AudioPeer, state: MediaState): void {
    const callId = this.callOf(peer)
    if (!callId) return
    if (state === 'down') this.down.add(callId)
    else this.down.delete(callId)
    this.onState(callId, state)
  }

  setFlag(callId: string, flag: keyof Flags, on: boolean): void {
    const flags = this.flags.get(callId) ?? { muted: false, held: false }
    this.flags.set(callId, { ...flags, [flag]: on })
    this.apply(callId)
  }

  release(callId: string): void {
    this.early.delete(callId)
    this.flags.delete(callId)
    this.unanswered.delete(callId)
    this.down.delete(callId)
    const peer = this.peers.get(callId)
    if (!peer) return
    this.peers.delete(callId)
    peer.close()
    this.onState(callId, 'none')
  }

  async quality(report: (callId: string, quality: Quality | null) => void): Promise<void> {
    for (const [callId, peer] of this.peers) report(callId, await peer.quality())
  }

  private apply(callId: string): void {
    const { muted, held } = this.flags.get(callId) ?? { muted: false, held: false }
    this.peers.get(callId)?.setSilent(muted || held)
  }

  private keepEarly(callId: string, sdp: string): void {
    this.early.set(callId, sdp)
    const oldest = this.early.keys().next().value
    if (this.early.size > EARLY_KEPT && oldest) this.early.delete(oldest)
  }
}
