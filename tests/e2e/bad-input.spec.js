// What bad input gets: a clear message, a counted refusal, every row final, no process lost.
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { chromium, expect, test } from '@playwright/test'
import { RawSocket, deadOffer, raw, stranger, upgrade } from './lib/hostile.js'
import { Phone } from './lib/phone.js'
import { api, carrier, dev, metric, numbers, pid, sql, until } from './lib/system.js'

const names = Object.keys(dev.services)
const pids = () => names.map(name => `${name} ${pid(name)}`)
let before

test.beforeEach(() => { before = pids() })
test.afterEach(async () => {
  expect(pids(), 'no process died').toEqual(before)
  await until('every row is final', () => sql('select count(*) from voip.calls where ended_at is null') === '0')
})

const bearer = who => ({ authorization: `Bearer ${who.api_token}` })
const post = (path, body, headers = bearer(dev.agent), base = dev.base_url) =>
  fetch(base + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body) })
const refusal = async answer => ({ status: answer.status, ...(await answer.json()) })
const newPage = async browser => (await browser.newContext()).newPage()

test('a browser without audio: no ICE at all, or ICE and no DTLS, ends by itself', async ({ browser, page }) => {
  const mute = await RawSocket.open(page)
  const half = await RawSocket.open(await newPage(browser), dev.admin)
  const offer = await half.page.evaluate(async () => {
    window.pc = new RTCPeerConnection()
    window.pc.addTransceiver('audio')
    await window.pc.setLocalDescription()
    return window.pc.localDescription.sdp
  })
  const [one, two] = await Promise.all([mute.dial(numbers.tone), half.dial(numbers.tone, offer)])
  const { sdp } = await half.next('our answer', m => m.type === 'call.media')
  await half.page.evaluate(async answer => { // a certificate that is not ours: the browser refuses DTLS
    const wrong = answer.replace(/(a=fingerprint:sha-256 )\S+/, `$1${Array(32).fill('0F').join(':')}`)
    await window.pc.setRemoteDescription({ type: 'answer', sdp: wrong })
  }, sdp)
  await until('ICE is connected', () => half.page.evaluate(() => window.pc.iceConnectionState === 'connected'))
  for (const [socket, id] of [[mute, one.call_id], [half, two.call_id]]) {
    await socket.call(id, 'the answer', c => c.status === 'in-progress')
    expect(await socket.ended(id, 20)).toMatchObject({ status: 'completed', cause: 'browser_lost' })
  }
  await half.page.context().close()
})

test('no active provider: the sentence with the way out, and calls return with it', async ({ page }) => {
  const phone = await new Phone(page).signIn()
  const active = sql("select string_agg(quote_literal(id), ',') from voip.providers where is_active")
  const set = on => sql(`update voip.providers set is_active = ${on}, version = version + 1 where id in (${active})`)
  set(false)
  try {
    const answer = await until('a refusal', async () => {
      const r = await fetch(`${dev.base_url}/api/voip/client-config`, { headers: bearer(dev.agent) })
      return r.status === 409 && refusal(r)
    })
    expect(answer).toMatchObject({ error: 'no_active_provider' })
    expect(answer.message).toMatch(/^No active VoIP provider configured.*\w/)
    await until('a refused call', async () => {
      await phone.dial(numbers.busy)
      const reason = phone.at('ended-reason')
      await expect(reason).toBeVisible()
      if (/No active VoIP provider configured/.test(await reason.textContent())) return true
      await phone.at('ended-close').click() // the router still knew the provider
    })
    await expect(phone.at('phone')).toContainText(/administrator can set one up/i)
  } finally {
    set(true)
  }
  await until('the provider is back', async () =>
    (await fetch(`${dev.base_url}/api/voip/client-config`, { headers: bearer(dev.agent) })).ok)
})

