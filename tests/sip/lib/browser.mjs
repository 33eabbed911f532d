import { createSocket } from 'node:dgram'
import { bindingRequest } from '../../../tools/sim-lib/rtc/stun.js'

// What Chromium offers, as far as media reads it. Without consent() the browser is silent, and the controller ends the
// call 10 s after it was made.
export const offer = (n = 1) => `v=0\r
o=- ${1000 + n} 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0\r
a=msid-semantic: WMS stream\r
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126\r
c=IN IP4 0.0.0.0\r
a=rtcp:9 IN IP4 0.0.0.0\r
a=ice-ufrag:test${n}\r
a=ice-pwd:0123456789abcdef012345${n % 10}9\r
a=ice-options:trickle\r
a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, i) => (i * 7 + n).toString(16).padStart(2, '0').slice(-2).toUpperCase()).join(':')}\r
a=setup:actpass\r
a=mid:0\r
a=sendrecv\r
a=rtcp-mux\r
a=rtpmap:111 opus/48000/2\r
a=fmtp:111 minptime=10;useinbandfec=1\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:126 telephone-event/8000\r
a=ssrc:1234567${n} cname:test\r
`

// The browser of offer(n) stays there, by the answer it got: it asks for consent, without any audio. Gives what ends it.
export function consent(answer, n = 1) {
  const value = name => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(answer)[1]
  const [address, port] = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+)/im.exec(answer).slice(1)
  const socket = createSocket('udp4')
  const ask = () => socket.send(bindingRequest(`${value('ice-ufrag')}:test${n}`, value('ice-pwd')), Number(port), address)
  const timer = setInterval(ask, 1000)
  ask()
  return () => { clearInterval(timer); socket.close() }
}
