// Calls at Twilio, with the carrier's API played by the test: what is asked of it, what its webhooks do, and
// what happens when it fails.
import { randomUUID } from 'node:crypto'
import { CarrierStack } from './lib/stack.mjs'
import { FakeTwilio, conference, newSid } from './lib/twilio.mjs'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'

const customer = '+14155551234'
const ours = '+14155550100'
const providers = {}
const hook = name => event => stack.webhook(providers[name], 'twilio', event)
const twilio = new FakeTwilio(hook('a'))
const second = new FakeTwilio(hook('b'))
const config = fake => ({ account_sid: fake.account, auth_token: 'f'.repeat(32), from_number: ours, api_base: fake.base })

const stack = new CarrierStack({
  controller: { VOIP_PROVIDER_CHECK_S: '600' },
  beforeController: async s => {
    await twilio.up()
    await second.up()
    providers.a = s.carrier('a', 'twilio', config(twilio), { active: true, number: ours })
    providers.b = s.carrier('b', 'twilio', config(second), { priority: 1, number: '+14155550200' })
    s.sql(`insert into voip.numbers (e164, org_id, provider_id, user_id) values ('+14155550101', '${s.org}', '${providers.a}', '${s.user}')`)
  },
})
const client = () => `client:user_${stack.user.replaceAll('-', '')}`
const phoneOf = id => `${client()}?call_id=${id}`
let keys = 0

// A browser's leg arrives; the call that router and controller make of it.
async function browserCall(to = customer, sid = twilio.browser(client())) {
  const reply = await stack.voice({ provider: providers.a, driver: 'twilio', kind: 'browser', external_id: sid, from: client(), to })
  return { reply, sid, id: reply.call_id }
}
const enters = ({ id, sid }) => hook('a')(conference(id, 'agent', sid, 'participant-join'))
const leaves = ({ id, sid }) => hook('a')(conference(id, 'agent', sid, 'participant-leave'))
const dialled = (fake, id, leg) => stack.until(() => fake.dials(id, leg)[0], 8000, `the ${leg} of ${id} to be dialled`)
const changed = (id, status) => stack.changed(id, e => e.status === status)

async function talking() {
  const call = await browserCall()
  enters(call)
  call.leg = await dialled(twilio, call.id, 'customer')
  twilio.say(call.leg, 'in-progress')
  await changed(call.id, 'in-progress')
  // users hear before the row is there: units gather
  await stack.until(() => stack.sql(`select status from voip.calls where id = '${call.id}'`) === 'in-progress', 5000, 'the row of the conversation')
  return call
}

async function ends(id, { status, cause, by, duration }) {
  const row = await stack.row(id)
  equal(row.status, status, 'status')
  equal(row.cause, cause, 'cause')
  if (by) equal(row.hangup_by, by, 'hangup_by')
  if (duration !== undefined) equal(row.duration_s, duration, 'duration_s')
  return row
}

// Click-to-call by REST.
async function click(to = customer, more = {}) {
  const key = `click-${++keys}`
  const reply = await stack.request('call.dial', { to, key, ...more })
  equal(reply.status, 200, 'the dial')
  return reply.call_id
}

// The last hint of how a provider feels, once it is this.
const health = (id, up, ms = 5000) => stack.until(() => stack.live.findLast(e => e.type === 'trunk.health' && e.trunk === id)?.up === up, ms, `the hint that it is ${up ? 'up' : 'down'}`)