test('a trunk that is down: word and sentence, a final row, and calls return with it', async ({ page }) => {
  const socket = await RawSocket.open(page)
  const [id, port] = sql("select id, port from voip.trunks where name = 'Demo carrier'").split('|')
  const set = to => sql(`update voip.trunks set port = ${to}, version = version + 1 where id = '${id}'`)
  const tryOnce = async () => {
    const { call_id } = await socket.dial(numbers.busy)
    return socket.ended(call_id, 20)
  }
  set(9)
  try {
    const call = await until('a call that found the trunk down', async () => {
      const ended = await tryOnce()
      return ended.cause !== 'busy' && ended
    }, 30)
    expect(call).toMatchObject({ status: 'failed', cause: 'trunk_down' })
    expect(call.message).toMatch(/\w+ \w+/)
  } finally {
    set(port)
  }
  await until('the trunk is back', async () => (await tryOnce()).cause === 'busy', 30)
})

test('a number that is none, a forbidden destination', async ({ page }) => {
  for (const to_number of ['', 'abc', '12', '+', '٣٤٥', `+1${'5'.repeat(60)}`]) {
    const answer = await refusal(await post('/api/voip/calls/outbound', { to_number }))
    expect(answer, to_number).toMatchObject({ status: 422, error: 'invalid_number' })
    expect(answer.message).toMatch(/\w+ \w+ \w+/)
  }
  const socket = await RawSocket.open(page)
  expect(await socket.dial('12')).toMatchObject({ ok: false, error: 'invalid_number' })
  const { call_id } = await socket.dial('+881612345678')
  const call = await socket.ended(call_id)
  expect(call).toMatchObject({ status: 'failed', cause: 'destination_forbidden' })
  expect(call.message).toMatch(/administrator/i)
})

test('a refused microphone: what is wrong, what to do, and nothing is dialled', async () => {
  const { executablePath, args } = test.info().project.use.launchOptions
  const shy = await chromium.launch({ executablePath, args: args.filter(a => !a.includes('fake-ui')) }) // which grants all
  try {
    const page = await shy.newPage()
    const { targetInfo } = await (await page.context().newCDPSession(page)).send('Target.getTargetInfo')
    await (await shy.newBrowserCDPSession()).send('Browser.setPermission', { permission: { name: 'microphone' },
      setting: 'denied', origin: dev.base_url, browserContextId: targetInfo.browserContextId })
    const phone = await new Phone(page).signIn()
    const calls = sql('select count(*) from voip.calls')
    await phone.dial(numbers.echo)
    await expect(phone.at('ended-reason')).toHaveAttribute('data-cause', 'mic_denied')
    await expect(phone.at('error-screen')).toContainText(/allow/i)
    await phone.at('ended-close').click()
    await expect(phone.at('mic-banner')).toContainText(/set Microphone to Allow/)
    expect(sql('select count(*) from voip.calls')).toBe(calls)
  } finally {
    await shy.close()
  }
})

test('bodies that are too long, broken, or of wrong types', async () => {
  const wrong = [
    ['"x"'.padEnd(100_000), 413, 'too_large'],
    ['{"to_number":', 400, 'bad_json'],
    ['[]', 400, 'bad_json'],
    ['{"to_number":"\\u0000"}', 400, 'bad_json'],
    [`${'['.repeat(30_000)}`, 400, 'bad_json'],
    ['{"to_number":5}', 422, 'invalid'],
    ['{"to_number":"+14155550101","idempotency_key":{}}', 422, 'invalid'],
  ]
  for (const [body, status, error] of wrong) {
    const answer = await refusal(await post('/api/voip/calls/outbound', body))
    expect(answer, body.slice(0, 60)).toMatchObject({ status, error })
    expect(answer.message).toMatch(/\w+ \w+/)
  }
  for (const base of dev.gateways) expect((await post('/api/voip/import', 'x'.repeat(3 << 20), undefined, base)).status).toBe(413)
})

