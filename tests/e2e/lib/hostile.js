// What a hostile or broken client does: a WebSocket of its own, an offer without a browser behind it, raw
// requests and datagrams.
import dgram from 'node:dgram'
import http from 'node:http'
import { api, dev, until } from './system.js'

export const deadOffer = [
  'v=0', 'o=- 4611731400430051336 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126', 'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, 'a=setup:actpass', 'a=mid:0', 'a=sendrecv', 'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:126 telephone-event/8000', '',
].join('\r\n')

// A signed-in WebSocket without a phone, in a page of its own (Node 20 has no WebSocket).
export class RawSocket {
  static async open(page, who = dev.agent, base = dev.base_url) {
    const socket = Object.assign(new RawSocket(), { page, got: [], closed: null })
    const { token } = await api.post('/api/voip/token', {}, who)
    page.on('websocket', ws => ws.on('framereceived', ({ payload }) => socket.got.push(JSON.parse(payload))))
    await page.exposeFunction('closedWith', code => { socket.closed = code })
    await page.goto(base)
    await page.evaluate(url => {
      window.raw = new WebSocket(url)
      window.raw.onclose = event => window.closedWith(event.code)
    }, `${base.replace('http', 'ws')}/api/voip/ws?ticket=${token}`)
    await socket.next('hello', m => m.type === 'hello')
    return socket
  }

  next(what, accept, seconds) {
    return until(what, () => this.got.find(accept), seconds)
  }

  send(text) {
    return this.page.evaluate(data => window.raw.send(data), text)
  }

  async ask(message) {
    const id = crypto.randomUUID()
    await this.send(JSON.stringify({ id, ...message }))
    return this.next(`the reply to ${message.type}`, m => m.type === 'reply' && m.id === id)
  }

  dial(to, sdp = deadOffer, key = crypto.randomUUID()) {
    return this.ask({ type: 'call.dial', to, sdp, idempotency_key: key })
  }

  async call(id, what, accept, seconds) {
    return (await this.next(`${what} of ${id}`, m => m.type === 'call.changed' && m.call.id === id && accept(m.call), seconds)).call
  }

  ended(id, seconds) {
    return this.call(id, 'the end', c => c.ended_at, seconds)
  }
}

// The bytes as given: fetch would tidy the path and hide the status of a refused upgrade.
export function raw(path, { method = 'GET', headers = {}, base = dev.base_url } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const request = http.request({ hostname, port, path, method, headers })
    request.on('error', reject)
    request.on('upgrade', (answer, socket) => {
      socket.destroy()
      resolve({ status: answer.statusCode, text: '' })
    })
    request.on('response', async answer => {
      let text = ''
      for await (const part of answer) text += part
      resolve({ status: answer.statusCode, text })
    })
    request.end()
  })
}

export const upgrade = (headers, path = '/api/voip/ws') =>
  raw(path, { headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers } })

// A UDP socket on an address of its own that remembers what it was answered.
export async function stranger(address = '127.0.0.9') {
  const socket = dgram.createSocket('udp4')
  const heard = []
  socket.on('message', message => heard.push(message.toString('latin1')))
  await new Promise(resolve => socket.bind(0, address, resolve))
  return {
    heard,
    address,
    port: socket.address().port,
    send: (data, port, to = '127.0.0.1') => new Promise((resolve, reject) =>
      socket.send(data, port, to, error => (error ? reject(error) : resolve()))),
    close: () => socket.close(),
  }
}