test('a call from the browser: room, customer, talk, hang-up', async () => {
  const call = await browserCall()
  equal(call.reply.action, 'conference', 'action')
  equal(call.reply.label, 'agent', 'label')
  equal(call.reply.room, `call-${call.id}`, 'room')
  ok(call.reply.start_on_enter && call.reply.end_on_exit, 'the agent opens and closes the room')
  equal(twilio.dials(call.id, 'customer').length, 0, 'dials before the agent is there')
  enters(call)
  const leg = await dialled(twilio, call.id, 'customer')
  equal(leg.to, customer, 'To')
  equal(leg.from, '+14155550101', "From is the user's own number")
  equal(leg.room, call.reply.room, 'the room')
  equal(leg.callback, `https://voip.example.org/voip/webhook/p/${providers.a}/status?call=${call.id}&leg=customer`, 'StatusCallback')
  equal(leg.events.join(' '), 'initiated ringing answered completed', 'events')
  equal(leg.form.Record, undefined, 'nothing is recorded where recording is switched off')
  equal(stack.sql(`select record from voip.provider_commands where call_id = '${call.id}'`), 'f', 'and the command says so')
  twilio.say(leg, 'initiated')
  twilio.say(leg, 'ringing')
  await changed(call.id, 'ringing')
  twilio.say(leg, 'in-progress')
  await changed(call.id, 'in-progress')
  twilio.say(leg, 'completed', { talk: 42, at: Date.now() + 60000 })
  const row = await ends(call.id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 42 })
  equal(row.sid, leg.sid, 'sid')
  equal(row.provider_id, providers.a, 'provider')
  equal(row.user_id, stack.user, 'user')
  equal(Date.parse(row.ended_at) - Date.parse(row.answered_at), 42000, "the carrier's times")
  equal(stack.sql(`select leg, external_id from voip.call_external_ids where call_id = '${call.id}' and leg <> 'room' order by leg`), `agent|${call.sid}\ncustomer|${leg.sid}`, 'ids')
  equal(stack.sql(`select kind, leg, state, external_id from voip.provider_commands where call_id = '${call.id}' and kind = 'dial'`), `dial|customer|done|${leg.sid}`, 'the command')
  await stack.until(() => twilio.ended.includes(call.sid), 5000, "the agent's leg to be hung up")
  // late and repeated news change nothing
  twilio.say(leg, 'ringing')
  twilio.say(leg, 'completed', { talk: 1 })
  twilio.say(leg, 'busy')
  await talkingAndDone()
  equal(stack.sql(`select status, duration_s, version from voip.calls where id = '${call.id}'`), `completed|42|${row.version}`, 'the row afterwards')
})

// A whole call after which earlier webhooks have certainly been heard: they are in one stream.
async function talkingAndDone() {
  const call = await talking()
  await stack.toCall('call.hangup', call.id)
  await ends(call.id, { status: 'completed', cause: 'hangup', by: 'agent' })
}

test('a voice webhook that is repeated finds its call, and dials nothing again', async () => {
  const call = await browserCall()
  const again = await browserCall(customer, call.sid)
  equal(again.id, call.id, 'the call')
  equal(again.reply.room, call.reply.room, 'the room')
  enters(call)
  enters(call)
  const leg = await dialled(twilio, call.id, 'customer')
  enters(call)
  twilio.say(leg, 'busy', { sip: '486' })
  await ends(call.id, { status: 'busy', cause: 'busy', by: 'customer' })
  equal(twilio.dials(call.id, 'customer').length, 1, 'dials')
})

test('the agent hangs up: every leg is ended', async () => {
  const call = await talking()
  const reply = await stack.toCall('call.hangup', call.id)
  equal(reply.status, 200, 'hangup')
  await ends(call.id, { status: 'completed', cause: 'hangup', by: 'agent' })
  await stack.until(() => call.leg.status === 'completed' && twilio.ended.includes(call.sid), 5000, 'both legs to end')
  await stack.until(() => stack.sql(`select count(*) from voip.provider_commands where call_id = '${call.id}' and kind = 'hangup' and state = 'done'`) === '2', 5000, 'both commands to be done')
})

test('the agent leaves before the answer: the customer stops ringing', async () => {
  const call = await browserCall()
  enters(call)
  const leg = await dialled(twilio, call.id, 'customer')
  twilio.say(leg, 'ringing')
  await changed(call.id, 'ringing')
  leaves(call)
  await ends(call.id, { status: 'canceled', cause: 'canceled', by: 'agent' })
  await stack.until(() => leg.status === 'canceled', 5000, 'the leg to be ended')
})

