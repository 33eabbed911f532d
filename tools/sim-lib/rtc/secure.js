// DTLS-SRTP on a datagram path: the handshake, the check of the browser's certificate, encryption.
import { DtlsServer, ProtectionProfileAes128CmHmacSha1_80, RtpHeader, RtpPacket, SrtpSession, keyLength, saltLength } from 'werift'
import { fingerprintOf } from './certificate.js'

export class Secure {
  // send(data): to the browser; expected(): the fingerprint that signalling promised, undefined before it did
  constructor({ identity, send, expected, onReady, onFail, onClose }) {
    this.transport = { onData: () => {}, send: async data => send(data), close: async () => {}, type: 'udp', address: {} }
    this.srtp = null
    this.dtls = new DtlsServer({
      transport: this.transport,
      cert: identity.cert,
      key: identity.key,
      signatureHash: identity.signatureHash,
      srtpProfiles: [ProtectionProfileAes128CmHmacSha1_80],
      extendedMasterSecret: true,
      certificateRequest: true,
    })
    Object.assign(this, { expected, onReady, onFail })
    this.dtls.onConnect.subscribe(() => this.check())
    this.dtls.onError.subscribe(error => onFail(String(error?.message ?? error)))
    this.dtls.onClose.subscribe(onClose)
  }

  // Datagrams of strangers must not end the program.
  handshake(data) {
    try {
      this.transport.onData(data)
    } catch { /* no DTLS record */ }
  }

  // Who it is, once both are there: the handshake and the SDP. An answer may come later than the browser's packets, since it
  // waits for candidates before it is sent.
  check() {
    if (!this.dtls.connected || !this.expected() || this.srtp) return
    const certificate = this.dtls.remoteCertificate
    if (!certificate || fingerprintOf(certificate) !== this.expected()) return this.onFail('the certificate is not the one of the SDP')
    this.#keys()
    this.onReady()
  }

  #keys() {
    const profile = this.dtls.srtp.srtpProfile
    const k = this.dtls.extractSessionKeys(keyLength(profile), saltLength(profile))
    const keys = { localMasterKey: k.localKey, localMasterSalt: k.localSalt, remoteMasterKey: k.remoteKey, remoteMasterSalt: k.remoteSalt }
    this.srtp = new SrtpSession({ keys, profile })
  }

  // The packet, or null when it is not one that the browser sent.
  open(data) {
    if (!this.srtp) return null
    try {
      return RtpPacket.deSerialize(this.srtp.decrypt(data))
    } catch {
      return null
    }
  }

  seal({ payload, payloadType, sequenceNumber, timestamp, ssrc, marker }) {
    return this.srtp.encrypt(payload, new RtpHeader({ payloadType, sequenceNumber, timestamp, ssrc, marker }))
  }
}
