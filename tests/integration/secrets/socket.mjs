// A WebSocket client, as small as a test needs: text out, text in.
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'

export function webSocket(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64') } })
    asked.once('error', reject)
    asked.once('response', async answer => {
      const parts = []
      for await (const part of answer) parts.push(part)
      resolve({ status: answer.statusCode, body: Buffer.concat(parts).toString() })
    })
    asked.once('upgrade', (answer, stream, head) => resolve(new Socket(stream, head)))
    asked.end()
  })
}

class Socket {
  status = 101
  said = [] // texts that came
  constructor(stream, head) {
    this.stream = stream
    this.buffer = head
    stream.on('data', data => { this.buffer = Buffer.concat([this.buffer, data]); this.take() })
    stream.on('error', () => {})
    this.take()
  }
  take() {
    for (;;) {
      if (this.buffer.length < 2) return
      let size = this.buffer[1] & 127, at = 2
      if (size === 126) { if (this.buffer.length < 4) return; size = this.buffer.readUInt16BE(2); at = 4 }
      else if (size === 127) { if (this.buffer.length < 10) return; size = Number(this.buffer.readBigUInt64BE(2)); at = 10 }
      if (this.buffer.length < at + size) return
      if ((this.buffer[0] & 15) === 1) this.said.push(this.buffer.subarray(at, at + size).toString())
      this.buffer = this.buffer.subarray(at + size)
    }
  }
  send(message) {
    const text = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
    const mask = randomBytes(4)
    const head = text.length < 126 ? Buffer.from([0x81, 0x80 | text.length]) : Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 255])
    this.stream.write(Buffer.concat([head, mask, text.map((byte, i) => byte ^ mask[i % 4])]))
  }
  async until(fine, ms = 10_000) {
    for (const end = Date.now() + ms; Date.now() < end;) {
      const one = this.said.map(text => JSON.parse(text)).find(fine)
      if (one) return one
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    throw new Error(`not heard on the socket; it said ${this.said.join(' ').slice(0, 800)}`)
  }
  close() { this.stream.destroy() }
}
