// Recordings of carriers: the real recorder fetches them from the simulators, which made them of two phones' talk, and
// from a carrier that does whatever it should not.
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { randomBytes, createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { TwilioSim } from '../../tools/sim-twilio/sim.js'
import { signedRequest } from '../../tools/sim-twilio/requests.js'
import { TelnyxSim } from '../../tools/sim-telnyx/sim.js'
import { SPEECH_HZ, tone, writeMp3, writeWav } from '../../tools/sim-lib/media/index.js'
import { HostileTwilio } from './lib/hostile.mjs'
import { RecorderStack, share } from './lib/recorder.mjs'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'

const OWN = '+14155550100'
const AGENT = '+14155550102' // speech
const CUSTOMER = '+14155550103' // 1000 Hz
const CUSTOMER_HZ = 1000
const hex = n => randomBytes(n / 2).toString('hex')
const newRe = () => `RE${hex(32)}`
const newCa = () => `CA${hex(32)}`
const providers = {}
const TOKEN = 'f'.repeat(32)
const hostile = new HostileTwilio()
let twilio, telnyx, elsewhere

const stack = new RecorderStack({
  beforeIngest: async s => {
    const tls = { cert: readFileSync(join(s.dir, 'server.crt')), key: readFileSync(join(s.dir, 'server.key')) }
    twilio = new TwilioSim({ tls, account: { accountSid: `AC${hex(32)}`, authToken: hex(32), keySid: `SK${hex(32)}`, keySecret: hex(32), appSid: `AP${hex(32)}`, numbers: [OWN] } })
    telnyx = new TelnyxSim({ seed: randomBytes(32), account: { apiKey: `KEY${hex(32)}`, numbers: [OWN] } })
    await twilio.listen()
    await telnyx.listen()
    await hostile.up()
    elsewhere = createServer((req, res) => { elsewhere.asked = (elsewhere.asked ?? 0) + 1; res.end('x') })
    await new Promise(resolve => elsewhere.listen(0, '127.0.0.1', resolve))
    providers.twilio = s.carrier('t', 'twilio', { account_sid: twilio.account.sid, auth_token: twilio.account.authToken, from_number: OWN, api_base: twilio.publicBase })
    providers.hostile = s.carrier('h', 'twilio', { account_sid: hostile.account, auth_token: TOKEN, from_number: OWN, api_base: hostile.base })
    providers.telnyx = s.carrier('x', 'telnyx', { api_key: telnyx.account.apiKey, connection_id: callControl().id, from_number: OWN, api_base: `${telnyx.publicBase}/v2`,
      public_key: telnyx.signer.publicKey })
  },
})
const callControl = () => [...telnyx.account.connections.values()].find(c => c.kind === 'call_control_application')

/* --- a talk at Twilio: a room with two phones, of which one leg is recorded --- */
const rest = (method, path, form) => fetch(`${twilio.publicBase}/2010-04-01/Accounts/${twilio.account.sid}${path}`, { method, body: form && new URLSearchParams(form),
  headers: { authorization: `Basic ${Buffer.from(`${twilio.account.sid}:${twilio.account.authToken}`).toString('base64')}` } }).then(async r => {
  const text = await r.text()
  if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${text}`)
  return text ? JSON.parse(text) : null
})

async function twilioTalk(call, recorded) {
  const hook = `${stack.webhookUrl}/voip/webhook/p/${providers.twilio}/recording?call=${call}&leg=${recorded}`
  const record = [['Record', 'true'], ['RecordingChannels', 'dual'], ['RecordingStatusCallback', hook], ...['in-progress', 'completed', 'absent'].map(e => ['RecordingStatusCallbackEvent', e])]
  const legs = {}
  for (const [leg, to] of [['agent', AGENT], ['customer', CUSTOMER]]) {
    const made = await rest('POST', `/Conferences/call-${call}/Participants.json`, [['From', OWN], ['To', to], ['Label', leg], ['Beep', 'false'], ...(leg === recorded ? record : [])])
    legs[leg] = twilio.calls.get(made.call_sid)
  }
  stack.dialled(call, providers.twilio, recorded, legs[recorded].sid)
  await stack.until(() => legs[recorded].recordings[0]?.seconds >= 3 && legs.agent.conference && legs.customer.conference, 15000, 'three seconds of talk')
  for (const leg of Object.values(legs)) leg.hangup()
  return legs
}

function sidesAreRight(row) {
  const sound = stack.sound(row)
  equal(sound.channels.length, 2, 'channels')
  ok(share(sound, 0, SPEECH_HZ) > 0.8, `the agent is left: ${share(sound, 0, SPEECH_HZ)}`)
  ok(share(sound, 1, CUSTOMER_HZ) > 0.8, `the customer is right: ${share(sound, 1, CUSTOMER_HZ)}`)
  ok(share(sound, 0, CUSTOMER_HZ) < 0.05 && share(sound, 1, SPEECH_HZ) < 0.05, 'each side alone')
  const bytes = readFileSync(join(stack.recordings, row.object_key))
  equal(row.sha, createHash('sha256').update(bytes).digest('hex'), 'sha256')
  equal(row.bytes, bytes.length, 'bytes')
  ok(Math.abs(row.duration_ms - sound.channels[0].length / sound.rate * 1000) < 2, `duration ${row.duration_ms}`)
  ok(row.peaks_len > 100 && row.user_id === stack.user && row.channels === 2, 'peaks, user, channels')
}

for (const recorded of ['customer', 'agent']) {
  test(`Twilio records the ${recorded}'s leg: agent left, customer right, one row, one event`, async () => {
    const call = stack.call(providers.twilio, { direction: recorded === 'customer' ? 'outbound' : 'inbound' })
    twilio.hooks.setTrouble({ duplicate: 1 })
    await twilioTalk(call, recorded)
    stack.ends(call)
    const row = await stack.stored(call, { hurry: false })
    twilio.hooks.setTrouble(null)
    await twilio.hooks.idle()
    sidesAreRight(row)
    equal(row.format, 'wav', 'format')
    ok(/^\d{4}\/\d{2}\/[0-9a-f-]{36}\.wav$/.test(row.object_key), row.object_key)
    equal(row.carrier_id, [...twilio.recordings.keys()].at(-1), "the carrier's id")
    equal(stack.rows(call).length, 1, 'rows')
    equal(stack.told(row.id), 1, 'events')
    equal(row.due, false, 'nothing is left to do')
    ok(twilio.recordings.get(row.carrier_id) && !twilio.recordings.get(row.carrier_id).deleted, 'it stays at the carrier')
    await stack.until(() => stack.leftovers().length === 0, 5000, 'the files beside the store to go')
  })
}