test('WebSocket messages that make no sense', async ({ browser, page }) => {
  const socket = await RawSocket.open(page)
  const broken = async text => {
    const seen = socket.got.length
    await socket.send(text)
    return until(`a reply to ${text.slice(0, 40)}`, () => socket.got.slice(seen).find(m => m.type === 'reply'))
  }
  for (const [text, error] of [
    ['{', 'bad_json'],
    ['[]', 'bad_json|bad_message'],
    ['{"type":5,"id":"1"}', 'bad_message'],
    ['{"type":"call.explode","id":"1"}', 'unknown_type'],
    ['{"type":"call.dial","id":"1","to":{},"sdp":[],"idempotency_key":1}', 'bad_message'],
    ['{"type":"call.hangup","id":"1","call_id":"nonsense"}', 'bad_message|not_found'],
    [`{"type":"call.hangup","id":"1","call_id":"${crypto.randomUUID()}"}`, 'not_found'],
    [`{"type":"call.dtmf","id":"1","call_id":"${crypto.randomUUID()}","digits":"x"}`, 'bad_message|bad_request|invalid|not_found'],
  ]) {
    const reply = await broken(text)
    expect(reply.ok, text).toBe(false)
    expect(reply.error, text).toMatch(new RegExp(`^(${error})$`))
    expect(reply.message, text).toMatch(/\w+ \w+/)
  }
  expect((await socket.ask({ type: 'ping' })).ok).toBe(true)
  await socket.send('x'.repeat(70_000))
  await until('too long: closed', () => socket.closed === 1009)

  const binary = await RawSocket.open(await newPage(browser))
  await binary.page.evaluate(() => window.raw.send(new Uint8Array([1, 2, 3])))
  await until('binary: closed', () => binary.closed === 1003)
  await binary.page.context().close()
})

test('a broken SDP in call.dial and call.answer', async ({ page }) => {
  const socket = await RawSocket.open(page)
  const broken = [
    'hello', 'v=0\r\n', deadOffer.replace(/a=fingerprint.*\r\n/, ''), deadOffer.replace('m=audio', 'm=video'),
    deadOffer.replace('111 0 8 126', '97').replace(/a=rtpmap.*\r\n/g, ''), deadOffer + 'a=x\r\n'.repeat(6000),
  ]
  for (const sdp of broken) {
    const reply = await socket.dial(numbers.echo, sdp)
    const over = reply.ok ? await socket.ended(reply.call_id) : reply
    expect(over.cause ?? over.error, sdp.slice(0, 40)).toMatch(/^(bad_sdp|bad_offer|media|bad_message)$/)
    expect(over.message).toMatch(/\w+ \w+/)
  }
  const far = await carrier.ring({ did: dev.trunks.lab.did, from: dev.demo_carrier.caller, tone: 600 })
  const { call } = await socket.next('a ringing call', m => m.type === 'call.changed' && m.call.direction === 'inbound')
  const reply = await socket.ask({ type: 'call.answer', call_id: call.id, sdp: 'hello' })
  const over = reply.ok ? await socket.ended(call.id) : reply
  expect(over.cause ?? over.error).toMatch(/^(bad_sdp|bad_offer|media)$/)
  if ((await carrier.call(far.id)).state !== 'ended') await carrier.hangup(far.id)
  await socket.ended(call.id)
})

test('SIP from strangers: silence, counted', async () => {
  const enemy = await stranger()
  const ours = 'voip_sip_strangers_total'
  const message = (method, port) => [
    `${method} sip:14155550100@127.0.0.1:${port} SIP/2.0`, `Via: SIP/2.0/UDP ${enemy.address}:${enemy.port};branch=z9hG4bK${method}`,
    `From: <sip:evil@${enemy.address}>;tag=1`, `To: <sip:14155550100@127.0.0.1>`, `Call-ID: ${crypto.randomUUID()}`,
    `CSeq: 1 ${method}`, 'Max-Forwards: 70', `Contact: <sip:evil@${enemy.address}:${enemy.port}>`, 'Content-Length: 0', '', '',
  ].join('\r\n')
  const calls = sql('select count(*) from voip.calls')
  for (const [i, controller] of dev.controllers.entries()) {
    const service = i === 0 ? 'call-controller' : `call-controller-${i + 1}`
    const [host, port] = controller.udp.split(':')
    const seen = await metric(service, ours)
    const noise = [message('OPTIONS', port), message('INVITE', port), message('REGISTER', port), randomBytes(900), '\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n']
    for (const data of noise) await enemy.send(data, Number(port), host)
    await until('the strangers are counted', async () => (await metric(service, ours)) >= seen + noise.length)
    const answer = await new Promise(resolve => {
      let bytes = 0
      const socket = net.connect({ host, port: Number(controller.tcp.split(':')[1]), localAddress: enemy.address }, () =>
        socket.write(message('INVITE', port).replace('/UDP', '/TCP')))
      socket.on('data', data => { bytes += data.length })
      socket.on('error', () => {})
      socket.on('close', () => resolve(bytes))
    })
    expect(answer, 'over TCP it is shown the door without a word').toBe(0)
  }
  expect(enemy.heard).toEqual([])
  expect(sql('select count(*) from voip.calls')).toBe(calls)
  enemy.close()
})

