// Messages made to break parsers, from the address of a configured trunk: the set of RFC 4475 and RFC 5118
// where it is at hand, and our own in torture/. Each must get the answer that the RFC asks for of a user agent,
// or the silence, and the service must still answer afterwards.
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Stack, sleep } from './lib/stack.mjs'
import { equal, main, ok, test } from './lib/tap.mjs'

const source = '127.0.0.9'
const shared = process.env.RINGMAIN_SIP_TORTURE ?? new URL('../../../shared/sip-torture', import.meta.url).pathname
const stack = new Stack({
  beforeController: s => { s.trunk({ host: '', allowed_ips: `{${source}}` }) },
})

// What a user agent without registrar answers. 0: silence. An INVITE that is in order is routed, and the router
// of this test knows no number: 404.
const rfc4475 = {
  // 3.1.1 valid
  wsinv: [481], intmeth: [405, 501], esc01: [404], escnull: [405], esc02: [405, 501], lwsdisp: [200], longreq: [404], dblreq: [405], semiuri: [200], transports: [200],
  mpart01: [405], unreason: [0], noreason: [0],
  // 3.1.2 invalid
  badinv01: [400], clerr: [400], ncl: [400], scalar02: [400], scalarlg: [0], quotbal: [400], ltgtruri: [400], lwsruri: [400], lwsstart: [400], trws: [400, 200], escruri: [400],
  baddate: [400, 404], regbadct: [400, 405], badaspec: [400, 200], baddn: [400, 200], badvers: [505], mismatch01: [400], mismatch02: [400, 501], bigcode: [0],
  // 3.2 transaction layer
  badbranch: [200],
  // 3.3 application layer
  insuf: [400], unkscm: [416], novelsc: [416], unksm2: [400, 405, 416], bext01: [420], invut: [415], regaut01: [401, 403, 405], multi01: [400], mcl01: [400], bcast: [0], zeromf: [483],
  cparam01: [405], cparam02: [405], regescrt: [405], sdp01: [406],
  // 3.4
  inv2543: [404],
}
const rfc5118 = {
  'ipv6-good': [405], 'ipv6-bad': [400], 'port-ambiguous': [405], 'port-unambiguous': [405], 'ipv6-correct-abnf-2-colons': [200], 'ipv6-bug-abnf-3-colons': [200, 400],
  'mult-ip-in-header': [481], 'via-received-param-no-delim': [200], 'via-received-param-with-delim': [481], 'ipv6-in-sdp': [404], 'mult-ip-in-sdp': [404, 481], 'ipv4-mapped-ipv6': [404],
}

// Answers go to the port that Via names, so all that these messages name are bound.
const sockets = new Map()
const heard = []
async function listen(port) {
  const socket = createSocket('udp4')
  socket.on('message', data => heard.push(data.toString()))
  await new Promise((resolve, reject) => { socket.once('error', reject); socket.bind(port, source, resolve) })
  sockets.set(port, socket)
}

// An answer comes at once or, on a busy machine, a little later; silence takes all of the time.
const ANSWER_MS = 5000
const SILENCE_MS = 200
async function answer(data, wait = ANSWER_MS) {
  heard.length = 0
  sockets.get(5060).send(data, stack.sipPort, '127.0.0.1')
  const until = Date.now() + wait
  while (Date.now() < until) {
    // earlier INVITEs are answered again and again, since nobody acknowledges
    const final = heard.find(m => !/^SIP\/2.0 1/.test(m) && (!callId(m) || data.includes(callId(m))))
    if (final) return final
    await sleep(5)
  }
  return null
}
const callId = text => /^(?:Call-ID|i): *(.*?)\r?$/im.exec(text)?.[1]
const status = text => (text ? Number(text.slice(8, 11)) : 0)

async function alive() {
  const text = await answer(Buffer.from(`OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP ${source}:5060;branch=z9hG4bK${Math.random()}\r\nMax-Forwards: 70\r\nFrom: <sip:t@x>;tag=1\r\nTo: <sip:x@x>\r\nCall-ID: ${Math.random()}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`))
  return status(text) === 200
}

function suite(name, dir, expected) {
  test(`${name}: every message is handled as the RFC says`, async () => {
    const wrong = []
    for (const [file, wanted] of Object.entries(expected)) {
      const got = status(await answer(readFileSync(join(dir, `${file}.dat`)), wanted[0] === 0 ? SILENCE_MS : ANSWER_MS))
      if (!wanted.includes(got)) wrong.push(`${file}: wanted ${wanted.join(' or ')}, got ${got || 'silence'}`)
      ok(await alive(), `the service does not answer any more after ${file}`)
    }
    const n = Object.keys(expected).length
    console.log(`# ${name}: ${n - wrong.length} of ${n} handled`)
    equal(wrong.length, 0, wrong.join('; '))
    equal(readdirSync(dir).filter(f => f.endsWith('.dat')).length, n, 'messages in the set')
  })
}
if (existsSync(shared)) {
  suite('RFC 4475', join(shared, 'rfc4475'), rfc4475)
  suite('RFC 5118', join(shared, 'rfc5118'), rfc5118)
}