/* --- a talk at Telnyx: two bridged legs --- */
async function telnyxTalk(call, { format = 'wav' } = {}) {
  const dial = async (leg, to, more) => {
    const response = await fetch(`${telnyx.publicBase}/v2/calls`, { method: 'POST', headers: { authorization: `Bearer ${telnyx.account.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ connection_id: callControl().id, to, from: OWN, client_state: Buffer.from(`call=${call}&leg=${leg}`).toString('base64'),
        webhook_url: `${stack.webhookUrl}/voip/webhook/p/${providers.telnyx}/events`, ...more }) })
    const { data, errors } = await response.json()
    if (!data) throw new Error(JSON.stringify(errors))
    return telnyx.legs.get(data.call_control_id)
  }
  const agent = await dial('agent', AGENT)
  await agent.answered.promise
  const customer = await dial('customer', CUSTOMER, { link_to: agent.id, bridge_intent: true, bridge_on_answer: true, record: 'record-from-answer', record_channels: 'dual', record_format: format })
  stack.dialled(call, providers.telnyx, 'customer', customer.id, customer.sessionId)
  await stack.until(() => customer.recordings[0]?.tap.ms >= 3000, 15000, 'three seconds of talk')
  customer.end('completed', { source: 'caller' })
  agent.end('completed', { source: 'caller' })
  return customer.recordings[0]
}

for (const format of ['wav', 'mp3']) {
  test(`Telnyx records in ${format}: found by its session, from a fresh address`, async () => {
    const call = stack.call(providers.telnyx)
    const recording = await telnyxTalk(call, { format })
    stack.ends(call)
    const row = await stack.stored(call, { hurry: false })
    sidesAreRight(row)
    equal(row.carrier_id, recording.id, "the carrier's id")
    equal(stack.rows(call).length, 1, 'rows')
    equal(stack.told(row.id), 1, 'events')
  })
}

test('an address of Telnyx that has run out is asked for anew', async () => {
  const call = stack.call(providers.telnyx)
  telnyx.faults.set({ path: '^/media/', action: 'status', status: 403, times: 2 })
  await telnyxTalk(call)
  const row = await stack.stored(call)
  telnyx.faults.clear()
  sidesAreRight(row)
  ok(row.id, 'stored')
})

/* --- what never came --- */
test('the webhook is lost: the carrier is asked for what an ended call should have', async () => {
  twilio.hooks.setTrouble({ loss: 1 })
  telnyx.hooks.setTrouble({ loss: 1 })
  const one = stack.call(providers.twilio)
  const two = stack.call(providers.telnyx)
  await Promise.all([twilioTalk(one, 'customer'), telnyxTalk(two)])
  stack.ends(one, 180)
  stack.ends(two, 180)
  equal(stack.rows(one).length + stack.rows(two).length, 0, 'nothing is known of them')
  await stack.restartRecorder() // it looks at once, then each five minutes
  sidesAreRight(await stack.stored(one))
  sidesAreRight(await stack.stored(two))
  twilio.hooks.setTrouble(null)
  telnyx.hooks.setTrouble(null)
})

test('a call that should have one and has none says so in the end', async () => {
  const call = stack.call(providers.hostile, { ended: 180 })
  stack.dialled(call, providers.hostile, 'customer', newCa())
  await stack.restartRecorder()
  const row = await stack.failed(call, { ms: 60000 })
  ok(/no recording of this call/.test(row.error), row.error)
})

test('two recordings of one call are two', async () => {
  const [call, leg, a, b] = [stack.call(providers.hostile, { ended: 180 }), newCa(), newRe(), newRe()]
  for (const sid of [a, b]) hostile.add(sid, good, { call: leg })
  stack.dialled(call, providers.hostile, 'customer', leg)
  await stack.restartRecorder()
  await stack.until(() => stack.rows(call).filter(r => r.state === 'stored').length === 2, 30000, 'both')
  equal(stack.rows(call).map(r => r.carrier_id).sort().join(), [a, b].sort().join(), 'ids')
})

/* --- hostile --- */
const samples = (hz, ms) => {
  const next = tone(hz, { ms })
  const all = []
  for (let frame; (frame = next());) all.push(...frame)
  return Int16Array.from(all)
}
const wav = writeWav([samples(CUSTOMER_HZ, 3000), samples(SPEECH_HZ, 3000)])
const send = (body, type = 'audio/x-wav') => (req, res) => res.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
const good = send(wav)
const status = (code, headers = {}) => (req, res) => res.writeHead(code, { 'content-type': 'application/json', ...headers }).end('{"code": 20001, "message": "no"}')

// A signed webhook; 200 says that it is safe.
async function tells(call, sid, { leg = newCa(), state = 'completed', extra = {} } = {}) {
  const url = `${stack.webhookUrl}/voip/webhook/p/${providers.hostile}/recording?${call ? `call=${call}&` : ''}leg=customer`
  const params = { AccountSid: hostile.account, CallSid: leg, RecordingSid: sid, RecordingStatus: state, RecordingUrl: `http://127.0.0.1:${elsewhere.address().port}/x`, ...extra }
  const { headers, body } = signedRequest(TOKEN, { url, method: 'POST' }, params, randomBytes(8).toString('hex'))
  equal((await fetch(url, { method: 'POST', headers, body })).status, 200, 'the webhook')
}

// A recording whose audio is answered so; its call.
async function arrives(media, json) {
  const [call, sid] = [stack.call(providers.hostile, { ended: 1 }), newRe()]
  hostile.add(sid, media, json)
  await tells(call, sid)
  return { call, sid }
}

test("a webhook's own address is never asked", async () => {
  const { call } = await arrives(good)
  sidesAreRight(await stack.stored(call))
  equal(elsewhere.asked ?? 0, 0, 'requests elsewhere')
})

const hopeless = {
  'is no audio': [send(Buffer.from('<html>it works</html>'), 'text/html'), /no audio but text\/html/],
  'says audio and is noise': [send(randomBytes(20000)), /no sound file/],
  'is empty': [send(Buffer.alloc(0)), /no sound file/],
  'is shorter than the carrier says': [good, /3 s of sound, the carrier says 60 s/, { duration: '60' }],
  'is longer than the carrier says': [send(writeWav([samples(500, 9000), samples(500, 9000)])), /9 s of sound, the carrier says 1 s/, { duration: '1' }],
  'claims to be huge': [(req, res) => { res.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': 5 * 2 ** 20 }); res.write(wav) }, /larger than 4 MiB/],
  'never ends': [(req, res) => { res.writeHead(200, { 'content-type': 'audio/x-wav' }); const more = () => { while (res.write(randomBytes(65536))); }; res.on('drain', more); more() }, /larger than 4 MiB/],
  'has a sampling rate of its own': [send(writeWav([samples(500, 3000)], 7123)), /no sound file/],
  'is not there': [status(404), /does not know that/],
  'is refused': [status(400), /refused/],
  'lies on a strange host': [(req, res) => res.writeHead(302, { location: 'https://evil.example/x.wav' }).end(), /'evil.example'.*VOIP_RECORDING_CARRIER_HOSTS/],
  'lies in our own net': [(req, res) => res.writeHead(307, { location: `http://127.0.0.1:${elsewhere.address().port}/x` }).end(), /'127.0.0.1'.*not one of its hosts/],
  'lies behind a password': [(req, res) => res.writeHead(302, { location: 'https://api.twilio.com@evil.example/x.wav' }).end(), /not one of its hosts/],
  'goes in circles': [(req, res) => res.writeHead(302, { location: `${hostile.base}${req.url}` }).end(), /from one address to the next/],
}

test('what is no recording is given up, each with its reason, and nothing else', async () => {
  await stack.restartRecorder({ VOIP_RECORDING_CARRIER_MAX_MIB: '4' })
  const before = stack.metric('voip_carrier_recordings_failed_total')
  const all = []
  for (const [name, [media, why, json]] of Object.entries(hopeless)) all.push({ name, why, ...await arrives(media, json) })
  for (const { name, why, call } of all) {
    const row = await stack.failed(call, { ms: 90000 })
    ok(why.test(row.error), `what ${name}: ${row.error}`)
  }
  equal(elsewhere.asked ?? 0, 0, 'requests elsewhere')
  equal(stack.metric('voip_carrier_recordings_failed_total') - before, all.length, 'counted')
  for (const { call } of all) ok(stack.log('recorder').split('\n').some(l => l.includes('carrier_recording.failed') && l.includes(call) && l.includes('"level":"error"')), `a line of the log for ${call}`)
  await stack.until(() => stack.leftovers().length === 0, 5000, 'the files beside the store to go')
  await stack.restartRecorder()
})

const passing = {
  'breaks off': [(req, res) => { res.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': wav.length }); res.write(wav.subarray(0, 9000)); setImmediate(() => res.destroy()) }, /broke|transfer/],
  'answers 500': [status(500), /trouble of its own/],
  'asks for patience': [status(429, { 'retry-after': '1' }), /fewer requests/],
  'refuses the login': [status(401), /login/],
  'closes the connection': [(req, res) => res.destroy(), /broke|reached/],
}

test('what may pass is tried again, until it is stored', async () => {
  const all = []
  for (const [name, [media, why]] of Object.entries(passing)) {
    let left = 2
    all.push({ name, why, ...await arrives((req, res) => (left-- <= 0 ? good : media)(req, res)) })
  }
  const seen = new Map()
  await stack.until(() => {
    for (const it of all) {
      const row = stack.rows(it.call).find(r => r.state === 'failed' && r.due)
      if (row) seen.set(it.name, row.error)
    }
    return seen.size === all.length
  }, 20000, 'each to have failed')
  for (const { name, why } of all) ok(why.test(seen.get(name)), `what ${name}: ${seen.get(name)}`)
  for (const { call, sid } of all) {
    sidesAreRight(await stack.stored(call))
    ok(hostile.fetched(sid) >= 2, 'tries')
  }
})

test('a carrier that never answers is left after a while', async () => {
  await stack.restartRecorder({ VOIP_RECORDING_CARRIER_TIMEOUT_S: '5' })
  const { call } = await arrives((req, res) => { res.writeHead(200, { 'content-type': 'audio/x-wav' }); res.write(wav.subarray(0, 5000)) })
  const row = await stack.row(call, r => r.state === 'failed', 'the time-out', { hurry: false })
  ok(/did not answer within 5 s/.test(row.error) && row.due, row.error)
  await stack.restartRecorder()
})

test('a redirect to the same host goes there without the login', async () => {
  let login
  hostile.others = (req, res, path) => (path === '/signed.wav' ? (login = req.headers.authorization ?? 'none', send(wav, 'application/octet-stream')(req, res), true) : undefined)
  const { call } = await arrives((req, res) => res.writeHead(302, { location: `${hostile.base}/signed.wav` }).end())
  sidesAreRight(await stack.stored(call))
  equal(login, 'none', 'the login')
})

test('one channel is heard on both sides, and says so', async () => {
  const { call } = await arrives(send(writeWav([samples(440, 3000)])), { channels: 1 })
  const row = await stack.stored(call)
  const sound = stack.sound(row)
  ok(share(sound, 0, 440) > 0.9 && share(sound, 1, 440) > 0.9, 'both sides')
  ok(/one channel/.test(row.error), row.error)
})

test('an mp3 of another rate becomes sound of ours', async () => {
  const { call } = await arrives(send(await writeMp3([samples(CUSTOMER_HZ, 3000), samples(SPEECH_HZ, 3000)]), 'audio/mpeg'))
  sidesAreRight(await stack.stored(call))
})

test('there will be none: too short, silent', async () => {
  const [call, sid] = [stack.call(providers.hostile, { ended: 1 }), newRe()]
  await tells(call, sid, { state: 'absent', extra: { ErrorCode: '16101' } })
  const row = await stack.failed(call)
  ok(/too short/.test(row.error), row.error)
  equal(hostile.fetched(sid), 0, 'requests')
})

test('news of no call of ours, and nonsense, make no row', async () => {
  const rows = () => Number(stack.sql('select count(*) from voip.recordings'))
  const [before, strange] = [rows(), stack.metric('voip_carrier_recordings_strange_total')]
  await tells('', newRe())
  await tells(stack.call(providers.hostile, { ended: 1 }), '../../etc/passwd')
  await tells('not-an-id', newRe())
  await stack.until(() => stack.metric('voip_carrier_recordings_strange_total') === strange + 3, 10000, 'three to be counted')
  equal(rows(), before, 'rows')
})

test('a webhook that is replayed wakes what was given up', async () => {
  let broken = true
  const { call, sid } = await arrives((req, res) => (broken ? status(400) : good)(req, res))
  await stack.failed(call)
  broken = false
  await tells(call, sid) // one that is repeated is not told again
  stack.sql(`update voip.webhook_inbox set state = 'replay' where target like '%call=${call}%'`) // as voip webhook replay does
  sidesAreRight(await stack.stored(call))
  equal(stack.rows(call).length, 1, 'rows')
})

/* --- it is killed --- */
test('killed in the middle, it is fetched by the next one, once', async () => {
  let held
  const { call, sid } = await arrives((req, res) => {
    if (held) return good(req, res)
    held = res
    res.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': wav.length }).write(wav.subarray(0, 20000))
  })
  await stack.until(() => held, 20000, 'the download to begin')
  await stack.stop(stack.recorder, 'SIGKILL')
  held.destroy()
  equal(stack.rows(call)[0].state, 'open', 'the row is the job')
  stack.sql(`update voip.recordings set due_at = now() where call_id = '${call}'`) // its lease runs out
  await stack.startRecorder()
  const row = await stack.stored(call)
  sidesAreRight(row)
  equal(stack.rows(call).length, 1, 'rows')
  equal(stack.told(row.id), 1, 'events')
  equal(hostile.fetched(sid), 2, 'downloads')
})

test('what takes the process with it each time is left alone, after a few tries', async () => {
  const long = send(writeWav([samples(CUSTOMER_HZ, 240_000), samples(SPEECH_HZ, 240_000)]))
  const [call, sid] = [stack.call(providers.hostile, { ended: 1 }), newRe()]
  hostile.add(sid, long, { duration: '240' })
  await tells(call, sid)
  const begun = n => stack.row(call, r => r.unfinished === n, `beginning ${n}`, { hurry: false })
  for (const n of [1, 2, 5]) {
    if (n === 5) stack.sql(`update voip.recordings set unfinished = 4 where call_id = '${call}'`)
    stack.sql(`update voip.recordings set due_at = now() where call_id = '${call}'`) // its lease runs out
    await begun(n)
    await stack.stop(stack.recorder, 'SIGKILL')
    await stack.startRecorder()
  }
  stack.sql(`update voip.recordings set due_at = now() where call_id = '${call}'`)
  const row = await stack.failed(call)
  ok(/ended each of 5 times/.test(row.error), row.error)
  equal(row.unfinished, 0, 'who replays the webhook tries anew')
})

test('who stalled and lost his claim stores nothing over the result of the next', async () => {
  let held
  const { call } = await arrives((req, res) => {
    if (held) return good(req, res)
    held = res
    res.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': wav.length }).write(wav.subarray(0, 20000))
  })
  await stack.until(() => held, 20000, 'the download to begin')
  const { admin, recorder: first } = stack
  first.kill('SIGSTOP')
  stack.sql(`update voip.recordings set due_at = now() where call_id = '${call}'`) // its lease runs out
  stack.admin = undefined
  await stack.startRecorder()
  const second = stack.recorder
  const row = await stack.stored(call, { hurry: false })
  held.end(wav.subarray(20000)) // all that the first waits for
  first.kill('SIGCONT')
  Object.assign(stack, { admin, recorder: first })
  await stack.until(() => stack.leftovers().length === 0, 20000, 'the first to be done')
  await stack.until(() => stack.log('recorder').split('\n').filter(l => l.includes(call) && /taken_over|recording\.stored/.test(l)).length >= 1, 5000, 'a word of it')
  equal(JSON.stringify(stack.rows(call)), JSON.stringify([row]), 'the row')
  equal(stack.told(row.id), 1, 'events')
  sidesAreRight(row)
  equal(readdirSync(join(stack.recordings, dirname(row.object_key))).filter(f => f.startsWith(row.id)).length, 1, 'files')
  await stack.stop(second)
})

test('two recorders fetch each recording once', async () => {
  const admin = stack.admin
  stack.admin = undefined
  const first = stack.recorder
  await stack.startRecorder()
  const second = stack.recorder
  const all = []
  for (let i = 0; i < 12; i++) all.push(await arrives(good))
  for (const { call, sid } of all) {
    await stack.stored(call, { hurry: false })
    equal(hostile.fetched(sid), 1, 'downloads')
  }
  await stack.stop(second)
  Object.assign(stack, { admin, recorder: first })
})

/* --- settings --- */
test('deleted at the carrier once it is stored, if that is wanted', async () => {
  await stack.restartRecorder({ VOIP_RECORDING_CARRIER_DELETE: 'true' })
  const { call, sid } = await arrives(good)
  const row = await stack.row(call, r => r.carrier_deleted_at, 'the deletion')
  equal(row.state, 'stored', 'state')
  sidesAreRight(row)
  equal(hostile.deleted.filter(s => s === sid).length, 1, 'deletions')
  const bad = await arrives(send(randomBytes(5000)))
  await stack.failed(bad.call)
  equal(hostile.deleted.includes(bad.sid), false, 'what was not stored stays there')
  await stack.restartRecorder()
})

test('with recording switched off nothing is fetched', async () => {
  await stack.restartRecorder({ VOIP_RECORDING_ENABLED: 'false' })
  const asked = hostile.asked.length
  const [call, leg, sid] = [stack.call(providers.hostile, { ended: 180 }), newCa(), newRe()]
  hostile.add(sid, good, { call: leg })
  stack.dialled(call, providers.hostile, 'customer', leg)
  await tells(call, sid, { leg })
  await stack.until(() => stack.sql(`select count(*) from voip.streams s join voip.consumer_cursors c on c.stream = s.stream and c.consumer = 'recorder'
    where s.service = 'webhook-ingest' and c.seq >= (select max(seq) from voip.event_log e where e.stream = s.stream)`) >= 1, 15000, 'the webhook to be heard')
  equal(stack.rows(call).length, 0, 'rows')
  equal(hostile.asked.length, asked, 'requests')
  await stack.restartRecorder() // and now it is found among the calls
  sidesAreRight(await stack.stored(call))
})

await main(stack, { after: async () => { await Promise.all([twilio?.close(), telnyx?.close(), hostile.down()]); elsewhere?.close(); elsewhere?.closeAllConnections() } })
