// The little of SDP that one audio stream with ICE and DTLS-SRTP needs.

const field = (text, name) => new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(text)?.[1].trim() ?? null

// The peer's fault, not ours.
const refuse = why => { throw Object.assign(new Error(why), { refusal: true }) }

// What a browser sent; throws with a sentence when a call cannot be built on it.
export function readSdp(text) {
  if (typeof text !== 'string') refuse('there is no SDP')
  const media = /^m=audio \d+ (\S+) (.*?)\r?$/m.exec(text)
  if (!media) refuse('the SDP has no audio')
  const payloads = media[2].split(' ').map(Number)
  if (!payloads.includes(0)) refuse('the SDP does not offer PCMU')
  const fingerprint = field(text, 'fingerprint')?.split(' ')
  const remote = {
    protocol: media[1],
    mid: field(text, 'mid'),
    ufrag: field(text, 'ice-ufrag'),
    password: field(text, 'ice-pwd'),
    hash: fingerprint?.[0].toLowerCase(),
    fingerprint: fingerprint?.[1]?.toUpperCase(),
    setup: field(text, 'setup'),
    keys: payloads.find(type => new RegExp(`^a=rtpmap:${type} telephone-event/8000`, 'm').test(text)) ?? null,
    candidates: (text.match(/^a=candidate:/gm) ?? []).length,
  }
  if (!remote.ufrag || !remote.password) refuse('the SDP has no ICE credentials')
  if (remote.hash !== 'sha-256' || !remote.fingerprint) refuse('the SDP has no SHA-256 fingerprint')
  if (!/^a=rtcp-mux\r?$/m.test(text)) refuse('the SDP has no rtcp-mux')
  if (remote.setup === 'passive') refuse('the simulator is the passive side of DTLS')
  return remote
}

// Ours, an offer and an answer alike: the browser opens DTLS.
export function writeSdp({ id, version, address, port, ufrag, password, fingerprint, ssrc, mid, keys, protocol }) {
  const lines = [
    'v=0',
    `o=- ${id} ${version} IN IP4 ${address}`,
    's=-',
    't=0 0',
    'a=ice-lite',
    ...(mid === null ? [] : [`a=group:BUNDLE ${mid}`]),
    'a=msid-semantic: WMS sim',
    `m=audio ${port} ${protocol} 0${keys === null ? '' : ` ${keys}`}`,
    `c=IN IP4 ${address}`,
    'a=rtcp-mux',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:passive',
    ...(mid === null ? [] : [`a=mid:${mid}`]),
    'a=sendrecv',
    'a=rtpmap:0 PCMU/8000',
    ...(keys === null ? [] : [`a=rtpmap:${keys} telephone-event/8000`]),
    'a=ptime:20',
    `a=ssrc:${ssrc} cname:sim`,
    `a=ssrc:${ssrc} msid:sim audio`,
    `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`,
    'a=end-of-candidates',
  ]
  return lines.join('\r\n') + '\r\n'
}
