// A small HTTP server: routes with {names}, bodies with a limit, JSON or bytes out.
import http from 'node:http'
import https from 'node:https'

const BODY_LIMIT = 1024 * 1024

export class HttpServer {
  // onUnknown(ctx): the answer to a path that no route has; onError(ctx, error): to a handler that threw
  constructor({ tls = null, before = async () => false, onUnknown, onError }) {
    Object.assign(this, { before, onUnknown, onError })
    this.routes = []
    const handler = (request, response) => this.#handle(request, response)
    this.server = tls ? https.createServer(tls, handler) : http.createServer(handler)
    this.server.keepAliveTimeout = 30_000
  }

  on(method, pattern, handler) {
    const names = []
    const source = pattern.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, (_, name) => {
      names.push(name)
      return '([^/]+?)'
    })
    this.routes.push({ method, names, pattern, regexp: new RegExp(`^${source}$`), handler })
    return this
  }

  async listen(port, host = '127.0.0.1') {
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(port, host, resolve))
    return this.server.address().port
  }

  async close() {
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }

  async #handle(request, response) {
    let ctx
    try {
      ctx = new Context(request, response)
    } catch {
      return response.writeHead(400).end()
    }
    try {
      ctx.body = await readBody(request)
      if (await this.before(ctx)) return
      const route = this.#find(ctx)
      if (route) await route.handler(ctx)
      else await this.onUnknown(ctx)
    } catch (error) {
      // what was not read would be taken for the next request
      if (!request.complete) response.setHeader('connection', 'close')
      if (!response.headersSent && !response.destroyed) await this.onError(ctx, error)
    }
  }

  #find(ctx) {
    let sawPath = false
    for (const route of this.routes) {
      const match = route.regexp.exec(ctx.path)
      if (!match) continue
      sawPath = true
      if (route.method !== ctx.method) continue
      ctx.params = Object.fromEntries(route.names.map((name, i) => [name, decode(match[i + 1])]))
      ctx.pattern = route.pattern
      return route
    }
    ctx.wrongMethod = sawPath
    return null
  }
}

const decode = text => {
  try { return decodeURIComponent(text) } catch { return text }
}

async function readBody(request) {
  const parts = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > BODY_LIMIT) throw Object.assign(new Error(`the body is larger than ${BODY_LIMIT} bytes`), { status: 413 })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

class Context {
  constructor(request, response) {
    const url = new URL(request.url, 'http://localhost')
    Object.assign(this, { request, response, method: request.method, path: url.pathname, query: url.searchParams,
      search: url.search, headers: request.headers, params: {}, body: Buffer.alloc(0), wrongMethod: false })
  }

  json(status, value, headers = {}) {
    this.send(status, value === undefined ? '' : JSON.stringify(value), { 'content-type': 'application/json', ...headers })
  }

  send(status, body, headers = {}) {
    if (this.discard || this.response.destroyed) return
    this.response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
    this.response.end(body)
  }
}
