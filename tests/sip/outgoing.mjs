// An agent calls; sipp is the carrier. Each test has a trunk of its own.
import { createHash } from 'node:crypto'
import { freePort } from '../lib/ports.mjs'
import { Stack } from './lib/stack.mjs'
import { sipp } from './lib/sipp.mjs'
import { offer } from './lib/browser.mjs'
import { answerBye, called, pause, recv, reply, request, sdp } from './lib/scenario.mjs'
import { equal, main, ok, test } from './lib/tap.mjs'

const number = '+493012345678'
const ports = {}
const trunks = {}
const stack = new Stack({
  beforeController: async s => {
    for (const i of [1, 2]) {
      ports[i] = await freePort(`127.0.0.1${i}`)
      trunks[i] = s.trunk({ host: `127.0.0.1${i}`, port: ports[i] })
    }
    trunks.info = s.trunk({ host: '127.0.0.11', port: ports[1], dtmf: 'info' })
    trunks.plain = s.trunk({ host: '127.0.0.11', port: ports[1], session_timer: false, caller_id_header: 'pai', sip_username: 'acct' })
    trunks.auth = s.trunkWithPassword('auth', { host: '127.0.0.11', port: ports[1], username: 'agent7', password: 'right' })
    trunks.full = s.trunk({ host: '127.0.0.11', port: ports[1], max_channels: 1 })
    trunks.alaw = s.trunk({ host: '127.0.0.12', port: ports[2], codecs: '{PCMA}' })
    ports.tcp = await freePort('127.0.0.13')
    trunks.tcp = s.trunk({ host: '127.0.0.13', port: ports.tcp, transport: 'tcp' })
    ports.silent = await freePort('127.0.0.14')
    trunks.silent = s.trunk({ host: '127.0.0.14', port: ports.silent })
  },
})

let starting = []
function carrier(name, steps, i = 1, more = {}) {
  const uas = sipp(stack.dir, name, steps, { host: `127.0.0.1${i}`, port: ports[i], ...more })
  starting.push(uas)
  return uas
}
const target = trunk => ({ trunk: trunks[trunk], to: number, from: '+4930111', name: 'Ann "A"' })
let keys = 0

// Dials by these trunks, in this order; gives the call's id.
async function dial(list, { ring_s = 20 } = {}) {
  stack.routes({ 'route.outbound': { to: number, from: '+4930111', ring_s, targets: list.map(target) } })
  await Promise.all(starting.map(uas => uas.bound()))
  starting = []
  const r = await stack.request('call.dial', { to: number, sdp: offer(++keys), session: 'gw/1', key: `key-${keys}` })
  equal(r.status, 200, 'reply to the dial')
  return r.call_id
}
const hangup = id => stack.request('call.hangup', { call_id: id })
const talking = id => stack.changed(id, e => e.status === 'in-progress')

async function ends(id, { status, cause, by, sip }) {
  const row = await stack.row(id)
  equal(row.status, status, 'status')
  equal(row.cause, cause, 'cause')
  if (by) equal(row.hangup_by, by, 'hangup_by')
  if (sip) equal(row.sip_status, sip, 'sip_status')
  return row
}

// so many of these came to the carrier
const came = (uas, start, n = 1) => stack.until(() => uas.received().filter(m => m.startsWith(start)).length >= n, 8000, `${n} ${start} at the carrier`)
// what was sent there
const went = (uas, start, n = 1) => stack.until(() => uas.sent().filter(m => m.startsWith(start)).length >= n, 8000, `${n} ${start} from the carrier`)

// sipp takes an equal ACK for a repetition and shows it in its trace only.
const acks = (uas, seq) => uas.received().filter(m => m.startsWith('ACK') && m.includes(`CSeq: ${seq} ACK`)).length

const answered = [called(), reply(180), pause(100), reply(200, { body: sdp(), retrans: true }), recv('ACK')]

