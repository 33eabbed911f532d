// Trunks: registration and its back-off, OPTIONS, TLS with the certificate checked, configuration that changes.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../lib/ports.mjs'
import { Stack, sleep } from './lib/stack.mjs'
import { header, response, tlsPeer, udpPeer } from './lib/peer.mjs'
import { offer } from './lib/browser.mjs'
import { equal, main, ok, test } from './lib/tap.mjs'

const md5 = text => createHash('md5').update(text).digest('hex')
const peers = []
const answers = {}
const trunks = {}
const ports = {}
const number = '+493012345678'

// A registrar that asks for a digest each time, and grants what `answers.registrar` says.
function registrar(request) {
  if (request.startsWith('OPTIONS')) return response(request, 200, 'OK')
  if (!request.startsWith('REGISTER')) return null
  const auth = header(request, 'Authorization')
  if (!auth) return response(request, 401, 'Unauthorized', ['WWW-Authenticate: Digest realm="reg", nonce="n1", qop="auth"'])
  const of = name => new RegExp(`[ ,]${name}="?([^",]+)`).exec(auth)?.[1]
  const good = md5([md5('u100:reg:secret'), of('nonce'), of('nc'), of('cnonce'), 'auth', md5(`REGISTER:${of('uri')}`)].join(':')) === of('response')
  if (!good) return response(request, 401, 'Unauthorized', ['WWW-Authenticate: Digest realm="reg", nonce="n1", qop="auth"'])
  if (Number(header(request, 'Expires')) > 0 && Number(header(request, 'Expires')) < 600) return response(request, 423, 'Interval Too Brief', ['Min-Expires: 600'])
  return response(request, 200, 'OK', [`Contact: ${header(request, 'Contact')};expires=${answers.expires ?? 600}`])
}

const stack = new Stack({
  beforeController: async s => {
    for (const [name, host] of Object.entries({ reg: '127.0.0.21', wrong: '127.0.0.22', health: '127.0.0.23', tls: '127.0.0.24', badtls: '127.0.0.25', named: '127.0.0.1', othername: '127.0.0.26' })) ports[name] = await freePort(host)
    peers.push(s.registrar = await udpPeer('127.0.0.21', ports.reg, registrar))
    peers.push(s.wrong = await udpPeer('127.0.0.22', ports.wrong, registrar))
    trunks.reg = s.trunkWithPassword('reg', { host: '127.0.0.21', port: ports.reg, username: 'u100', password: 'secret', register: true })
    trunks.wrong = s.trunkWithPassword('wrong', { host: '127.0.0.22', port: ports.wrong, username: 'u100', password: 'guess', register: true })
    trunks.health = s.trunk({ host: '127.0.0.23', port: ports.health, options_interval_s: 1 })

    const ca = join(s.dir, 'ca')
    s.certificate(ca, 'test-ca')
    const cert = (name, cn) => { s.certificate(join(s.dir, name), cn, ca); return { key: readFileSync(join(s.dir, `${name}.key`)), cert: readFileSync(join(s.dir, `${name}.crt`)) } }
    const pem = readFileSync(`${ca}.crt`, 'utf8')
    const busy = request => (request.startsWith('INVITE') ? response(request, 486, 'Busy Here') : request.startsWith('OPTIONS') ? response(request, 200, 'OK') : null)
    peers.push(s.good = await tlsPeer('127.0.0.24', ports.tls, cert('good', '127.0.0.24'), busy))
    peers.push(s.bad = await tlsPeer('127.0.0.25', ports.badtls, cert('bad', 'somebody.else.example'), busy))
    peers.push(s.named = await tlsPeer('127.0.0.1', ports.named, cert('named', 'localhost'), busy))
    peers.push(s.unknown = await tlsPeer('127.0.0.26', ports.othername, { key: readFileSync(`${ca}.key`), cert: readFileSync(`${ca}.crt`) }, busy))
    trunks.tls = s.trunk({ host: '127.0.0.24', port: ports.tls, transport: 'tls', tls_ca: pem })
    trunks.badtls = s.trunk({ host: '127.0.0.25', port: ports.badtls, transport: 'tls', tls_ca: pem })
    trunks.named = s.trunk({ host: 'localhost', port: ports.named, transport: 'tls', tls_ca: pem })
    trunks.unknown = s.trunk({ host: '127.0.0.26', port: ports.othername, transport: 'tls' })
  },
})

