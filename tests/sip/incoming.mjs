// A trunk calls; sipp is the carrier that calls, the driver the gateway whose user is rung.
import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { freePort } from '../lib/ports.mjs'
import { Stack } from './lib/stack.mjs'
import { sipp } from './lib/sipp.mjs'
import { offer } from './lib/browser.mjs'
import { ackRefusal, answerBye, called, cancel, inside, invite, pause, recv, recvOk, reply, sdp } from './lib/scenario.mjs'
import { equal, main, ok, test } from './lib/tap.mjs'

const did = '+4930555000'
let far
const stack = new Stack({
  beforeController: async s => {
    s.lab = s.trunk({ host: '', allowed_ips: '{127.0.0.2/32}', session_timer: true })
    s.farPort = await freePort('127.0.0.16')
    far = s.trunk({ host: '127.0.0.16', port: s.farPort })
    const person = '01a20000-0000-7000-8000-000000000001'
    s.sql(`insert into voip.persons (org_id, id, name, company) values ('${s.org}', '${person}', 'Grace Hopper', 'Navy');
      insert into voip.contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9) values ('${s.org}', '+491701234567', 'person', '${person}', '0170 1234567', '701234567')`)
  },
})
let uacPort
const caller = async (name, steps, more = {}) => {
  uacPort = await freePort('127.0.0.2')
  return sipp(stack.dir, name, steps, { host: '127.0.0.2', port: uacPort, remote: `127.0.0.1:${more.tls ? stack.tlsPort : stack.sipPort}`, ...more })
}
const toUser = (ring_s = 20) => stack.routes({ 'route.inbound': { did, from: '+491701234567', action: 'user', ring_s } })
const alerts = on => stack.tell({ type: 'alerts', on })
const seen = new Set()
const ringing = async () => {
  const call = await stack.until(() => stack.live.find(e => e.type === 'call.changed' && e.direction === 1 && e.status === 'ringing' && !seen.has(e.call_id)), 5000, 'a ringing call')
  seen.add(call.call_id)
  return call
}
const answer = (call, n = 1) => stack.request('call.answer', { call_id: call.call_id, sdp: offer(n), session: `gw/${n}` })

async function ends(id, { status, cause, by }) {
  const row = await stack.row(id)
  equal(row.status, status, 'status')
  equal(row.cause, cause, 'cause')
  if (by) equal(row.hangup_by, by, 'hangup_by')
  return row
}

test('a call rings the user, is answered, and the caller hangs up', async () => {
  await toUser()
  alerts(true)
  const uac = await caller('call', [invite(), recv(100, { optional: true }), recv(180), recvOk(['body', 'm=audio [1-9]']), inside('ACK', { seq: 1 }), pause(300), inside('BYE', { seq: 2 }), recv(200)])
  const call = await ringing()
  equal(call.did, did, 'the number called')
  const r = await answer(call)
  equal(r.status, 200, 'answer')
  ok(r.sdp.includes('a=ice-lite'), 'the answer of media')
  await stack.changed(call.call_id, e => e.status === 'in-progress' && e.session === 'gw/1')
  equal((await answer(call, 2)).error, 'already_answered', 'the second tab')
  await uac.done
  const row = await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'customer' })
  equal(row.contact_name, 'Grace Hopper', 'the contact')
  equal(row.contact_type, 'person', 'the kind of contact')
  equal(row.user_id, stack.user, 'whose call it was')
})

test('the agent hangs up', async () => {
  const uac = await caller('agentbye', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), recv('BYE'), reply(200, { tag: '' })])
  const call = await ringing()
  await answer(call)
  await stack.changed(call.call_id, e => e.status === 'in-progress')
  await stack.request('call.hangup', { call_id: call.call_id })
  await uac.done
  await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'agent' })
})

