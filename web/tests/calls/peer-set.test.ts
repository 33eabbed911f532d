import { describe, expect, it } from 'vitest'
import type { AudioPeer } from '@/calls/webrtc/audio-peer'
import { PeerSet } from '@/calls/webrtc/peer-set'

class FakePeer {
  answers: string[] = []
  silent = false
  closed = false
  constructor(private readonly bad = false) {}
  accept(sdp: string): Promise<void> {
    this.answers.push(sdp)
    return this.bad ? Promise.reject(new Error('bad sdp')) : Promise.resolve()
  }
  setSilent(silent: boolean): void {
    this.silent = silent
  }
  close(): void {
    this.closed = true
  }
}

function make(bad = false) {
  const peer = new FakePeer(bad)
  return [peer, peer as unknown as AudioPeer] as const
}

function set() {
  const states: string[] = []
  return [new PeerSet((id, state) => states.push(`${id} ${state}`)), states] as const
}

describe('the SDP answer', () => {
  it('reaches the connection whether it comes before or after the reply', async () => {
    const [peers] = set()
    const [early, earlyPeer] = make()
    await peers.accept('a', 'sdp-a')
    await peers.adopt('a', earlyPeer)
    expect(early.answers).toEqual(['sdp-a'])
    const [late, latePeer] = make()
    await peers.adopt('b', latePeer)
    await peers.accept('b', 'sdp-b')
    expect(late.answers).toEqual(['sdp-b'])
  })

  it('that never came is noticed', async () => {
    const [peers] = set()
    const [, peer] = make()
    await peers.adopt('a', peer)
    expect(peers.isUnanswered('a', peer)).toBe(true)
    await peers.accept('a', 'sdp')
    expect(peers.isUnanswered('a', peer)).toBe(false)
  })

  it('that the browser refuses marks the audio as broken', async () => {
    const [peers, states] = set()
    await peers.adopt('a', make(true)[1], 'nonsense')
    expect(states).toEqual(['a connecting', 'a down'])
    expect(peers.broken()).toEqual(['a'])
  })

  it('of strangers is kept only for the last few calls', async () => {
    const [peers] = set()
    for (let i = 0; i < 20; i++) await peers.accept(`c${i}`, `sdp${i}`)
    const [old, oldPeer] = make()
    await peers.adopt('c0', oldPeer)
    expect(old.answers).toEqual([])
    const [recent, recentPeer] = make()
    await peers.adopt('c19', recentPeer)
    expect(recent.answers).toEqual(['sdp19'])
  })
})

describe('a new connection for the same call', () => {
  it('closes the old one, whose last words are not heard', async () => {
    const [peers, states] = set()
    const [old, oldPeer] = make()
    await peers.adopt('a', oldPeer, 'x')
    await peers.adopt('a', make()[1], 'y')
    expect(old.closed).toBe(true)
    peers.mark(oldPeer, 'down')
    expect(states).toEqual(['a connecting', 'a connecting'])
  })

  it('is muted and held as the old one was', async () => {
    const [peers] = set()
    const [old, oldPeer] = make()
    await peers.adopt('a', oldPeer)
    peers.setFlag('a', 'muted', true)
    peers.setFlag('a', 'held', true)
    peers.setFlag('a', 'held', false)
    expect(old.silent).toBe(true)
    const [fresh, freshPeer] = make()
    await peers.adopt('a', freshPeer)
    expect(fresh.silent).toBe(true)
    peers.setFlag('a', 'muted', false)
    expect(fresh.silent).toBe(false)
  })
})

describe('letting go', () => {
  it('closes the connection and says so once', async () => {
    const [peers, states] = set()
    const [peer, audio] = make()
    await peers.adopt('a', audio, 'x')
    peers.release('a')
    peers.release('a')
    expect(peer.closed).toBe(true)
    expect(states).toEqual(['a connecting', 'a none'])
    expect(peers.all()).toEqual([])
  })
})
