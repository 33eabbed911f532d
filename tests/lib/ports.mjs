// Ports for the servers of a test. Below the ephemeral range, where a connection of somebody else could take the port
// between this look and the server's bind; and reserved for the life of this process, so that tests that run
// side by side never choose the same (tests/integration/bus_kit.c reserves in the same way).
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const FIRST = 11_000
const LAST = 18_999
const RESERVED_ON = '127.0.0.254'

const listens = (port, host) => new Promise(resolve => {
  const server = createServer().once('error', () => resolve(null))
  server.listen(port, host, () => resolve(server))
})
const close = server => new Promise(resolve => server.close(resolve))
const tcpFree = async (port, host) => {
  const server = await listens(port, host)
  if (server) await close(server)
  return server !== null
}
const udpFree = (port, host) => new Promise(resolve => {
  const socket = createSocket('udp4').once('error', () => resolve(false))
  socket.bind(port, host, () => socket.close(() => resolve(true)))
})

async function reserve(port, host) {
  const mark = await listens(port, RESERVED_ON)
  if (!mark) return false
  if (await tcpFree(port, host) && await udpFree(port, host)) {
    mark.unref()
    return true
  }
  await close(mark)
  return false
}

// The first of `count` neighbouring ports that are free for TCP and UDP on an address.
export async function freePort(host = '127.0.0.1', count = 1) {
  for (let tries = 0; tries < 1000; tries++) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count))
    let taken = 0
    while (taken < count && await reserve(first + taken, host)) taken++
    if (taken === count) return first
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} on ${host}`)
}
