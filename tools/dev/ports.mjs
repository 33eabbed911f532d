// Chooses free ports once and keeps them in a file: node ports.mjs [--free] FILE NAME=PREFERRED ...
// A name that the file has keeps its port, so that URLs stay the same from one start to the next; with
// --free only while nobody else has it.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'

const args = process.argv.slice(2)
const mustBeFree = args[0] === '--free' && Boolean(args.shift())
const [file, ...wanted] = args
let ports = {}
try { ports = JSON.parse(readFileSync(file, 'utf8')) } catch { /* first start */ }

const tcpFree = port => new Promise(resolve => {
  const server = createServer().once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
})
const udpFree = port => new Promise(resolve => {
  const socket = createSocket('udp4').once('error', () => resolve(false))
  socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
})

const free = async port => (await tcpFree(port)) && (await udpFree(port))
const taken = new Set(Object.values(ports))
for (const want of wanted) {
  const [name, preferred] = want.split('=')
  if (ports[name] && (!mustBeFree || (await free(ports[name])))) continue
  let port = Number(preferred)
  while (taken.has(port) || !(await free(port))) port++
  taken.add(port)
  ports[name] = port
}
writeFileSync(file, JSON.stringify(ports, null, 2) + '\n')
for (const [name, port] of Object.entries(ports)) console.log(`port_${name.replaceAll('-', '_')}=${port}`)
