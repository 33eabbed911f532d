// A carrier's API (Twilio's paths) that does what each test wants with the audio of a recording.
import { createServer } from 'node:http'

export class HostileTwilio {
  account = 'AC' + 'e'.repeat(32)
  recordings = new Map() // sid -> {json, media(req, res)}
  calls = new Map() // call sid -> [recording sid]
  asked = [] // "GET path", and what it brought along as a login
  deleted = []

  constructor() {
    this.server = createServer((req, res) => this.take(req, res))
  }

  async up() {
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve))
    this.base = `http://127.0.0.1:${this.server.address().port}`
    return this
  }

  down() {
    return new Promise(resolve => { this.server.close(resolve); this.server.closeAllConnections() })
  }

  // media: what answers GET of the audio; json: what the recording says of itself.
  add(sid, media, { call = null, ...json } = {}) {
    this.recordings.set(sid, { media, json: { sid, status: 'completed', duration: '3', channels: 2, call_sid: call, start_time: 'Thu, 26 Nov 2026 10:00:00 +0000', ...json } })
    if (call) this.calls.set(call, [...(this.calls.get(call) ?? []), sid])
  }

  take(req, res) {
    const url = new URL(req.url, this.base)
    const path = url.pathname.replace(`/2010-04-01/Accounts/${this.account}`, '')
    this.asked.push({ method: req.method, path, login: req.headers.authorization ?? '' })
    const json = (status, value) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (this.refuse) return json(this.refuse, { code: 20003, message: 'no', status: this.refuse })
    if (path === '/Recordings.json') {
      const sids = this.calls.get(url.searchParams.get('CallSid')) ?? []
      return json(200, { recordings: sids.map(sid => this.recordings.get(sid).json), next_page_uri: null })
    }
    const m = /^\/Recordings\/(RE\w{32})\.(json|wav)$/.exec(path)
    const recording = m && this.recordings.get(m[1])
    if (!recording) {
      const other = this.others?.(req, res, path)
      return other ?? json(404, { code: 20404, message: 'not found', status: 404 })
    }
    if (req.method === 'DELETE') {
      this.deleted.push(m[1])
      return res.writeHead(204).end()
    }
    return m[2] === 'json' ? json(200, recording.json) : recording.media(req, res)
  }

  // How often the audio of a recording was asked for.
  fetched(sid) {
    return this.asked.filter(a => a.path === `/Recordings/${sid}.wav`).length
  }
}