test('of several who are rung, the one who answered is in the history, and only he holds the call', async () => {
  alerts(true)
  const bob = randomUUID()
  await stack.routes({ 'route.inbound': { did, from: '+491701234567', action: 'user', ring_s: 20, users: [[stack.user, 'Ann Agent'], [bob, 'Bob "B" Brown']] } })
  const uac = await caller('several', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), recv('BYE'), reply(200, { tag: '' })])
  const call = await ringing()
  equal(call.user_name, '', 'nobody took it yet')
  equal((await stack.request('call.answer', { call_id: call.call_id, user: bob, sdp: offer(1), session: 'gw/bob' })).status, 200, 'he answers')
  const changed = await stack.changed(call.call_id, e => e.status === 'in-progress')
  equal(changed.user, bob, 'whose call it is')
  equal(changed.user_name, 'Bob "B" Brown', 'and his name')
  for (const [type, more] of [['call.hangup'], ['call.decline'], ['call.hold'], ['call.dtmf', { digits: '1' }], ['call.attach', { sdp: offer(2), session: 'gw/ann' }], ['call.answer', { sdp: offer(2), session: 'gw/ann' }]]) {
    const refused = await stack.request(type, { call_id: call.call_id, ...more })
    equal(refused.error, 'already_answered', `${type} of who only rang`)
  }
  equal((await stack.request('call.hangup', { call_id: call.call_id, user: randomUUID() })).error, 'no_such_call', 'a stranger')
  equal((await stack.request('call.list')).calls.length, 0, 'it is no call of who only rang')
  equal((await stack.request('call.hangup', { call_id: call.call_id, user: bob })).status, 200, 'he hangs up')
  await uac.done
  const row = await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'agent' })
  equal(row.user_id, bob, 'who answered')
  equal(row.user_name, 'Bob "B" Brown', 'his name')
  await toUser()
})

test('who may supervise ends the call of another', async () => {
  await toUser()
  alerts(true)
  const uac = await caller('supervised', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), recv('BYE'), reply(200, { tag: '' })])
  const call = await ringing()
  await answer(call)
  await stack.changed(call.call_id, e => e.status === 'in-progress')
  equal((await stack.request('call.hangup', { call_id: call.call_id, user: '' })).status, 200, 'the gateway looked itself')
  await uac.done
  await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'agent' })
})

test('of organisations with the same carrier, the one whose number was called gets the call', async () => {
  alerts(true)
  const org = '01a20000-0000-7000-8000-0000000000b1', trunk = '01a20000-0000-7000-8000-0000000000b2'
  stack.sql(`insert into voip.orgs (id, name) values ('${org}', 'Other');
    insert into voip.providers (org_id, id, name, driver) values ('${org}', '${org}', 'p', 'sip');
    insert into voip.trunks (org_id, id, provider_id, name, host, allowed_ips, options_interval_s, priority) values ('${org}', '${trunk}', '${org}', 'theirs', '', '{127.0.0.2/32}', 0, 9)`)
  const loads = stack.log('controller').split('trunks.loaded').length
  await stack.until(() => stack.log('controller').split('trunks.loaded').length > loads, 40000, 'the trunk to be known')
  await stack.routes({ 'route.inbound': { did, from: '+491701234567', action: 'user', ring_s: 20, trunk } })
  const uac = await caller('shared', [invite(), recv(100), recv(480), ackRefusal({ back: 3 })])
  const call = await ringing()
  equal((await answer(call)).error, 'no_such_call', 'to our organisation it is no call')
  await uac.done
  await stack.row(call.call_id)
  equal(stack.sql(`select org_id || ' ' || trunk_id || ' ' || trunk_name from voip.calls where id = '${call.call_id}'`), `${org} ${trunk} theirs`, 'whose call it is')
  await toUser()
  stack.sql(`delete from voip.trunks where id = '${trunk}'`)
})

