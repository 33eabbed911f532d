// wss://HOST/signal, where the voice SDK's `chunderw` option leads. Plain requests of the page (sounds, insights) get an empty answer.
import { HttpServer } from '../../sim-lib/http/server.js'
import { WebSocketServer } from '../../sim-lib/websocket.js'
import { Session } from './session.js'

const MESSAGE_LIMIT = 256 * 1024

export function signalServer(sim, tls) {
  const server = new HttpServer({
    tls,
    onUnknown: ctx => ctx.send(204, '', { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }),
    onError: (ctx, error) => ctx.send(error.status ?? 500, error.message),
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT })
  server.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    if (request.url.split('?')[0] !== '/signal') {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, ws => new Session(sim, ws))
  })
  return server
}
