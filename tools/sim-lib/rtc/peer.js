// A browser at the other end of a call, as a port of a room: ICE-lite on a UDP socket of its own, DTLS-SRTP, PCMU.
// It offers or answers; candidates of the browser are not needed, it is where its checks come from.
import { createSocket } from 'node:dgram'
import { randomBytes, randomInt } from 'node:crypto'
import { FRAME } from '../media/frame.js'
import { decodeMulaw, encodeMulaw } from '../media/g711.js'
import { Ear } from '../media/ear.js'
import { certificate } from './certificate.js'
import { Jitter } from './jitter.js'
import { Secure } from './secure.js'
import { bindingSuccess, isStun, readBindingRequest } from './stun.js'
import { readSdp, writeSdp } from './sdp.js'

const CONSENT_MS = 15_000 // without a check for so long the browser is gone
const PCMU = 0

export class Peer {
  static async open({ address = '127.0.0.1', onGone = () => {}, onDigits = () => {} } = {}) {
    const identity = await certificate()
    const socket = createSocket('udp4')
    await new Promise((resolve, reject) => socket.once('error', reject).bind(0, address, resolve))
    return new Peer(socket, address, identity, onGone, onDigits)
  }

  constructor(socket, address, identity, onGone, onDigits) {
    Object.assign(this, { socket, address, identity, onGone, onDigits })
    this.local = { ufrag: randomBytes(4).toString('hex'), password: randomBytes(12).toString('hex'),
      id: randomInt(1, 2 ** 47), version: 1, ssrc: randomInt(1, 2 ** 31) }
    this.remote = null
    this.to = null
    this.nominated = false
    this.closed = false
    this.jitter = new Jitter()
    this.ear = new Ear() // what the browser says
    this.sent = { sequence: randomInt(0, 1000), timestamp: randomInt(0, 2 ** 31), packets: 0 }
    this.received = 0
    this.lastKey = null
    this.failure = null
    this.ready = new Promise(resolve => { this.#ready = resolve })
    this.secure = this.#makeSecure()
    socket.on('message', (data, from) => this.#message(data, from))
    socket.on('error', error => this.#gone(error.message))
    this.watch = setTimeout(() => this.#gone('no check of the path came'), CONSENT_MS)
  }

  #ready

  #makeSecure() {
    return new Secure({
      identity: this.identity,
      send: data => this.#send(data),
      expected: () => this.remote?.fingerprint,
      onReady: () => this.#ready(),
      onFail: why => this.#gone(why),
      onClose: () => this.#gone('the browser closed the path'),
    })
  }

  #sdp() {
    const { protocol = 'UDP/TLS/RTP/SAVPF', mid = '0', keys = 126 } = this.remote ?? {}
    return writeSdp({ ...this.local, address: this.address, port: this.socket.address().port,
      fingerprint: this.identity.fingerprint, protocol, mid, keys })
  }

  offer() {
    return this.#sdp()
  }

  accept(answer) {
    this.remote = readSdp(answer)
    this.secure.check()
  }

  // Also an ICE restart: new credentials of the browser, the same path and keys.
  answer(offer) {
    const remote = readSdp(offer)
    if (this.remote && remote.fingerprint !== this.remote.fingerprint) this.secure = this.#makeSecure()
    if (this.remote) {
      this.local.ufrag = randomBytes(4).toString('hex')
      this.local.password = randomBytes(12).toString('hex')
      this.local.version++
    }
    this.remote = remote
    this.nominated = false
    return this.#sdp()
  }

  #message(data, from) {
    if (isStun(data)) this.#check(data, from)
    else if (data[0] >= 20 && data[0] < 64) this.secure.handshake(data)
    else if (data[0] >= 128 && data[0] < 192 && !isRtcp(data)) this.#rtp(data)
  }

  #check(data, from) {
    const request = readBindingRequest(data, this.local.password)
    if (!request || request.username?.split(':')[0] !== this.local.ufrag) return
    if (request.nominated || !this.to || !this.nominated) this.to = from
    this.nominated ||= request.nominated
    this.watch.refresh()
    this.socket.send(bindingSuccess(request, from, this.local.password), from.port, from.address)
  }

  #rtp(data) {
    const packet = this.secure.open(data)
    if (!packet) return
    const { payloadType, sequenceNumber, timestamp } = packet.header
    this.received++
    if (payloadType === PCMU && packet.payload.length) this.#frames(sequenceNumber, decodeMulaw(packet.payload))
    else if (payloadType === this.remote?.keys) this.#key(packet.payload, timestamp)
  }

  // Browsers send 20 ms a packet; longer ones are cut.
  #frames(sequence, samples) {
    if (samples.length < FRAME) return
    this.jitter.put(sequence, samples.subarray(0, FRAME))
  }

  #key(payload, timestamp) {
    if (payload.length < 4 || payload[0] > 15 || timestamp === this.lastKey) return
    this.lastKey = timestamp
    this.onDigits('0123456789*#ABCD'[payload[0]])
  }

  pull() {
    const frame = this.jitter.get()
    if (frame) this.ear.hear(frame)
    return frame
  }

  push(frame) {
    this.sent.sequence = (this.sent.sequence + 1) & 0xffff
    this.sent.timestamp = (this.sent.timestamp + FRAME) >>> 0
    if (!this.secure.srtp || !this.to) return
    this.#send(this.secure.seal({ payload: encodeMulaw(frame), payloadType: PCMU, sequenceNumber: this.sent.sequence,
      timestamp: this.sent.timestamp, ssrc: this.local.ssrc, marker: this.sent.packets === 0 }))
    this.sent.packets++
  }

  #send(data) {
    if (!this.closed && this.to) this.socket.send(data, this.to.port, this.to.address)
  }

  #gone(why) {
    if (this.closed) return
    this.failure = why
    this.close()
    this.onGone(why)
  }

  close() {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.watch)
    this.socket.close()
  }

  report() {
    return { kind: 'browser', connected: Boolean(this.secure.srtp), failure: this.failure,
      rtp: { received: this.received, sent: this.sent.packets }, said: this.ear.report() }
  }
}

const isRtcp = data => data[1] >= 192 && data[1] <= 223