test('a missed call has the name of who was rung', async () => {
  alerts(true)
  await stack.routes({ 'route.inbound': { did, from: '+491701234567', action: 'user', ring_s: 1, users: [[stack.user, 'Ann Agent']] } })
  const uac = await caller('missed', [invite(), recv(100, { optional: true }), recv(180), recv(480), ackRefusal({ back: 4 })])
  const call = await ringing()
  await uac.done
  equal((await ends(call.call_id, { status: 'no-answer', cause: 'no_answer' })).user_name, 'Ann Agent', 'his name')
  await toUser()
})

test('the user declines: 486', async () => {
  const uac = await caller('decline', [invite(), recv(100, { optional: true }), recv(180), recv(486), ackRefusal({ back: 4 })])
  const call = await ringing()
  equal((await stack.request('call.decline', { call_id: call.call_id })).status, 200, 'decline')
  await uac.done
  await ends(call.call_id, { status: 'busy', cause: 'declined', by: 'agent' })
})

test('the caller gives up', async () => {
  const uac = await caller('giveup', [invite(), recv(100, { optional: true }), recv(180), pause(300), cancel().replace('[branch-1]', '[branch-4]'), recv(200), recv(487), ackRefusal({ back: 7 })])
  const call = await ringing()
  await uac.done
  await ends(call.call_id, { status: 'canceled', cause: 'caller_hung_up', by: 'customer' })
})

test('nobody is signed in: 480 after two seconds', async () => {
  alerts(false)
  const started = Date.now()
  const uac = await caller('nobody', [invite(), recv(100), recv(480), ackRefusal({ back: 3 })])
  const call = await ringing()
  await uac.done
  ok(Date.now() - started < 5000, 'in time')
  await ends(call.call_id, { status: 'no-answer', cause: 'nobody_available', by: 'system' })
  alerts(true)
})

test('nobody answers: 480 after the ring time', async () => {
  await toUser(1)
  const uac = await caller('noanswer', [invite(), recv(100, { optional: true }), recv(180), recv(480), ackRefusal({ back: 4 })])
  const call = await ringing()
  await uac.done
  await ends(call.call_id, { status: 'no-answer', cause: 'no_answer', by: 'system' })
  await toUser()
})

test('an unknown number gets 404', async () => {
  await stack.routes({ 'route.inbound': { error: 'no_route' } })
  const uac = await caller('unknown', [invite(), recv(100, { optional: true }), recv(404), ackRefusal({ back: 3 })])
  await uac.done
  await toUser()
})

test('numbers that are no text are kept out of the rows', async () => {
  const before = stack.sql('select count(*) from voip.calls')
  await stack.routes({ 'route.inbound': { error: 'no_route' } })
  await (await caller('bytes', [invite({ from: '%ff%fe' }), recv(100, { optional: true }), recv(404), ackRefusal({ back: 3 })])).done
  await stack.until(() => Number(stack.sql('select count(*) from voip.calls')) === Number(before) + 1, 5000, 'a row of the call')
  equal(stack.sql('select from_number from voip.calls order by id desc limit 1'), '', 'the caller')
  await (await caller('bytes-did', [invite({ to: '%ff%fe' }), recv(100, { optional: true }), recv(404), ackRefusal({ back: 3 })])).done
  await toUser()
})

test('an INVITE without offer gets ours in the 200', async () => {
  const uac = await caller('offerless', [invite({ body: null }), recv(100, { optional: true }), recv(180), recvOk(['body', 'm=audio [1-9][0-9]+ RTP/AVP']), inside('ACK', { seq: 1, body: sdp() }), pause(200),
    inside('BYE', { seq: 2 }), recv(200)])
  const call = await ringing()
  await answer(call)
  await uac.done
  await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'customer' })
})