test('one idempotency key at both gateways at once is one call', async () => {
  const rows = () => Number(sql(`select count(*) from voip.calls where to_number = '${numbers.silent}'`))
  const was = rows()
  const key = crypto.randomUUID()
  const answers = await Promise.all([...dev.gateways, ...dev.gateways].map(base =>
    post('/api/voip/calls/outbound', { to_number: numbers.silent, idempotency_key: key }, undefined, base).then(r => r.json())))
  expect(new Set(answers.map(a => a.sid)).size, JSON.stringify(answers)).toBe(1)
  await until('the row', () => rows() === was + 1)
  await api.post(`/api/voip/calls/${answers[0].sid}/hangup`)
})

test('no cookie without its token, no socket from another page, no path out', async () => {
  const login = await post('/api/auth/login', { email: dev.agent.email, password: dev.agent.password }, {})
  const cookie = login.headers.get('set-cookie').split(';')[0]
  const { csrf_token } = await login.json()
  for (const headers of [{}, { 'x-csrf-token': 'guessed' }, { 'x-csrf-token': csrf_token, origin: 'http://evil.test' }])
    expect((await post('/api/voip/persons', { name: 'Mallory' }, { cookie, ...headers })).status).toBe(403)
  expect((await upgrade({ cookie, origin: dev.base_url })).status).toBe(101)
  expect((await upgrade({ cookie, origin: 'http://evil.test' })).status).toBe(403)
  expect((await upgrade({ cookie, origin: 'null' })).status).toBe(403)
  expect((await upgrade({ origin: dev.base_url })).status).toBe(401)
  const { token } = await api.post('/api/voip/token')
  const ticket = `/api/voip/ws?ticket=${token}`
  expect((await upgrade({}, ticket)).status).toBe(101)
  expect((await upgrade({}, ticket)).status, 'a ticket is for one entry').toBe(401)
  for (const path of ['/../../../../etc/passwd', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2f..%2fetc%2fpasswd', '/assets/..%5c..%5csecrets',
    '/api/voip/recordings/..%2f..%2f..%2fetc%2fpasswd', '/index.html%00.js', '//etc/passwd']) {
    const { status, text } = await raw(path, { headers: { cookie } })
    expect(status, path).toBeLessThan(500)
    expect(text, path).not.toMatch(/root:|Error at/)
  }
})

test('an agent does not reach the calls and recordings of another', async ({ browser, page }) => {
  const admin = await RawSocket.open(page, dev.admin)
  const agent = await RawSocket.open(await newPage(browser))
  const { call_id } = await admin.dial(numbers.no_answer)
  const recording = crypto.randomUUID()
  sql(`insert into voip.recordings (org_id, id, call_id, user_id, state) values ('${dev.seed.org.id}', '${recording}', '${call_id}', '${dev.admin.user_id}', 'stored')`)
  for (const path of [`calls/${call_id}`, `recordings/${recording}`, `recordings/${recording}/peaks`])
    expect((await fetch(`${dev.base_url}/api/voip/${path}`, { headers: bearer(dev.agent) })).status, path).toBe(404)
  expect((await post(`/api/voip/calls/${call_id}/hangup`, {})).status).toBe(404)
  for (const message of [{ type: 'call.hangup' }, { type: 'call.attach', sdp: deadOffer }, { type: 'call.dtmf', digits: '1' }, { type: 'call.hold' }])
    expect(await agent.ask({ call_id, ...message }), message.type).toMatchObject({ ok: false, error: 'not_found' })
  expect(agent.got.some(m => m.type === 'call.changed' && m.call.id === call_id), 'nor hears of it').toBe(false)
  sql(`delete from voip.recordings where id = '${recording}'`)
  expect((await admin.ask({ type: 'call.hangup', call_id })).ok).toBe(true)
  await agent.page.context().close()
})