test('a call is answered and the agent hangs up', async () => {
  const uas = carrier('answered', [...answered, ...answerBye])
  const id = await dial([1])
  await stack.changed(id, e => e.status === 'ringing')
  await talking(id)
  ok(stack.live.some(e => e.type === 'call.media' && e.call_id === id && e.sdp.includes('a=ice-lite')), 'the tab got its answer')
  await hangup(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'hangup', by: 'agent', sip: 200 })
  ok(uas.received()[0].includes('From: "Ann \\"A\\"" <sip:+4930111@127.0.0.11>'), 'the display name is escaped')
})

test('the same idempotency key gives the same call', async () => {
  const uas = carrier('answered', [...answered, ...answerBye])
  const id = await dial([1])
  await talking(id)
  const again = await stack.request('call.dial', { to: number, sdp: offer(1), session: 'gw/1', key: `key-${keys}` })
  equal(again.call_id, id, 'the second dial')
  await hangup(id)
  await uas.done
  equal(stack.sql(`select count(*) from voip.call_dial_keys where key = 'key-${keys}'`), '1', 'keys stored')
})

test('the same idempotency key gives the same call while the first is being stored', async () => {
  const first = '00000000-0000-7000-8000-000000000001'
  const storing = stack.sqlLater(`begin; insert into voip.call_dial_keys (org_id, user_id, key, call_id)
    values ('${stack.org}', '${stack.user}', 'race', '${first}'); select pg_sleep(1); commit`)
  await stack.until(() => stack.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()") === '1', 5000, 'the first to be stored')
  const r = await stack.request('call.dial', { to: number, sdp: offer(1), session: 'gw/1', key: 'race' })
  equal(r.call_id, first, 'the second dial')
  await storing
})

test('a call that is refused at once has its contact', async () => {
  const person = '01a20000-0000-7000-8000-000000000002'
  stack.sql(`insert into voip.persons (org_id, id, name, company) values ('${stack.org}', '${person}', 'Ada Lovelace', 'Engines');
    insert into voip.contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9) values ('${stack.org}', '+493011112222', 'person', '${person}', '030 11112222', '011112222')`)
  stack.routes({ 'route.outbound': { error: 'destination_forbidden' } })
  const r = await stack.request('call.dial', { to: '+49 30 1111 2222', sdp: offer(++keys), session: 'gw/1', key: `key-${keys}` })
  const row = await ends(r.call_id, { status: 'failed', cause: 'destination_forbidden' })
  equal(row.contact_name, 'Ada Lovelace', 'the contact')
  equal(row.contact_type, 'person', 'its kind')
  equal(row.contact_id, person, 'its id')
})

test('busy is busy', async () => {
  const uas = carrier('busy', [called(), reply(486), recv('ACK')])
  const id = await dial([1, 2])
  await uas.done
  await ends(id, { status: 'busy', cause: 'busy', sip: 486 })
})

test('a number that does not exist fails with a reason for a person', async () => {
  const uas = carrier('notfound', [called(), reply(404), recv('ACK')])
  const id = await dial([1])
  await uas.done
  const row = await ends(id, { status: 'failed', cause: 'invalid_number', sip: 404 })
  ok(row.message.includes('does not exist'), row.message)
})

test('after 503 the second target is called', async () => {
  const first = carrier('unavailable', [called(), reply(503), recv('ACK')])
  const second = carrier('answered', [...answered, ...answerBye], 2)
  const id = await dial([1, 2])
  await first.done
  await talking(id)
  await hangup(id)
  await second.done
  const row = await ends(id, { status: 'completed', cause: 'hangup' })
  equal(row.trunk_id, trunks[2], 'the trunk of the row')
})

test('a next target with other codecs gets an offer of its own', async () => {
  const first = carrier('unavailable', [called(), reply(503), recv('ACK')])
  const second = carrier('alaw', [called(['Content-Type:', 'sdp']), reply(486), recv('ACK')], 2)
  const id = await dial([1, 'alaw'])
  await first.done
  await second.done
  await ends(id, { status: 'busy', cause: 'busy' })
  const offers = [first, second].map(u => /m=audio \d+ RTP\/AVP ([\d ]+)/.exec(u.received()[0])[1])
  ok(offers[0].startsWith('0 8') && offers[1].startsWith('8') && !/\b0\b/.test(offers[1]), `offers: ${offers}`)
})

test('a target that says nothing is left after five seconds', async () => {
  const second = carrier('answered', [...answered, ...answerBye], 2)
  const id = await dial(['silent', 2])
  await stack.until(() => stack.live.some(e => e.call_id === id && e.status === 'in-progress'), 8000, 'the answer of the second')
  await hangup(id)
  await second.done
  await ends(id, { status: 'completed', cause: 'hangup' })
})

test('when nobody is left the trunk is down', async () => {
  const id = await dial(['silent'])
  await stack.changed(id, e => e.status === 'failed', 10000)
  await ends(id, { status: 'failed', cause: 'trunk_down' })
})

test('nobody answers: CANCEL after the ring time', async () => {
  const uas = carrier('noanswer', [called(), reply(180), recv('CANCEL'), reply(200, { tag: '' }), reply(487, { seq: 1 }), recv('ACK')])
  const id = await dial([1], { ring_s: 2 })
  await uas.done
  await ends(id, { status: 'no-answer', cause: 'no_answer', by: 'system' })
})

test('the agent gives up while it rings', async () => {
  const uas = carrier('cancelled', [called(), reply(180), recv('CANCEL'), reply(200, { tag: '' }), reply(487, { seq: 1 }), recv('ACK')])
  const id = await dial([1])
  await stack.changed(id, e => e.status === 'ringing')
  await hangup(id)
  await uas.done
  await ends(id, { status: 'canceled', cause: 'canceled', by: 'agent' })
})

test('a 200 that crosses the CANCEL is acknowledged and hung up', async () => {
  const uas = carrier('crossing', [called(), reply(180), recv('CANCEL'), reply(200, { tag: '' }),
    reply(200, { body: sdp(), seq: 1 }), recv('ACK'), ...answerBye])
  const id = await dial([1])
  await stack.changed(id, e => e.status === 'ringing')
  await hangup(id)
  await uas.done
  await ends(id, { status: 'canceled', cause: 'canceled' })
})

test('a CANCEL waits for the first provisional answer', async () => {
  const uas = carrier('late', [called(), pause(1500), reply(100, { tag: '' }), recv('CANCEL'), reply(200, { tag: '' }), reply(487, { seq: 1 }), recv('ACK')])
  const id = await dial([1])
  await came(uas, 'INVITE')
  await hangup(id)
  await uas.done
  const trace = uas.messages()
  ok(trace.indexOf('SIP/2.0 100') > 0 && trace.indexOf('SIP/2.0 100') < trace.indexOf('CANCEL sip:'), 'a CANCEL came, after the provisional answer')
})

test('early media reaches the agent before the answer', async () => {
  const uas = carrier('early', [called(), reply(183, { body: sdp() }), pause(500), reply(180), pause(200), reply(200, { body: sdp(), retrans: true }), recv('ACK'), ...answerBye])
  const id = await dial([1])
  await stack.changed(id, e => e.early && e.status === 'ringing')
  await talking(id)
  await hangup(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'hangup' })
})