test('the caller holds by re-INVITE and sends keys by INFO', async () => {
  const uac = await caller('hold', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), pause(100),
    inside('INVITE', { seq: 2, body: sdp({ direction: 'sendonly', version: 2 }) }), recv(100, { optional: true }), recvOk(['body', 'a=(recvonly|inactive)']), inside('ACK', { seq: 2 }),
    inside('INFO', { seq: 3, body: ['Content-Type: application/dtmf', 'Content-Length: [len]', '', '9'] }), recv(200),
    inside('INFO', { seq: 4, body: ['Content-Type: application/broadsoft', 'Content-Length: [len]', '', 'play tone CallWaitingTone1'] }), recv(415),
    inside('OPTIONS', { seq: 5 }), recv(200), inside('BYE', { seq: 6 }), recv(200)])
  const call = await ringing()
  await answer(call)
  await stack.until(() => stack.live.some(e => e.type === 'call.dtmf_received' && e.call_id === call.call_id && e.digit === '9'), 5000, 'the key')
  await uac.done
})

test('an offer without a codec of ours gets 488', async () => {
  const uac = await caller('codec', [invite({ body: sdp({ codecs: '18' }) }), recv(100, { optional: true }), recv(180), recv(488), ackRefusal({ back: 4 })])
  const call = await ringing()
  const r = await answer(call)
  equal(r.error, 'media', 'the tab learns it')
  await uac.done
  await ends(call.call_id, { status: 'failed', cause: 'media' })
})

test('a session interval that is too small gets 422', async () => {
  const uac = await caller('small', [invite({ headers: ['Supported: timer', 'Session-Expires: 30'] }), recv(422, { check: ['Min-SE:', '90'] }), ackRefusal({ back: 2 })])
  await uac.done
})

test('a caller with session timer refreshes, and his silence ends the call', async () => {
  const uac = await caller('timer', [invite({ headers: ['Supported: timer', 'Session-Expires: 90;refresher=uac'] }), recv(100, { optional: true }), recv(180), recvOk(['Session-Expires:', '90;refresher=uac']),
    inside('ACK', { seq: 1 }), inside('UPDATE', { seq: 2, headers: ['Supported: timer', 'Session-Expires: 90;refresher=uac'] }), recv(200, { check: ['Session-Expires:', '90'] }), inside('BYE', { seq: 3 }), recv(200)])
  const call = await ringing()
  await answer(call)
  await uac.done
})

test('a 200 without ACK is repeated and in the end hung up', async () => {
  const uac = await caller('noack', [invite(), recv(100, { optional: true }), recv(180), recvOk(), recv('BYE', { timeout: 60000 }), reply(200, { tag: '' })], { timeout: 60, args: ['-recv_timeout', '60000'] })
  const call = await ringing()
  await answer(call)
  await stack.until(() => stack.live.some(e => e.call_id === call.call_id && e.status === 'completed'), 45000, 'the end')
  await uac.done
})

test('calls come by TCP', async () => {
  const uac = await caller('tcp', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), pause(200), inside('BYE', { seq: 2 }), recv(200)], { transport: 't1' })
  const call = await ringing()
  await answer(call)
  await uac.done
  await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'customer' })
})

test('OPTIONS says what we can', async () => {
  const answer = await ask('127.0.0.2', msg('OPTIONS', { to: 'sip:x@127.0.0.1' }))
  ok(answer.startsWith('SIP/2.0 200'), answer)
  ok(/Allow: .*UPDATE/.test(answer) && /Accept: application\/sdp/.test(answer), answer)
})

test('a request outside of any dialog gets 481', async () => {
  const answer = await ask('127.0.0.2', msg('BYE', { to: 'sip:x@127.0.0.1', toTag: 'nope' }))
  ok(answer.startsWith('SIP/2.0 481'), answer)
})

test('the same INVITE over another path gets 482', async () => {
  await toUser(1)
  const one = msg('INVITE', { to: `sip:${did}@127.0.0.1`, callId: 'merged@x', branch: 'z9hG4bKm1' })
  const two = msg('INVITE', { to: `sip:${did}@127.0.0.1`, callId: 'merged@x', branch: 'z9hG4bKm2' })
  const answer = await ask('127.0.0.2', [one, two], { wanted: 'SIP/2.0 482' })
  ok(answer, 'no 482')
  const call = await ringing()
  await ends(call.call_id, { status: 'no-answer', cause: 'no_answer' })
  await toUser()
})