const health = (trunk, f, ms = 6000) => stack.until(() => stack.live.find(e => e.type === 'trunk.health' && e.trunk === trunks[trunk] && f(e)), ms, `health of ${trunk}`)
let keys = 0
async function dial(...list) {
  await stack.routes({ 'route.outbound': { to: number, from: '+4930111', ring_s: 20, targets: list.map(t => ({ trunk: trunks[t], to: number, from: '+4930111' })) } })
  const r = await stack.request('call.dial', { to: number, sdp: offer(++keys), session: 'gw/1', key: `key-${keys}` })
  return stack.row(r.call_id)
}

test('a trunk registers by digest, obeys 423 and stays registered', async () => {
  await health('reg', e => e.registered)
  const all = stack.registrar.requests.filter(r => r.startsWith('REGISTER'))
  ok(all.some(r => header(r, 'Expires') === '600'), 'the longer time was asked for')
  ok(/^<sip:rm-[0-9a-f]+@127\.0\.0\.1:\d+>$/.test(header(all[0], 'Contact')), header(all[0], 'Contact'))
  equal(new Set(all.map(r => header(r, 'Call-ID'))).size, 1, 'Call-IDs')
  const numbers = all.map(r => Number(header(r, 'CSeq').split(' ')[0]))
  ok(numbers.every((n, i) => i === 0 || n > numbers[i - 1]), `CSeq grows: ${numbers}`)
})

test('a wrong password is tried once and then left alone', async () => {
  await health('wrong', e => !e.registered && e.reason === 'wrong_password')
  const before = stack.wrong.requests.length
  await sleep(3000)
  equal(stack.wrong.requests.length, before, 'more attempts')
  equal(before, 2, 'attempts: one without and one with the digest')
})

test('a trunk that does not answer OPTIONS goes down, and comes up again', async () => {
  await health('health', e => !e.up, 8000)
  const peer = await udpPeer('127.0.0.23', ports.health, request => response(request, 404, 'Not Found'))
  await health('health', e => e.up && e.sip === 404, 6000)
  await peer.close()
  stack.live.length = 0
  await health('health', e => !e.up, 8000)
})

test('TLS: the right certificate is taken, an address too', async () => {
  const row = await dial('tls')
  equal(row.status, 'busy', 'status')
  ok(/^INVITE sip:.*;transport=tls SIP/.test(stack.good.requests.at(-2) ?? stack.good.requests[0]), stack.good.requests[0])
  ok(/Via: SIP\/2.0\/TLS/.test(stack.good.requests[0]), 'Via says TLS')
})

test('TLS: the name goes out as SNI and is checked', async () => {
  const row = await dial('named')
  equal(row.status, 'busy', 'status')
  equal(stack.named.names[0], 'localhost', 'SNI')
})

test('TLS: a certificate of somebody else is refused, and the next target is called', async () => {
  const row = await dial('badtls', 'tls')
  equal(row.status, 'busy', 'status')
  equal(row.trunk_id, trunks.tls, 'trunk')
  equal(stack.bad.requests.length, 0, 'requests over the wrong connection')
})

test('TLS: an authority nobody trusts is refused', async () => {
  const row = await dial('unknown')
  equal(row.status, 'failed', 'status')
  equal(row.cause, 'trunk_down', 'cause')
  equal(stack.unknown.requests.length, 0, 'requests over the wrong connection')
})

test('calls come by TLS', async () => {
  const { connect } = await import('node:tls')
  await stack.routes({ 'route.inbound': { error: 'no_route' } })
  const text = await new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: stack.tlsPort, localAddress: '127.0.0.24', rejectUnauthorized: false }, () => {
      socket.write(`OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.24:5061;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:t@x>;tag=1\r\nTo: <sip:x@x>\r\nCall-ID: tls\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`)
    })
    socket.on('data', data => { resolve(data.toString()); socket.destroy() })
    socket.on('error', reject)
    setTimeout(() => reject(new Error('no answer by TLS')), 3000)
  })
  ok(text.startsWith('SIP/2.0 200'), text)
})

test('SIGTERM unregisters, with the digest', async () => {
  stack.controller.kill('SIGTERM')
  const { code } = await stack.controller.exited
  equal(code, 0, 'exit status')
  const last = stack.registrar.requests.filter(r => r.startsWith('REGISTER')).at(-1)
  equal(header(last, 'Expires'), '0', 'Expires of the last REGISTER')
  ok(header(last, 'Authorization'), 'it is authenticated')
})

await main(stack, { after: () => Promise.all(peers.map(p => p.close())) })