test('the far side hangs up', async () => {
  const uas = carrier('bye', [...answered, pause(300), request('BYE'), recv(200)])
  const id = await dial([1])
  await talking(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'hangup', by: 'customer' })
})

test('the far side holds and resumes by re-INVITE', async () => {
  const uas = carrier('theyhold', [...answered, pause(200),
    request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) }), recv(100, { optional: true }), recv(200, { check: ['body', 'a=(recvonly|inactive)'] }), request('ACK', { retrans: false }),
    pause(200), request('INVITE', { seq: 2, body: sdp({ version: 3 }) }), recv(100, { optional: true }), recv(200, { check: ['body', 'm=audio [1-9]'] }), request('ACK', { seq: 2, retrans: false }),
    pause(100), request('BYE', { seq: 3 }), recv(200)])
  const id = await dial([1])
  await talking(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'hangup', by: 'customer' })
})

test('an offer that media cannot take gets 488 and the call goes on', async () => {
  const uas = carrier('t38', [...answered, pause(200),
    request('INVITE', { body: ['Content-Type: application/sdp', 'Content-Length: [len]', '', 'v=0', 'o=- 1 2 IN IP4 [local_ip]', 's=-', 'c=IN IP4 [local_ip]', 't=0 0', 'm=image 6004 udptl t38'] }),
    recv(100, { optional: true }), recv(488), request('ACK', { retrans: false, back: 3 }), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await went(uas, 'ACK')
  await hangup(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'hangup', by: 'agent' })
})

test('the agent holds and resumes', async () => {
  const uas = carrier('wehold', [...answered, recv('INVITE', { check: ['body', 'a=(sendonly|inactive)'] }), reply(200, { tag: '', body: sdp({ direction: 'recvonly', version: 2 }) }), recv('ACK'),
    recv('INVITE', { check: ['body', 'a=sendrecv'] }), reply(200, { tag: '', body: sdp({ version: 3 }) }), recv('ACK'), ...answerBye])
  const id = await dial([1])
  await talking(id)
  equal((await stack.request('call.hold', { call_id: id })).status, 200, 'hold')
  await stack.changed(id, e => e.held)
  await came(uas, 'ACK', 2)
  equal((await stack.request('call.unhold', { call_id: id })).status, 200, 'unhold')
  await stack.changed(id, e => !e.held && e.version > 4)
  await came(uas, 'ACK', 3)
  await hangup(id)
  await uas.done
})

test('two offers at once: 491, and ours comes again', async () => {
  const uas = carrier('glare', [...answered, recv('INVITE'), reply(491, { tag: '' }), recv('ACK'), recv('INVITE', { timeout: 6000 }), reply(200, { tag: '', body: sdp({ direction: 'recvonly', version: 2 }) }), recv('ACK'), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await stack.request('call.hold', { call_id: id })
  await came(uas, 'ACK', 3) // of the answer, of 491, of the second re-INVITE
  await hangup(id)
  await uas.done
})

test('a 200 to our re-INVITE that is repeated is acknowledged again', async () => {
  const uas = carrier('repeat', [...answered, recv('INVITE', { remember: true }), reply(200, { tag: '', body: sdp({ version: 2 }) }), recv('ACK'),
    pause(100), reply(200, { body: sdp({ version: 2 }), seq: 2 }), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await stack.request('call.hold', { call_id: id })
  await stack.until(() => acks(uas, 2) >= 2, 8000, 'a second ACK of the re-INVITE')
  await hangup(id)
  await uas.done
})

test('a 200 that is repeated gets its ACK again', async () => {
  const uas = carrier('again', [called(), reply(200, { body: sdp() }), recv('ACK'), pause(300), reply(200, { body: sdp(), seq: 1 }), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await stack.until(() => acks(uas, 1) >= 2, 8000, 'a second ACK of the INVITE')
  await hangup(id)
  await uas.done
})

test('a second far end that answers is thanked and hung up', async () => {
  const uas = carrier('fork', [called(), reply(180, { tag: 'first' }), reply(180, { tag: 'second' }), reply(200, { tag: 'first', body: sdp() }), recv('ACK', { check: ['To:', 'tag=first'] }),
    reply(200, { tag: 'second', body: sdp(), seq: 1 }),
    recv('ACK', { check: ['To:', 'tag=second'] }), recv('BYE', { check: ['To:', 'tag=second'] }), reply(200, { tag: '' }),
    recv('BYE', { check: ['To:', 'tag=first'] }), reply(200, { tag: '' })])
  const id = await dial([1])
  await talking(id)
  await came(uas, 'BYE') // of the second
  await hangup(id)
  await uas.done
})

test('407 is answered with a digest', async () => {
  const uas = carrier('digest', [called(), reply(407, { headers: ['Proxy-Authenticate: Digest realm="carrier", nonce="abc123", qop="auth", opaque="oo", algorithm=MD5'] }), recv('ACK'),
    recv('INVITE'), reply(200, { body: sdp() }), recv('ACK'), ...answerBye])
  const id = await dial(['auth'])
  await talking(id)
  await hangup(id)
  await uas.done
  const second = uas.received().filter(m => m.startsWith('INVITE'))[1]
  const of = name => new RegExp(`${name}="?([^",\\r\\n]+)`).exec(second)?.[1]
  const md5 = text => createHash('md5').update(text).digest('hex')
  equal(of('response'), md5([md5('agent7:carrier:right'), 'abc123', of('nc'), of('cnonce'), 'auth', md5(`INVITE:${of(' uri')}`)].join(':')), 'the digest')
  ok(/nc=00000001/.test(second) && /CSeq: 2 INVITE/.test(second), 'nc and CSeq of the second INVITE')
  ok(/opaque="oo"/.test(second), 'opaque comes back')
})

test('401 with SHA-256 beside MD5 is answered with SHA-256', async () => {
  const uas = carrier('sha256', [called(), reply(401, { headers: ['WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5', 'WWW-Authenticate: Digest realm="carrier", nonce="n2", qop="auth", algorithm=SHA-256'] }), recv('ACK'),
    recv('INVITE', { check: ['Authorization:', 'nonce=.n2.*algorithm=SHA-256'] }), reply(486), recv('ACK')])
  const id = await dial(['auth'])
  await uas.done
  await ends(id, { status: 'busy', cause: 'busy' })
})

test('a wrong password is tried once and never in a loop', async () => {
  const challenge = { headers: ['Proxy-Authenticate: Digest realm="carrier", nonce="abc", qop="auth"'] }
  const uas = carrier('wrongpw', [called(), reply(407, challenge), recv('ACK'), recv('INVITE'), reply(407, challenge), recv('ACK'), pause(1500)])
  const id = await dial(['auth'])
  await uas.done
  await ends(id, { status: 'failed', cause: 'provider_refused' })
  equal(uas.received().filter(m => m.startsWith('INVITE')).length, 2, 'INVITEs')
})

test('a stale nonce is answered again', async () => {
  const uas = carrier('stale', [called(), reply(407, { headers: ['Proxy-Authenticate: Digest realm="carrier", nonce="old", qop="auth"'] }), recv('ACK'),
    recv('INVITE'), reply(407, { headers: ['Proxy-Authenticate: Digest realm="carrier", nonce="new", qop="auth", stale=true'] }), recv('ACK'),
    recv('INVITE', { check: ['Proxy-Authorization:', 'nonce=.new.'] }), reply(486), recv('ACK')])
  const id = await dial(['auth'])
  await uas.done
  await ends(id, { status: 'busy', cause: 'busy' })
})

test('403 is the provider refusing', async () => {
  const uas = carrier('forbidden', [called(), reply(403), recv('ACK')])
  const id = await dial([1, 2])
  await uas.done
  await ends(id, { status: 'failed', cause: 'provider_refused', sip: 403 })
})

test('a redirection is not followed', async () => {
  const uas = carrier('redirect', [called(), reply(302, { headers: ['Contact: <sip:+19005550100@127.0.0.12>'] }), recv('ACK')])
  const id = await dial([1])
  await uas.done
  await ends(id, { status: 'failed', cause: 'redirected', sip: 302 })
})

test('a session is refreshed by UPDATE at half its time', async () => {
  const uas = carrier('timer', [called(['Session-Expires:', '1800'], ['Supported:', 'timer'], ['Min-SE:', '90']),
    reply(200, { body: sdp(), headers: ['Allow: INVITE, ACK, BYE, CANCEL, UPDATE', 'Require: timer', 'Session-Expires: 4;refresher=uac'] }), recv('ACK'),
    recv('UPDATE', { timeout: 8000, check: ['Session-Expires:', '4;refresher=uac'] }), reply(200, { tag: '', headers: ['Session-Expires: 90;refresher=uac'] }), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await came(uas, 'UPDATE')
  await went(uas, 'SIP/2.0 200', 2)
  await hangup(id)
  await uas.done
})

test('without UPDATE the refresh is a re-INVITE', async () => {
  const uas = carrier('timer2', [called(), reply(200, { body: sdp(), headers: ['Allow: INVITE, ACK, BYE, CANCEL', 'Session-Expires: 4;refresher=uac'] }), recv('ACK'),
    recv('INVITE', { timeout: 8000 }), reply(200, { tag: '', body: sdp(), headers: ['Session-Expires: 90;refresher=uac'] }), recv('ACK'), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await came(uas, 'ACK', 2)
  await hangup(id)
  await uas.done
})

test('a far side that does not refresh in time is hung up', async () => {
  const uas = carrier('expired', [called(), reply(200, { body: sdp(), headers: ['Session-Expires: 6;refresher=uas'] }), recv('ACK'), ...answerBye])
  const id = await dial([1])
  await talking(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'trunk_lost', by: 'system' })
})

test('422 is answered with the longer time', async () => {
  const uas = carrier('toosmall', [called(), reply(422, { headers: ['Min-SE: 3600'] }), recv('ACK'), recv('INVITE', { check: ['Session-Expires:', '3600'] }), reply(486), recv('ACK')])
  const id = await dial([1])
  await uas.done
  await ends(id, { status: 'busy', cause: 'busy' })
})

test('a trunk without session timer, with P-Asserted-Identity', async () => {
  const uas = carrier('plain', [called(['P-Asserted-Identity:', 'sip:.4930111@127.0.0.11'], ['From:', 'sip:acct@127.0.0.11']), reply(486), recv('ACK')])
  const id = await dial(['plain'])
  await uas.done
  await ends(id, { status: 'busy', cause: 'busy' })
  ok(!/Session-Expires/.test(uas.received()[0]), 'no Session-Expires')
})

test('keys go as SIP INFO where the trunk wants that', async () => {
  const uas = carrier('info', [...answered, recv('INFO', { check: ['body', 'Signal=5'] }), reply(200, { tag: '' }), recv('INFO', { check: ['body', 'Signal=#'] }), reply(200, { tag: '' }), ...answerBye])
  const id = await dial(['info'])
  await talking(id)
  equal((await stack.request('call.dtmf', { call_id: id, digits: '5#' })).status, 200, 'dtmf')
  await came(uas, 'INFO', 2)
  await went(uas, 'SIP/2.0 200', 3)
  await hangup(id)
  await uas.done
})

test('keys that come as SIP INFO reach the agent', async () => {
  const uas = carrier('theirinfo', [...answered, pause(200), request('INFO', { body: ['Content-Type: application/dtmf-relay', 'Content-Length: [len]', '', 'Signal=7', 'Duration=160'] }), recv(200), ...answerBye])
  const id = await dial([1])
  await stack.until(() => stack.live.some(e => e.type === 'call.dtmf_received' && e.call_id === id && e.digit === '7'), 5000, 'the key')
  await hangup(id)
  await uas.done
})

test('keys before anybody listens are refused, and bad ones', async () => {
  const uas = carrier('cancelled', [called(), reply(180), recv('CANCEL'), reply(200, { tag: '' }), reply(487, { seq: 1 }), recv('ACK')])
  const id = await dial([1])
  await stack.changed(id, e => e.status === 'ringing')
  equal((await stack.request('call.dtmf', { call_id: id, digits: '5' })).error, 'not_talking', 'early keys')
  equal((await stack.request('call.dtmf', { call_id: id, digits: '5x' })).error, 'bad_digits', 'bad keys')
  await hangup(id)
  await uas.done
})

test('calls go by TCP', async () => {
  const uas = carrier('tcp', [called(), reply(180), reply(200, { body: sdp() }), recv('ACK'), ...answerBye], 3, { port: ports.tcp, transport: 't1' })
  const id = await dial(['tcp'])
  await talking(id)
  await hangup(id)
  await uas.done
  await ends(id, { status: 'completed', cause: 'hangup' })
})

test('a trunk with all channels taken is passed over', async () => {
  const uas = carrier('answered', [...answered, ...answerBye])
  const first = await dial(['full'])
  await talking(first)
  const second = await dial(['full'])
  await ends(second, { status: 'failed', cause: 'trunk_down' })
  await hangup(first)
  await uas.done
})

test('another tab takes over the audio', async () => {
  const uas = carrier('answered', [...answered, ...answerBye])
  const id = await dial([1])
  await talking(id)
  const r = await stack.request('call.attach', { call_id: id, sdp: offer(99), session: 'gw/2' })
  equal(r.status, 200, 'attach')
  ok(r.sdp.includes('a=ice-lite'), 'an answer')
  await stack.changed(id, e => e.session === 'gw/2')
  const list = await stack.request('call.list')
  equal(list.calls.find(c => c.call_id === id)?.session, 'gw/2', 'the list')
  await hangup(id)
  await uas.done
})

test('a silent browser ends the call by itself', async () => {
  const uas = carrier('answered', [...answered, ...answerBye])
  const id = await dial([1])
  await talking(id)
  await stack.until(() => stack.live.some(e => e.call_id === id && e.status === 'completed'), 15000, 'the end')
  await uas.done
  await ends(id, { status: 'completed', cause: 'browser_lost', by: 'system' })
})

test('a refused route ends the call with the word of the router', async () => {
  stack.routes({ 'route.outbound': { error: 'destination_forbidden' } })
  const r = await stack.request('call.dial', { to: '+19005550100', sdp: offer(3), session: 'gw/1', key: 'forbidden' })
  const row = await ends(r.call_id, { status: 'failed', cause: 'destination_forbidden' })
  equal(row.message, 'There is no route.', 'the sentence of the router')
})

test('a broken offer of the browser fails cleanly', async () => {
  stack.routes({ 'route.outbound': { to: number, from: '', targets: [target(1)] } })
  const r = await stack.request('call.dial', { to: number, sdp: 'v=0\r\nno sdp at all', session: 'gw/1', key: 'broken' })
  await ends(r.call_id, { status: 'failed', cause: 'media' })
})

test('click-to-call rings the tab first and then dials', async () => {
  const uas = carrier('answered', [...answered, ...answerBye])
  await uas.bound()
  stack.routes({ 'route.outbound': { to: number, from: '+4930111', ring_s: 20, targets: [target(1)] } })
  const r = await stack.request('call.dial', { to: number, key: 'click' })
  await stack.changed(r.call_id, e => e.status === 'initiated' && e.version > 1)
  const answer = await stack.request('call.answer', { call_id: r.call_id, sdp: offer(5), session: 'gw/3' })
  ok(answer.sdp?.includes('a=ice-lite'), 'the tab got its answer')
  await talking(r.call_id)
  await hangup(r.call_id)
  await uas.done
  await ends(r.call_id, { status: 'completed', cause: 'hangup' })
})

test('a call of somebody else is no call', async () => {
  const r = await stack.request('call.hangup', { call_id: '01a20000-0000-7000-8000-000000000000' })
  equal(r.error, 'no_such_call', 'an unknown id')
})

test('no call is left over', async () => {
  await stack.until(() => stack.sql('select count(*) from voip.calls where ended_at is null') === '0', 5000, 'all rows to end')
  equal(stack.sql('select count(*) from voip.calls c where not exists (select from voip.call_legs l where l.call_id = c.id)'), '0', 'calls without legs')
  const list = await stack.request('call.list')
  equal(list.calls.length, 0, 'live calls')
})

await main(stack)