test('nobody answers, the number does not exist', async () => {
  for (const [status, sip, cause, said] of [['no-answer', '487', 'no_answer', 'no-answer'], ['failed', '404', 'invalid_number', 'failed']]) {
    const call = await browserCall()
    enters(call)
    const leg = await dialled(twilio, call.id, 'customer')
    twilio.say(leg, status, { sip })
    await ends(call.id, { status: said, cause })
  }
})

test('an end that overtakes the answer gives the same row', async () => {
  const call = await browserCall()
  enters(call)
  const leg = await dialled(twilio, call.id, 'customer')
  const at = Date.now() + 30000
  twilio.say(leg, 'completed', { talk: 20, at })
  for (const status of ['in-progress', 'ringing', 'initiated']) hook('a')(twilio.status(leg, status, { at: at - 20000 }))
  const row = await ends(call.id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 20 })
  equal(Date.parse(row.ended_at), Math.floor(at / 1000) * 1000, 'ended_at')
})

test('what may not be called is spoken, and nothing is asked of the carrier', async () => {
  const dials = () => [...twilio.calls.values()].filter(c => !c.browser).length
  const before = dials()
  for (const [to, words] of [['+1 876 555 1234', 'not allowed'], ['911', 'Emergency'], ['<Dial>', 'telephone number']]) {
    const { reply } = await browserCall(to)
    equal(reply.action, 'say', 'action')
    ok(reply.say.includes(words), reply.say)
  }
  equal(dials(), before, 'dials')
})

test('hold and unhold are the room\'s; keys are the phone\'s own', async () => {
  const call = await talking()
  equal((await stack.toCall('call.hold', call.id)).status, 200, 'hold')
  await stack.until(() => call.leg.hold === 'true', 5000, 'the customer on hold')
  ok(await stack.changed(call.id, e => e.held), 'held')
  equal((await stack.toCall('call.unhold', call.id)).status, 200, 'unhold')
  await stack.until(() => call.leg.hold === 'false', 5000, 'the customer back')
  const keys = await stack.toCall('call.dtmf', call.id, { digits: '1' })
  equal(keys.error, 'not_supported', 'keys')
  const answer = await stack.toCall('call.attach', call.id, { sdp: 'v=0', session: 'gw/1' })
  equal(answer.error, 'other_phone', 'attach')
  await stack.toCall('call.hangup', call.id)
  await ends(call.id, { status: 'completed', cause: 'hangup' })
})

test('click-to-call rings the agent first, then the customer', async () => {
  const id = await click()
  const agent = await dialled(twilio, id, 'agent')
  equal(agent.to, phoneOf(id), 'To')
  equal(agent.from, '+14155550101', 'From')
  twilio.say(agent, 'ringing')
  twilio.say(agent, 'in-progress')
  const leg = await dialled(twilio, id, 'customer')
  equal(leg.to, customer, 'To')
  equal(leg.room, agent.room, 'the room')
  twilio.say(leg, 'in-progress')
  await changed(id, 'in-progress')
  twilio.say(agent, 'completed', { talk: 5 })
  await ends(id, { status: 'completed', cause: 'hangup', by: 'agent' })
  await stack.until(() => leg.status === 'completed', 5000, 'the customer to be hung up')
  equal(second.calls.size, 0, 'calls at the second provider')
})

test('click-to-call without an agent calls no customer', async () => {
  for (const [status, cause] of [['no-answer', 'agent_no_answer'], ['busy', 'declined']]) {
    const id = await click()
    twilio.say(await dialled(twilio, id, 'agent'), status)
    await ends(id, { status: 'canceled', cause })
    equal(twilio.dials(id, 'customer').length, 0, 'customers dialled')
  }
})

