// Strangers and broken clients: each simulator says no and lives on.
import { createSocket } from 'node:dgram'
import { connect as tcp } from 'node:net'
import { expect, test } from './lib/fixtures.js'
import { until } from '../lib/until.mjs'
import { Peer } from '../../tools/sim-lib/rtc/peer.js'
import { WebSocketClient } from '../../tools/sim-lib/websocket.js'

function open(url) {
  const socket = new WebSocketClient(url, { rejectUnauthorized: false })
  const answers = []
  socket.on('message', data => { if (data.toString() !== '\n') answers.push(JSON.parse(data)) })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, answers, say: text => socket.send(text) }))
    socket.once('error', reject)
  })
}

const raw = (port, text) => new Promise(resolve => {
  const socket = tcp(port, '127.0.0.1', () => socket.write(text))
  let got = ''
  socket.on('data', data => { got += data })
  socket.on('close', () => resolve(got))
  socket.on('error', () => resolve(got))
})

test('Twilio signalling: no JSON, no type, prototype names, no token, broken tokens', async ({ twilioSim }) => {
  const { socket, answers, say } = await open(`wss://${twilioSim.config.signal}/signal`)
  const bad = ['{', 'null', '[]', '{"type":"constructor"}', '{"type":"__proto__","payload":{}}', '{"type":"register","payload":{"media":{"audio":true}}}', '{"type":"listen","payload":{"token":7}}',
    '{"type":"invite","payload":{"sdp":"v=0"}}', '{"type":"listen","payload":{"token":"e30.e30.e30"}}', '{"type":"answer","payload":{"callsid":"CA1","sdp":"x"}}']
  for (const text of bad) say(text)
  await until('an answer to each', () => answers.length === bad.length)
  const errors = answers.filter(a => a.type === 'error' && a.payload.error.code >= 31000)
  expect([errors.length, answers.filter(a => a.type === 'cancel').length]).toEqual([bad.length - 1, 1])
  socket.terminate()
})

test('Telnyx signalling: the same', async ({ telnyxSim }) => {
  const { socket, answers, say } = await open(telnyxSim.config.rtc)
  const bad = ['{', '{"id":1,"method":"constructor"}', '{"id":2,"method":"telnyx_rtc.invite","params":{}}', '{"id":3,"method":"login","params":{"login_token":"a.b.c"}}', '{"id":4,"method":"login","params":{"login":"x","passwd":"y"}}']
  for (const text of ['null', '7', '[]', '{"id":9,"result":{}}', ...bad]) say(text)
  await until('an answer to each', () => answers.length === bad.length)
  expect(answers.map(a => a.error.code)).toEqual([-32700, -32601, -32000, -32001, -32001])
  socket.terminate()
})

test('HTTP: strange targets, too large, not a form, prototype names', async ({ twilioSim, telnyxSim }) => {
  for (const { config } of [twilioSim, telnyxSim]) {
    const { port, origin } = new URL(config.api)
    await raw(port, 'GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await raw(port, 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await raw(port, '\x00\x01\x02\r\n\r\n')
    const large = await fetch(`${origin}/x`, { method: 'POST', body: 'x'.repeat(2_000_000) }).then(r => r.status, () => 'cut')
    expect([413, 500, 'cut']).toContain(large)
    await raw(new URL(config.control).port, 'GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect((await fetch(`${config.control}/control/faults`, { method: 'POST', body: '{"action":"constructor"}' })).status).toBe(400)
    expect((await fetch(`${config.control}/control/config`)).status).toBe(200)
  }
})

test('media: datagrams of strangers change nothing', async () => {
  const peer = await Peer.open()
  const { port } = peer.socket.address()
  const socket = createSocket('udp4')
  const stun = Buffer.from('000100002112a442000000000000000000000000', 'hex')
  const broken = [Buffer.alloc(0), Buffer.from([22]), Buffer.from([22, 254, 253, 0, 0]), Buffer.alloc(1400, 22), Buffer.alloc(1400, 128), stun, Buffer.concat([stun, Buffer.alloc(40, 255)]),
    Buffer.from('000100082112a4420000000000000000000000000008ffff00000000', 'hex')]
  let answered = 0
  socket.on('message', () => answered++)
  for (const data of broken) await new Promise(resolve => socket.send(data, port, '127.0.0.1', resolve))
  // one behind the other: when the last has been read, all have
  const heard = new Promise(resolve => peer.socket.on('message', data => { if (data.toString() === 'last') resolve() }))
  socket.send('last', port, '127.0.0.1')
  await heard
  expect(answered).toBe(0)
  expect(peer.report()).toMatchObject({ connected: false, failure: null, rtp: { received: 0, sent: 0 } })
  for (const sdp of ['', 'v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', undefined]) expect(() => peer.answer(sdp)).toThrow(/SDP/)
  peer.close()
  socket.close()
})
