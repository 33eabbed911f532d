// A scripted gateway for looking at the app without services: `npm run dev`. It is part of the
// mode "mock" only and never of a build. In the page, loopback.js gives each call its own audio
// back, so that the WebRTC code really runs.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import type { Connect, Plugin } from 'vite'
import { WebSocketServer } from 'ws'
import { handleRest } from './mock/rest.ts'
import { Line } from './mock/line.ts'

const CSP =
  "default-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; media-src 'self' blob:; script-src 'self'"
const LOOPBACK = readFileSync(new URL('./loopback.js', import.meta.url))

function attach(middlewares: Connect.Server, server: Server | null, strict: boolean): void {
  const line = new Line()
  middlewares.use((req, res, next) => {
    if (strict) res.setHeader('Content-Security-Policy', CSP)
    if (req.url === '/__mock/loopback.js') {
      res.setHeader('Content-Type', 'text/javascript')
      return void res.end(LOOPBACK)
    }
    if (!handleRest(req, res, line)) next()
  })
  const sockets = new WebSocketServer({ noServer: true })
  server?.on('upgrade', (req: IncomingMessage, socket, head) => {
    if (!req.url?.startsWith('/api/voip/ws')) return
    sockets.handleUpgrade(req, socket, head, (ws) => line.join(ws))
  })
}

export function mockGateway(): Plugin {
  return {
    name: 'ringmain-mock',
    configureServer: ({ middlewares, httpServer }) =>
      attach(middlewares, httpServer as Server | null, false),
    configurePreviewServer: ({ middlewares, httpServer }) =>
      attach(middlewares, httpServer as Server, true),
    transformIndexHtml: {
      order: 'pre',
      handler: (_html, { server }) =>
        server ? [{ tag: 'script', attrs: { src: '/__mock/loopback.js' }, injectTo: 'head-prepend' }] : [],
    },
  }
}
