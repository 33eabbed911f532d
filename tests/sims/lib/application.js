// The web application behind a provider, as a test wants it: it keeps every webhook with its raw body and answers by a function.
import http from 'node:http'
import { until } from '../../lib/until.mjs'

export class Application {
  static async start() {
    const app = new Application()
    await new Promise(resolve => app.server.listen(0, '127.0.0.1', resolve))
    app.base = `http://127.0.0.1:${app.server.address().port}`
    return app
  }

  constructor() {
    this.requests = []
    this.answers = new Map()
    this.files = new Map()
    this.server = http.createServer((request, response) => this.#serve(request, response))
  }

  // answer: text of TwiML, or a function (form) => text or { status, type, body }
  on(path, answer) {
    this.answers.set(path, answer)
    return this.base + path
  }

  file(path, type, body) {
    this.files.set(path, { type, body })
    return this.base + path
  }

  async #serve(request, response) {
    const parts = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    const url = new URL(request.url, this.base)
    const file = this.files.get(url.pathname)
    if (file) return response.writeHead(200, { 'content-type': file.type }).end(file.body)
    const form = Object.fromEntries(new URLSearchParams(request.method === 'GET' ? url.search : body.toString('utf8')))
    const record = { method: request.method, url: this.base + request.url, path: url.pathname, headers: request.headers, body: body.toString('utf8'), form, at: Date.now() }
    this.requests.push(record)
    const answer = this.answers.get(url.pathname)
    const out = typeof answer === 'function' ? await answer(form, record) : answer ?? { status: 204, body: '' }
    const { status = 200, type = 'text/xml', body: text } = typeof out === 'string' ? { body: out } : out
    response.writeHead(status, { 'content-type': type }).end(text)
  }

  at(path) {
    return this.requests.filter(r => r.path === path)
  }

  // Waits for a request that fits.
  heard(path, fits = () => true, seconds) {
    return until(`a request to ${path}`, () => this.at(path).find(fits), seconds)
  }

  clear() {
    this.requests.length = 0
    this.answers.clear()
    this.files.clear()
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise(resolve => this.server.close(resolve))
  }
}
