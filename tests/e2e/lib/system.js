// The running system as .run/dev.json describes it, and the two outside views of it that tests need:
// the demo carrier's control port and the REST API.
import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { readWav } from '../../lib/tone.mjs'
import { until } from '../../lib/until.mjs'

const file = resolve(process.env.RINGMAIN_DEV_JSON ?? '../../.run/dev.json')
export const dev = JSON.parse(readFileSync(file, 'utf8'))
export const numbers = dev.demo_carrier.numbers

export { until }

async function ask(url, options) {
  const answer = await fetch(url, options)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`)
  return text ? JSON.parse(text) : null
}

export const carrier = {
  calls: () => ask(`${dev.demo_carrier.control}/calls`),
  call: id => ask(`${dev.demo_carrier.control}/calls/${id}`),
  // The newest call that the predicate accepts and that was not there before `since` (a set of ids).
  async next(since, accept = () => true) {
    return until('a call at the carrier', async () =>
      (await this.calls()).find(c => !since.has(c.id) && accept(c)))
  },
  known: async () => new Set((await carrier.calls()).map(c => c.id)),
  ring: body => ask(`${dev.demo_carrier.control}/ring`, { method: 'POST', body: JSON.stringify(body) }),
  hangup: id => ask(`${dev.demo_carrier.control}/calls/${id}/hangup`, { method: 'POST' }),
  dtmf: (id, digits) =>
    ask(`${dev.demo_carrier.control}/calls/${id}/dtmf`, { method: 'POST', body: JSON.stringify({ digits }) }),
  async audio(id) {
    const answer = await fetch(`${dev.demo_carrier.control}/calls/${id}/audio.wav`)
    if (!answer.ok) throw new Error(`audio of ${id}: ${answer.status}`)
    return readWav(Buffer.from(await answer.arrayBuffer()))
  },
}

export const api = {
  get: (path, who = dev.agent) =>
    ask(dev.base_url + path, { headers: { authorization: `Bearer ${who.api_token}` } }),
  post: (path, body = {}, who = dev.agent) =>
    ask(dev.base_url + path, { method: 'POST', body: JSON.stringify(body),
      headers: { authorization: `Bearer ${who.api_token}`, 'content-type': 'application/json' } }),
  delete: (path, who = dev.agent) =>
    ask(dev.base_url + path, { method: 'DELETE', headers: { authorization: `Bearer ${who.api_token}` } }),
  newestCall: async accept => (await api.get('/api/voip/calls/history?limit=20')).data.find(accept),
}

export const pid = name => Number(readFileSync(dev.services[name].pid_file, 'utf8'))
export const kill9 = name => process.kill(pid(name), 'SIGKILL')
export const sql = text =>
  execFileSync('psql', ['-qtA', '-c', text, dev.database_url], { encoding: 'utf8' }).trim()

// The operator's command, on this system.
export const voip = (...args) => {
  const { VOIP_DB_URL: _, ...env } = process.env
  return execFileSync('../../build/tools/voip/voip', args, { env: { ...env, DEV_RUN: dirname(file) }, encoding: 'utf8', stdio: 'pipe' })
}

// The sum of a metric over its labels.
export async function metric(service, name) {
  const text = await (await fetch(dev.services[service].metrics)).text()
  return text.split('\n').filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
