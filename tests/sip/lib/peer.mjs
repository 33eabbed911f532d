// A SIP peer by hand, for what sipp cannot do: it keeps every request and answers by a function of ours.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:tls'

const header = (text, name) => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(text)?.[1]

// The answer to a request: status, reason, more header lines, body.
export function response(request, status, reason, lines = [], body = '') {
  const vias = [...request.matchAll(/^Via:.*$/gim)].map(m => m[0].trim())
  return ['SIP/2.0 ' + status + ' ' + reason, ...vias, `From: ${header(request, 'From')}`, `To: ${header(request, 'To')}${/;tag=/.test(header(request, 'To')) ? '' : ';tag=peer'}`,
    `Call-ID: ${header(request, 'Call-ID')}`, `CSeq: ${header(request, 'CSeq')}`, ...lines, `Content-Length: ${body.length}`, '', body].join('\r\n')
}
export { header }

export async function udpPeer(host, port, answer) {
  const requests = []
  const socket = createSocket('udp4')
  socket.on('message', (data, from) => {
    const text = data.toString()
    if (text.startsWith('SIP/2.0')) return
    requests.push(text)
    for (const out of [answer(text, requests.length)].flat().filter(Boolean)) socket.send(out, from.port, from.address)
  })
  await new Promise((resolve, reject) => { socket.once('error', reject); socket.bind(port, host, resolve) })
  return { requests, close: () => new Promise(resolve => socket.close(resolve)) }
}

// One message a chunk is enough for what the controller sends here.
export async function tlsPeer(host, port, tls, answer) {
  const requests = []
  const names = []
  const failures = []
  const server = createServer({ ...tls, minVersion: 'TLSv1.2' }, socket => {
    names.push(socket.servername)
    socket.on('data', data => {
      const text = data.toString()
      if (!/^[A-Z]+ sip/.test(text)) return
      requests.push(text)
      for (const out of [answer(text)].flat().filter(Boolean)) socket.write(out)
    })
    socket.on('error', () => {})
  })
  server.on('tlsClientError', err => failures.push(err.code ?? err.message))
  await new Promise((resolve, reject) => { server.once('error', reject); server.listen(port, host, resolve) })
  return { requests, names, failures, close: () => new Promise(resolve => { server.close(resolve); server.closeAllConnections?.(); resolve() }) }
}