test('420 names what is not known, 405 what is, 415 what is accepted', async () => {
  const bext = await answer(own('require.420.sip'))
  ok(/Unsupported: nobody-knows/.test(bext), bext)
  const message = await answer(own('message.405.sip'))
  ok(/Allow: INVITE, ACK/.test(message), message)
  const gzip = await answer(own('gzip.415.sip'))
  ok(/Accept: application\/sdp/.test(gzip) && /Accept-Encoding: identity/.test(gzip), gzip)
})

// torture/NAME.STATUS.sip: LF ends a line, {CR} and such stand for what an editor hides.
function own(file) {
  const text = readFileSync(new URL(`torture/${file}`, import.meta.url), 'utf8').replaceAll('\n', '\r\n').replaceAll('{ID}', String(Math.random()))
    .replaceAll('{NUL}', '\0').replaceAll('{CR}', '\r').replaceAll('{LF}', '\n').replaceAll('{FF}', '\xff')
    .replace(/\{x(\d+):([^}]*)\}/gs, (_, n, what) => what.repeat(Number(n)))
  return Buffer.from(text, 'latin1')
}
test('our own set', async () => {
  const wrong = []
  for (const file of readdirSync(new URL('torture/', import.meta.url)).filter(f => f.endsWith('.sip'))) {
    const wanted = Number(/\.(\d+)\.sip$/.exec(file)[1])
    const got = status(await answer(own(file), wanted ? ANSWER_MS : SILENCE_MS))
    if (got !== wanted) wrong.push(`${file}: got ${got || 'silence'}`)
    ok(await alive(), `the service does not answer any more after ${file}`)
  }
  equal(wrong.length, 0, wrong.join('; '))
})

// --- streams ---

const options = (n, body = '') => `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP ${source}:5060;branch=z9hG4bKs${n}${Math.random()}\r\nMax-Forwards: 70\r\nFrom: <sip:t@x>;tag=1\r\nTo: <sip:x@x>\r\nCall-ID: s${n}@x\r\nCSeq: 1 OPTIONS\r\nContent-Length: ${body.length}\r\n\r\n${body}`

// Writes the chunks, a moment apart, until the other side closes or is heard to have said enough; gives what it said
// and whether it closed.
function stream(chunks, enough = () => false, { from = source } = {}) {
  return new Promise(resolve => {
    let text = ''
    let closed = false
    const end = () => { clearTimeout(timer); socket.destroy(); resolve({ text, closed }) }
    const close = () => { closed = true; end() }
    const timer = setTimeout(end, ANSWER_MS)
    const socket = connect({ port: stack.sipPort, host: '127.0.0.1', localAddress: from }, async () => {
      for (const chunk of chunks) {
        if (!closed) socket.write(chunk)
        await sleep(15)
      }
    })
    socket.on('data', data => { text += data; if (enough(text)) end() })
    socket.on('error', close)
    socket.on('close', close)
  })
}
const answers = text => text.split('SIP/2.0 200').length - 1

// A ping behind it: its pong comes after all that there is to say.
const ping = '\r\n\r\n'
const ponged = text => text.endsWith('\r\n\r\n\r\n')

test('TCP: a message in pieces and three in one piece', async () => {
  const one = options(1, 'hello')
  const pieces = await stream([...[...one].map((_, i) => (i % 40 === 0 ? one.slice(i, i + 40) : '')).filter(Boolean), ping], ponged)
  equal(answers(pieces.text), 1, 'answers to the pieces')
  const three = await stream([options(2) + options(3, 'xyz') + options(4) + ping], ponged)
  equal(answers(three.text), 3, 'answers to three in one')
})
test('TCP: a ping gets its pong', async () => {
  const { text } = await stream([ping, options(8)], said => answers(said) === 1)
  ok(text.startsWith('\r\nSIP/2.0 200'), 'the pong, and it stays open')
})
test('TCP: what is no SIP closes the connection', async () => {
  for (const junk of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', options(5).replace('Content-Length: 0\r\n', ''), `INVITE ${'x'.repeat(20000)}`, options(6).replace('Content-Length: 0', 'Content-Length: 99999999'), '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n']) {
    ok((await stream([junk])).closed, `closed after ${JSON.stringify(junk.slice(0, 40))}`)
  }
  ok(await alive(), 'the service answers')
})
test('TCP: strangers are not let in', async () => {
  const { text, closed } = await stream([options(7)], () => false, { from: '127.0.0.3' })
  ok(closed && text === '', 'closed without a word')
})

test('UDP: ten thousand random packets do no harm', async () => {
  const seeds = readdirSync(new URL('torture/', import.meta.url)).filter(f => f.endsWith('.sip')).map(own)
  let state = 12345
  const random = n => { state = (state * 1103515245 + 12345) & 0x7fffffff; return state % n }
  for (let i = 0; i < 10000; i++) {
    const packet = Buffer.from(seeds[random(seeds.length)])
    for (let k = random(8); k >= 0; k--) packet[random(packet.length)] = random(256)
    sockets.get(5060).send(packet.subarray(0, 1 + random(packet.length)), stack.sipPort, '127.0.0.1')
    if (i % 50 === 0) await sleep(2)
  }
  await sleep(500)
  ok(await alive(), 'the service answers')
})

await main(stack, {
  async before() {
    await stack.routes({ 'route.inbound': { error: 'no_route' } })
    for (const port of [5050, 5060, 5070, 6050, 19823]) await listen(port)
  },
  after() { for (const socket of sockets.values()) socket.close() },
})
