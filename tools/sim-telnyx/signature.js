// Webhooks are signed with Ed25519 over "timestamp|body". The key is 32 raw bytes; Node wants it wrapped in PKCS#8.
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto'

const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

export class Signer {
  constructor(seed = randomBytes(32)) {
    this.key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' })
    this.publicKey = createPublicKey(this.key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
  }

  headers(body, timestamp = Math.floor(Date.now() / 1000)) {
    const signature = sign(null, Buffer.from(`${timestamp}|${body}`, 'utf8'), this.key).toString('base64')
    return { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': String(timestamp) }
  }
}
