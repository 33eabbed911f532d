// One self-signed certificate for all DTLS of a process.
import { createHash, X509Certificate } from 'node:crypto'
import { CipherContext, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from 'werift'

const digest = der => createHash('sha256').update(der).digest('hex').toUpperCase().match(/../g).join(':')

let made = null

export function certificate() {
  made ??= make()
  return made
}

async function make() {
  const kind = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 }
  const { certPem, keyPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey(kind, NamedCurveAlgorithm.secp256r1_23)
  return { cert: certPem, key: keyPem, signatureHash, fingerprint: digest(new X509Certificate(certPem).raw) }
}

export const fingerprintOf = digest
