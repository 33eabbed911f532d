// A page with the two browser SDKs as their packages ship them, and ears on what the browser really plays.
import http from 'node:http'
import { readFileSync } from 'node:fs'
import { ears } from '../../lib/ears.mjs'
import { until } from '../../lib/until.mjs'

const at = path => new URL(`../node_modules/${path}`, import.meta.url)
const files = {
  '/twilio.js': () => readFileSync(at('@twilio/voice-sdk/dist/twilio.min.js')),
  '/telnyx.mjs': () => readFileSync(at('@telnyx/webrtc/lib/bundle.mjs')),
}
const html = `<!doctype html><meta charset=utf-8><title>judge</title><audio id=far autoplay></audio>
<script src=/twilio.js></script><script type=module>import * as m from '/telnyx.mjs'; window.TelnyxRTC = m.TelnyxRTC; window.loaded = true</script>`

export async function startPageServer() {
  const server = http.createServer((request, response) => {
    const file = files[request.url]
    if (file) response.writeHead(200, { 'content-type': 'text/javascript' }).end(file())
    else response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise(resolve => { server.closeAllConnections(); server.close(resolve) }) }
}

// Opens it; whatever asks for a host that is not this machine is kept in page.strangers.
export async function openPage(page, url) {
  page.strangers = []
  page.on('request', request => { if (!['127.0.0.1', 'localhost'].includes(new URL(request.url()).hostname) && !/^(data|blob):/.test(request.url())) page.strangers.push(request.url()) })
  await page.addInitScript(ears)
  await page.goto(url)
  await page.waitForFunction(() => window.loaded && window.Twilio)
  return page
}

export const hears = (page, hz, seconds = 10) => until(`${hz} Hz in the browser`, () => page.evaluate(f => window.__heard(f) > 0.5, hz), seconds)
export const silent = (page, hz, seconds = 10) => until(`no ${hz} Hz in the browser`, () => page.evaluate(f => window.__heard(f) < 0.05, hz), seconds)