test('strangers get silence, whatever they send', async () => {
  for (const text of [msg('OPTIONS', { to: 'sip:x@127.0.0.1' }), msg('INVITE', { to: `sip:${did}@127.0.0.1` }), msg('REGISTER', { to: 'sip:x@127.0.0.1' }), 'hello?\r\n\r\n']) {
    equal(await ask('127.0.0.3', text, { wait: 300 }), null, 'an answer to a stranger')
  }
  ok(stack.log('controller').includes('"event":"sip.stranger"'), 'it is logged')
})

test('a call goes out again by another trunk', async () => {
  await stack.routes({ 'route.inbound': { did, from: '+491701234567', action: 'external', ring_s: 20, targets: [{ trunk: far, to: '+4989777', from: '+491701234567' }] } })
  const uas = sipp(stack.dir, 'far', [called(), reply(180), pause(100), reply(200, { body: sdp({ port: 6002 }) }), recv('ACK'), ...answerBye], { host: '127.0.0.16', port: stack.farPort })
  await uas.bound()
  const uac = await caller('forward', [invite(), recv(100, { optional: true }), recv(180), recvOk(['body', 'm=audio [1-9]']), inside('ACK', { seq: 1 }), pause(300), inside('BYE', { seq: 2 }), recv(200)])
  await uac.done
  await uas.done
  const id = stack.sql('select id from voip.calls order by id desc limit 1')
  const row = await ends(id, { status: 'completed', cause: 'hangup', by: 'customer' })
  equal(row.direction, 'inbound', 'direction')
  equal(row.user_id, null, 'user')
})

test('a forwarded call that is refused there is refused here', async () => {
  const uas = sipp(stack.dir, 'farbusy', [called(), reply(486), recv('ACK')], { host: '127.0.0.16', port: stack.farPort })
  await uas.bound()
  const uac = await caller('forwardbusy', [invite(), recv(100, { optional: true }), recv(486), ackRefusal({ back: 3 })])
  await uac.done
  await uas.done
})

test('early media of a forwarded call reaches the caller', async () => {
  const uas = sipp(stack.dir, 'farearly', [called(), reply(183, { body: sdp({ port: 6002 }) }), pause(200), reply(200, { body: sdp({ port: 6002 }) }), recv('ACK'), ...answerBye], { host: '127.0.0.16', port: stack.farPort })
  await uas.bound()
  const uac = await caller('forwardearly', [invite(), recv(100, { optional: true }), recv(183, { check: ['body', 'm=audio [1-9]'] }), recvOk(), inside('ACK', { seq: 1 }), pause(200), inside('BYE', { seq: 2 }), recv(200)])
  await uac.done
  await uas.done
})

test('the caller of a forwarded call gives up: CANCEL goes on', async () => {
  const uas = sipp(stack.dir, 'farcancel', [called(), reply(180), recv('CANCEL'), reply(200, { tag: '' }), reply(487, { seq: 1 }), recv('ACK')], { host: '127.0.0.16', port: stack.farPort })
  await uas.bound()
  const uac = await caller('forwardcancel', [invite(), recv(100, { optional: true }), recv(180), pause(200), cancel().replace('[branch-1]', '[branch-4]'), recv(200), recv(487), ackRefusal({ back: 7 })])
  await uac.done
  await uas.done
  await toUser()
})

test('no call is left over', async () => {
  await stack.until(() => stack.sql('select count(*) from voip.calls where ended_at is null') === '0', 5000, 'all rows to end')
})