test('guessing passwords is slowed down', async () => {
  const email = `nobody-${crypto.randomUUID()}@demo.test`
  const guess = () => post('/api/auth/login', { email, password: 'wrong' }, {})
  const answers = []
  for (let i = 0; i < 12; i++) answers.push(await guess())
  expect(answers[0].status).toBe(401)
  const last = answers.at(-1)
  expect(last.status).toBe(429)
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await last.json()).message).toMatch(/\w+ \w+/)
})

test('a contact whose name is a script rings as text', async ({ page }) => {
  const name = `<img src=x onerror="window.owned=1"><script>window.owned=1</script>`
  const from = '+14155550177'
  const { data } = await api.post('/api/voip/persons', { name, phone: from, company: '{{constructor.constructor("window.owned=1")()}}' })
  try {
    const phone = await new Phone(page).signIn()
    const far = await carrier.ring({ did: dev.trunks.lab.did, from, tone: 600 })
    await expect(phone.at('incoming-card')).toContainText(name)
    await phone.at('decline-button').click()
    await until('declined', async () => (await carrier.call(far.id)).state === 'ended')
    await until('the row', () => api.newestCall(call => call.from_number === from && call.ended_at)) // the list in the page comes from it
    await phone.at('nav-calls').click()
    await expect(phone.at('history-row').first()).toContainText(name)
    expect(await page.evaluate(() => window.owned)).toBeUndefined()
    expect(await page.locator('img[src="x"]').count()).toBe(0)
  } finally {
    sql(`delete from voip.contact_numbers where entity_id = '${data.id}'; delete from voip.persons where id = '${data.id}'`)
  }
})

test('garbage at the port of a live call: the audio is untouched', async ({ page }) => {
  let port
  page.on('websocket', ws => ws.on('framereceived', ({ payload }) => {
    const message = JSON.parse(payload)
    if (message.type === 'call.media') port = Number(/m=audio (\d+)/.exec(message.sdp)[1])
  }))
  const phone = await new Phone(page).signIn()
  const known = await carrier.known()
  await phone.dial(numbers.tone)
  await phone.status('in-progress')
  const far = await carrier.next(known)
  await phone.hears(1000)
  const media = names.filter(name => name.startsWith('media'))
  const drops = async () => (await Promise.all(media.map(name => metric(name, 'voip_media_drops_total')))).reduce((a, b) => a + b)
  const enemies = [await stranger(), await stranger('127.0.0.1')]
  const stun = Buffer.concat([Buffer.from('000100142112a442', 'hex'), randomBytes(12), Buffer.from('00060003414141000008000c', 'hex'), randomBytes(8)])
  const hello = Buffer.concat([Buffer.from('16fefd000000000000000000400100003400000000000000340303', 'hex'), randomBytes(60)])
  const rtp = Buffer.concat([Buffer.from('8000', 'hex'), randomBytes(170)])
  const rtcp = Buffer.concat([Buffer.from('81cb0001', 'hex'), randomBytes(40)])
  const kinds = [() => stun, () => hello, () => rtp, () => rtcp, () => randomBytes(1200), () => Buffer.alloc(0)]
  const was = await drops()
  const received = (await carrier.call(far.id)).rtp.received
  const start = Date.now()
  let sent = 0
  await until('two seconds of noise', async () => {
    for (const enemy of enemies) for (const kind of kinds) {
      for (let i = 0; i < 5; i++) await enemy.send(kind(), port)
      sent += 4
    }
    return Date.now() - start > 2000
  })
  const seconds = (Date.now() - start) / 1000
  expect((await carrier.call(far.id)).rtp.received - received, 'audio to the carrier').toBeGreaterThan(45 * seconds)
  await until('the noise is counted', async () => (await drops()) - was > sent / 2)
  await phone.hears(1000, 2)
  expect(enemies[0].heard, 'nobody answers strangers').toEqual([])
  await phone.at('hangup-button').click()
  await until('the carrier hears the end', async () => (await carrier.call(far.id)).state === 'ended')
  for (const enemy of enemies) enemy.close()
})