test('an inbound call rings the user, who sees the caller', async () => {
  const sid = newSid('CA')
  const reply = await stack.voice({ provider: providers.a, driver: 'twilio', kind: 'inbound', external_id: sid, from: '+447400123456', to: '+14155550101', fields: { CallToken: 'a token' } })
  equal(reply.action, 'conference', 'action')
  equal(reply.label, 'customer', 'label')
  ok(!reply.start_on_enter, 'the caller waits')
  const agent = await dialled(twilio, reply.call_id, 'agent')
  equal(agent.to, phoneOf(reply.call_id), 'To')
  equal(agent.from, '+447400123456', "the caller's own number")
  equal(agent.form.CallToken, 'a token', 'CallToken')
  ok(await changed(reply.call_id, 'ringing'), 'rings')
  twilio.say(agent, 'ringing')
  twilio.say(agent, 'in-progress')
  await changed(reply.call_id, 'in-progress')
  hook('a')(conference(reply.call_id, 'customer', sid, 'participant-leave'))
  const row = await ends(reply.call_id, { status: 'completed', cause: 'hangup', by: 'customer' })
  equal(row.from_number, '+447400123456', 'from')
  equal(row.did, '+14155550101', 'did')
  equal(row.sid, sid, 'sid')
  await stack.until(() => agent.status === 'completed', 5000, 'the agent to be hung up')
})

test('an inbound call that nobody takes, declines, or whose caller gives up', async () => {
  const calls = []
  for (let i = 0; i < 3; i++) {
    const sid = newSid('CA')
    const reply = await stack.voice({ provider: providers.a, driver: 'twilio', kind: 'inbound', external_id: sid, from: '', to: '+14155550101' })
    calls.push({ id: reply.call_id, sid, agent: await dialled(twilio, reply.call_id, 'agent') })
  }
  equal(calls[0].agent.from, '+14155550101', 'a withheld caller shows our number')
  twilio.say(calls[0].agent, 'no-answer')
  twilio.say(calls[1].agent, 'busy')
  hook('a')({ kind: 'status', external_id: calls[2].sid, fields: { CallSid: calls[2].sid, CallStatus: 'completed', CallDuration: '7' } })
  await ends(calls[0].id, { status: 'no-answer', cause: 'nobody_available' })
  await ends(calls[1].id, { status: 'busy', cause: 'declined' })
  await ends(calls[2].id, { status: 'canceled', cause: 'caller_hung_up' })
  await stack.until(() => [0, 1].every(i => twilio.ended.includes(calls[i].sid)) && calls[2].agent.status === 'canceled', 5000, 'the other legs to end')
})

test('429 is tried again, and is one call', async () => {
  twilio.faults = ['429', '429']
  const id = await click()
  const agent = await dialled(twilio, id, 'agent')
  twilio.say(agent, 'busy')
  await ends(id, { status: 'canceled', cause: 'declined' })
  equal(twilio.dials(id, 'agent').length, 1, 'dials')
})

test('500 and nothing dialled: the next provider, once', async () => {
  twilio.faults = ['500']
  const id = await click()
  const agent = await stack.until(() => second.dials(id, 'agent')[0], 15000, 'the second provider to dial')
  equal(agent.from, '+14155550200', "the second provider's own number")
  second.say(agent, 'in-progress')
  const leg = await dialled(second, id, 'customer')
  second.say(leg, 'in-progress')
  await changed(id, 'in-progress')
  second.say(leg, 'completed', { talk: 3 })
  const row = await ends(id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 3 })
  equal(row.provider_id, providers.b, 'provider')
  equal(twilio.dials(id, 'agent').length + twilio.dials(id, 'customer').length, 0, 'dials at the first')
  equal(second.dials(id, 'agent').length, 1, 'dials at the second')
})

test('a wrong key: the next provider carries the call', async () => {
  twilio.faults = ['401']
  const id = await click()
  const agent = await dialled(second, id, 'agent')
  second.say(agent, 'busy')
  await ends(id, { status: 'canceled', cause: 'declined' })
  await health(providers.a, false)
})