test('media that died ends its calls, and new ones find its successor', async () => {
  const uac = await caller('medialost', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), recv('BYE'), reply(200, { tag: '' })])
  const call = await ringing()
  await answer(call)
  await stack.changed(call.call_id, e => e.status === 'in-progress')
  await stack.stop(stack.mediaProcess, 'SIGKILL')
  await uac.done
  await ends(call.call_id, { status: 'completed', cause: 'media_lost', by: 'system' })
  const refused = await caller('nomedia', [invite(), recv(100, { optional: true }), recv(503), ackRefusal({ back: 3 })])
  await refused.done
  const ups = stack.log('controller').split('"event":"media.up"').length
  stack.startMedia()
  await stack.until(() => stack.log('controller').split('"event":"media.up"').length > ups, 5000, 'media again')
  const again = await caller('again', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), pause(100), inside('BYE', { seq: 2 }), recv(200)])
  await answer(await ringing())
  await again.done
})

test('a controller that was killed: its successor hangs up and closes the rows', async () => {
  await toUser()
  const uac = await caller('orphan', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), recv('BYE'), reply(200, { tag: '' })])
  const call = await ringing()
  await answer(call)
  await stack.changed(call.call_id, e => e.status === 'in-progress')
  await stack.until(() => stack.sql(`select status from voip.calls where id = '${call.call_id}'`) === 'in-progress', 3000, 'the row')
  const logged = event => stack.log('controller').split(`"event":"${event}"`).length
  const before = ['media.up', 'trunks.loaded'].map(logged)
  await stack.stop(stack.controller, 'SIGKILL')
  stack.startController()
  await ends(call.call_id, { status: 'completed', cause: 'node_lost', by: 'system' })
  await uac.done
  await stack.until(() => logged('media.up') > before[0] && logged('trunks.loaded') > before[1], 10000, 'the new controller with media and trunks')
})

test('SIGTERM lets a call end and takes no new one', async () => {
  const uac = await caller('drain', [invite(), recv(100, { optional: true }), recv(180), recvOk(), inside('ACK', { seq: 1 }), pause(2500), inside('BYE', { seq: 2 }), recv(200)])
  const call = await ringing()
  await answer(call)
  await stack.changed(call.call_id, e => e.status === 'in-progress')
  stack.controller.kill('SIGTERM')
  await stack.until(() => stack.log('controller').includes('"event":"drain.started"'), 5000, 'the drain')
  const refused = await caller('refused', [invite(), recv(100, { optional: true }), recv(503), ackRefusal({ back: 3 })])
  await refused.done
  ok(!stack.controller.gone, 'it is still there')
  await uac.done
  const { code } = await stack.controller.exited
  equal(code, 0, 'exit status')
  await ends(call.call_id, { status: 'completed', cause: 'hangup', by: 'customer' })
})

// --- bare messages ---

function msg(method, { to, toTag, callId = `${Math.random()}@test`, branch = `z9hG4bK${Math.random()}`, body = '' }) {
  return [`${method} ${to} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.2:5060;branch=${branch};rport`, 'Max-Forwards: 70', 'From: <sip:t@127.0.0.2>;tag=tt', `To: <${to}>${toTag ? `;tag=${toTag}` : ''}`,
    `Call-ID: ${callId}`, `CSeq: 1 ${method}`, 'Contact: <sip:t@127.0.0.2:5060>', `Content-Length: ${body.length}`, '', body].join('\r\n')
}

// The first answer that begins as is wanted; null: none came.
function ask(from, texts, { wait = 5000, wanted = '' } = {}) {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const end = answer => { clearTimeout(timer); socket.close(); resolve(answer) }
    const timer = setTimeout(end, wait, null)
    socket.once('error', reject)
    socket.on('message', data => { if (data.toString().startsWith(wanted)) end(data.toString()) })
    socket.bind(0, from, () => { for (const text of [texts].flat()) socket.send(text, stack.sipPort, '127.0.0.1') })
  })
}

await main(stack)
