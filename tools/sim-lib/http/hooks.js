// Sends webhooks, with the mishaps of a real network on request. What was sent and answered is kept for tests.
import { setTimeout as sleep } from 'node:timers/promises'

const KEEP = 5000

export class Hooks {
  // rewrite: [{ from: 'https://crm.example.com', to: 'http://127.0.0.1:8090' }]: where a public base URL is reached on this machine
  constructor({ rewrite = [], random = Math.random } = {}) {
    this.rewrite = rewrite
    this.random = random
    this.sent = []
    this.pending = new Set()
    this.stopped = false
    this.#defaults()
  }

  #defaults() {
    this.trouble = { duplicate: 0, reorder_ms: 0, delay_ms: 0, loss: 0 }
  }

  // duplicate, loss: share of events between 0 and 1; delay_ms: each waits so long; reorder_ms: each waits up to so long more.
  setTrouble(wanted) {
    if (wanted === null) return this.#defaults()
    for (const [name, value] of Object.entries(wanted)) {
      if (!Object.hasOwn(this.trouble, name)) throw new Error(`no trouble '${name}'; there are: ${Object.keys(this.trouble).join(', ')}`)
      if (typeof value !== 'number' || !(value >= 0)) throw new Error(`${name} must be a number, 0 or more`)
      this.trouble[name] = value
    }
  }

  // An event that nobody waits for. make(attempt) gives { url, method, headers, body, timeout_ms }; retries: waits in ms before
  // each further attempt; again(answer): whether such an answer is a reason for one.
  event(about, make, retries = [], again = () => true) {
    const { duplicate, reorder_ms, delay_ms, loss } = this.trouble
    if (this.random() < loss) {
      this.#keep({ ...about, url: make(1).url, status: null, error: 'lost on request' })
      return
    }
    const copies = this.random() < duplicate ? 2 : 1
    for (let i = 0; i < copies; i++) this.#track(this.#deliver(about, make, { retries, again, wait: delay_ms + this.random() * reorder_ms }))
  }

  // Resolves when no event is under way.
  async idle() {
    while (this.pending.size) await Promise.all([...this.pending])
  }

  #track(promise) {
    this.pending.add(promise)
    promise.finally(() => this.pending.delete(promise))
  }

  async #deliver(about, make, { retries, again, wait }) {
    if (wait) await sleep(wait)
    for (let attempt = 1; !this.stopped; attempt++) {
      const answer = await this.request(make(attempt), { ...about, attempt })
      if ((answer.status >= 200 && answer.status < 300) || attempt > retries.length || !again(answer)) return
      await sleep(retries[attempt - 1])
    }
  }

  // One request; the answer is { status, type, body } or { error }.
  async request({ url, method = 'POST', headers = {}, body, timeout_ms = 15_000 }, about = {}) {
    const record = this.#keep({ ...about, url, method, body: body === undefined ? null : String(body), status: null, error: null })
    const target = this.#reachable(url)
    if (target.error) {
      record.error = target.error
      return target
    }
    const started = performance.now()
    try {
      const answer = await fetch(target.url, { method, headers, body: method === 'GET' ? undefined : body, redirect: 'manual',
        signal: AbortSignal.timeout(timeout_ms) })
      const bytes = Buffer.from(await answer.arrayBuffer())
      record.status = answer.status
      record.ms = Math.round(performance.now() - started)
      return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: bytes }
    } catch (error) {
      record.error = error.name === 'TimeoutError' ? `no answer within ${timeout_ms} ms` : String(error.cause?.message ?? error.message)
      return { error: record.error }
    }
  }

  // Only this machine: a simulator must never post to somebody's server.
  #reachable(url) {
    let target = url
    for (const { from, to } of this.rewrite) if (target.startsWith(from)) target = to + target.slice(from.length)
    let parsed
    try {
      parsed = new URL(target)
    } catch {
      return { error: `'${url}' is not a URL` }
    }
    const local = ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname)
    if (!local) return { error: `${parsed.hostname} is not this machine; --rewrite ${parsed.origin}=http://127.0.0.1:PORT leads it here` }
    parsed.hash = ''
    return { url: parsed.href }
  }

  #keep(record) {
    record.at = new Date().toISOString()
    this.sent.push(record)
    if (this.sent.length > KEEP) this.sent.shift()
    return record
  }

  stop() {
    this.stopped = true
  }
}