test('with a wrong key it is not asked again, until its settings change', async () => {
  const id = await click()
  const agent = await dialled(second, id, 'agent')
  second.say(agent, 'busy')
  await ends(id, { status: 'canceled', cause: 'declined' })
  equal(twilio.dials(id, 'agent').length, 0, 'dials at the first')
  stack.sql(`update voip.providers set version = version + 1 where id = '${providers.a}'`)
  await health(providers.a, true, 25000)
  const next = await click()
  twilio.say(await dialled(twilio, next, 'agent'), 'busy')
  await ends(next, { status: 'canceled', cause: 'declined' })
})

test('what the carrier refuses is told, and nobody else is asked', async () => {
  const call = await browserCall()
  twilio.faults = ['400']
  enters(call)
  const row = await ends(call.id, { status: 'failed', cause: 'rejected' })
  ok(row.message.length > 10, row.message)
})

test('it dials and says nothing: the leg is found, and goes on', async () => {
  const call = await browserCall()
  twilio.faults = ['cut']
  enters(call)
  const leg = await dialled(twilio, call.id, 'customer')
  await stack.until(() => stack.sql(`select state, external_id from voip.provider_commands where call_id = '${call.id}' and kind = 'dial'`) === `done|${leg.sid}`, 15000, 'the leg to be found')
  twilio.say(leg, 'in-progress')
  await changed(call.id, 'in-progress')
  await stack.toCall('call.hangup', call.id)
  await stack.until(() => leg.status === 'completed', 5000, 'the leg to be ended')
  equal(twilio.dials(call.id, 'customer').length, 1, 'dials')
})

test('a leg that shows itself after its call was given up is hung up', async () => {
  twilio.faults = ['cut']
  const id = await click()
  const agent = await dialled(twilio, id, 'agent')
  equal((await stack.toCall('call.hangup', id)).status, 200, 'hangup')
  await ends(id, { status: 'canceled', cause: 'canceled', by: 'agent' })
  twilio.say(agent, 'ringing')
  await stack.until(() => agent.status === 'canceled', 5000, 'the leg to be hung up')
})

test('two legs of one agent, of which nothing is heard, are not taken for each other', async () => {
  twilio.faults = ['cut', 'cut']
  const ids = await Promise.all([click('+14155560001'), click('+14155560002')])
  const legs = await Promise.all(ids.map(id => dialled(twilio, id, 'agent')))
  await stack.until(() => twilio.requests.filter(r => r.path === '/Calls.json' && r.query.To?.startsWith(client())).length >= 4, 20000, 'searches')
  twilio.say(legs[0], 'busy')
  await ends(ids[0], { status: 'canceled', cause: 'declined' })
  await stack.until(() => stack.sql(`select external_id from voip.provider_commands where call_id = '${ids[1]}' and kind = 'dial' and state = 'done'`) === legs[1].sid, 20000, 'the other to be found')
  twilio.say(legs[1], 'busy')
  await ends(ids[1], { status: 'canceled', cause: 'declined' })
})

