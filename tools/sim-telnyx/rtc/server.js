// The WebSocket that @telnyx/webrtc opens (option `host`).
import { HttpServer } from '../../sim-lib/http/server.js'
import { WebSocketServer } from '../../sim-lib/websocket.js'
import { Session } from './session.js'

const MESSAGE_LIMIT = 256 * 1024

export function rtcServer(sim) {
  const server = new HttpServer({
    onUnknown: ctx => ctx.send(204, '', { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }),
    onError: (ctx, error) => ctx.send(error.status ?? 500, error.message),
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT })
  server.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    sockets.handleUpgrade(request, socket, head, ws => new Session(sim, ws))
  })
  return server
}
