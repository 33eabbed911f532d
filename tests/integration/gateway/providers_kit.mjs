// What the tests of provider administration share: the system with a carrier beside it, requests, and a carrier's
// API that answers by a table.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stack } from '../contract/stack.mjs'

export const equal = (got, wanted, what) => {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
}
export const ok = (value, what) => { if (!value) throw new Error(what) }

export class System extends Stack {
  // Gives {status, json, text, headers}; who: a person of the seed, null: nobody.
  async ask(method, path, body, { who = this.seed.admin, headers = {} } = {}) {
    const answer = await fetch(this.url + path, { method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...(who ? { authorization: `Bearer ${who.api_token}` } : {}), ...headers } })
    const text = await answer.text()
    return { status: answer.status, text, headers: answer.headers, json: text ? JSON.parse(text) : null }
  }

  // A request that must come back with this status.
  async want(status, method, path, body, options) {
    const answer = await this.ask(method, path, body, options)
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`)
    return answer
  }

  // The log of every service, for what must not be in it.
  logs() {
    return this.children.map(c => readFileSync(join(this.dir, `${c.title}.log`), 'utf8')).join('\n')
  }

  async until(what, f, seconds = 10) {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const value = await f()
      if (value) return value
      if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}

// An HTTP server: routes {'GET /path': body | (request) => [status, body]}; it keeps what it was asked.
export async function fakeApi(routes) {
  const asked = []
  const server = createServer(async (req, res) => {
    let text = ''
    for await (const part of req) text += part
    const { pathname, searchParams } = new URL(req.url, 'http://x')
    const request = { method: req.method, path: pathname, query: searchParams, text, auth: req.headers.authorization ?? '' }
    asked.push(request)
    const route = routes[`${req.method} ${pathname}`]
    const [status, body] = route === undefined ? [404, { message: 'no such thing' }] : typeof route === 'function' ? route(request) : [200, route]
    res.writeHead(status, { 'content-type': 'application/json' })
    res.end(JSON.stringify(body))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { asked, routes, url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise(resolve => { server.close(resolve); server.closeAllConnections() }) }
}

export const tests = []
export const test = (name, run) => tests.push({ name, run })

export async function main(system, { services = 'all', settings, before, after } = {}) {
  let failed = 0
  console.log(`TAP version 13\n1..${tests.length}`)
  try {
    await system.start(services, typeof settings === 'function' ? await settings() : settings)
    await before?.()
    for (const [i, { name, run }] of tests.entries()) {
      try {
        await run()
        console.log(`ok ${i + 1} - ${name}`)
      } catch (error) {
        failed++
        console.log(`not ok ${i + 1} - ${name}`)
        for (const line of String(error.stack).split('\n').slice(0, 8)) console.log(`# ${line}`)
      }
    }
    if (failed) console.log(`# ${system.logs().split('\n').filter(l => /"level":"(error|warn)"/i.test(l)).slice(-15).join('\n# ')}`)
  } catch (error) {
    failed++
    console.log(`Bail out! ${error.stack}`)
  } finally {
    await system.stop()
    await after?.()
  }
  process.exit(failed ? 1 : 0)
}