test('1,000 dials that are performed and never answered for: none rings twice', async () => {
  const n = 1000
  const started = Date.now()
  const quiet = leg => leg.sid < 'CA8' // of half of the agents no webhook comes at first
  const both = [twilio, second] // an API that fails so often is thought to be down, and the other one is asked
  for (const fake of both) {
    fake.always = 'cut'
    fake.onDial = leg => {
      if (leg.leg === 'agent') fake.say(leg, 'in-progress', { silent: quiet(leg) })
      else fake.say(leg, 'completed', { talk: 2 })
    }
  }
  const ids = []
  for (let i = 0; i < n; i += 50) ids.push(...await Promise.all(Array.from({ length: 50 }, (_, k) => click(`+1415556${1000 + i + k}`, { user: randomUUID() }))))
  const list = `any('{${ids.join(',')}}')`
  const count = sql => Number(stack.sql(sql))
  await stack.slowly(() => count(`select count(*) from voip.provider_commands where kind = 'dial' and leg = 'agent' and state = 'done' and call_id = ${list}`) === n, 120000, 'all legs to be found')
  for (const fake of both) for (const leg of fake.calls.values()) if (leg.leg === 'agent' && quiet(leg) && ids.includes(leg.call_id)) fake.hook(fake.status(leg, 'in-progress'))
  await stack.slowly(() => count(`select count(*) from voip.calls where ended_at is not null and id = ${list}`) === n, 120000, 'all calls to end')
  for (const fake of both) fake.always = fake.onDial = null
  const rung = (id, leg) => both.flatMap(fake => fake.dials(id, leg)).length
  const wrong = ids.filter(id => rung(id, 'agent') !== 1 || rung(id, 'customer') !== 1)
  if (wrong.length) console.log(`# not once: ${wrong.slice(0, 3).map(id => `${id} ${rung(id, 'agent')} ${rung(id, 'customer')} ${stack.sql(`select leg, kind, state, detail from voip.provider_commands where call_id = '${id}'`).replaceAll('\n', ' / ')}`).join(' // ')}`)
  equal(wrong.length, 0, `of ${n} calls rung not exactly once`)
  equal(stack.sql(`select status, count(*) from voip.calls where id = ${list} group by status`), `completed|${n}`, 'rows')
  console.log(`# ${n} calls, ${2 * n} dials, in ${Date.now() - started} ms`)
})

test('webhooks that never come: the carrier is asked', async () => {
  const call = await talking()
  twilio.say(call.leg, 'completed', { talk: 9, silent: true })
  await restart({ check: '1' })
  await stack.until(() => stack.sql(`select node_id from voip.calls where id = '${call.id}'`) === 'cc2', 40000, 'the call to be taken over')
  const row = await ends(call.id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 9 })
  equal(row.node_id, 'cc2', 'the node that took it over')
  const lost = await talking()
  twilio.say(lost.leg, 'completed', { talk: 4, silent: true })
  await ends(lost.id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 4 })
})

test('a controller is killed in a conversation: another one goes on', async () => {
  const call = await talking()
  await restart({ node: 'cc3' })
  await stack.until(() => stack.sql(`select node_id from voip.calls where id = '${call.id}'`) === 'cc3', 40000, 'the call to be taken over')
  equal(stack.sql(`select status from voip.calls where id = '${call.id}'`), 'in-progress', 'status')
  await stack.changed(call.id, e => e.status === 'in-progress' && e.version > 100)
  equal((await stack.toCall('call.hangup', call.id)).status, 200, 'hangup')
  await ends(call.id, { status: 'completed', cause: 'hangup', by: 'agent' })
  await stack.until(() => call.leg.status === 'completed', 5000, 'the leg to be ended')
})

test('the first provider does not listen: the next one, once, and later calls at once', async () => {
  await twilio.down()
  const before = second.calls.size
  for (let i = 0; i < 3; i++) {
    const id = await click()
    const agent = await dialled(second, id, 'agent')
    second.say(agent, 'busy')
    await ends(id, { status: 'canceled', cause: 'declined' })
    equal(second.dials(id, 'agent').length, 1, 'dials')
  }
  equal(second.calls.size - before, 3, 'dials in all')
  await stack.until(() => stack.live.some(e => e.type === 'trunk.health' && e.trunk === providers.a && !e.up), 5000, 'the hint that it is down')
  await twilio.up()
})

// kill -9, and a new one under another name.
async function restart({ node = 'cc2', check = '600' } = {}) {
  stack.controller.kill('SIGKILL')
  await stack.controller.exited
  stack.options.node = node
  stack.options.controller.VOIP_PROVIDER_CHECK_S = check
  stack.startController()
  await stack.until(() => stack.log('controller').includes(`"node":"${node}"`) && stack.log('controller').split(`"node":"${node}"`).some(part => part.includes('"event":"media.up"')), 15000, 'the new controller')
  await stack.until(() => stack.controllers >= 1, 15000, 'the new controller on the bus')
}

await main(stack, { after: async () => { await twilio.down(); await second.down() } })
