// Carriers whose own phone has the audio and SIP trunks behind one user: which tab may take the leg, and
// calls that go from one kind to the other when the first provider fails.
import { freePort } from '../lib/ports.mjs'
import { sipp } from '../sip/lib/sipp.mjs'
import { offer } from '../sip/lib/browser.mjs'
import { answerBye, called, pause, recv, reply, sdp } from '../sip/lib/scenario.mjs'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'
import { CarrierStack } from './lib/stack.mjs'
import { FakeTwilio } from './lib/twilio.mjs'

const customer = '+14155551234'
const providers = {}
const hook = name => event => stack.webhook(providers[name], 'twilio', event)
const first = new FakeTwilio(hook('first'))
const last = new FakeTwilio(hook('last'))
const config = fake => ({ account_sid: fake.account, auth_token: 'f'.repeat(32), from_number: '+14155550100', api_base: fake.base })
const trunk = { host: '127.0.0.11' }

const stack = new CarrierStack({
  controller: { VOIP_PROVIDER_CHECK_S: '600' },
  beforeController: async s => {
    await first.up()
    await last.up()
    providers.first = s.carrier('first', 'twilio', config(first), { active: true, number: '+14155550100' })
    providers.last = s.carrier('last', 'twilio', config(last), { priority: 5, number: '+14155550200' })
    trunk.port = await freePort(trunk.host)
    s.trunk({ ...trunk, priority: 1 })
    s.sql(`update voip.providers set priority = 1 where id = '${s.provider}'`)
    s.sql(`insert into voip.numbers (e164, org_id, provider_id) values ('+14155550300', '${s.org}', '${s.provider}')`)
  },
})
let keys = 0

async function dial(fields) {
  const answer = await stack.request('call.dial', { to: customer, key: `mixed-${++keys}`, ...fields })
  equal(answer.status, 200, 'the dial')
  return answer.call_id
}
const fromTab = session => dial({ sdp: offer(keys + 1), session })
const agentAt = (fake, id) => stack.until(() => fake.dials(id, 'agent')[0], 15000, `the agent of ${id} to be rung`)
const told = (id, f) => stack.changed(id, f)

async function ends(id, { status, cause, provider }) {
  const row = await stack.row(id)
  equal(row.status, status, 'status')
  equal(row.cause, cause, 'cause')
  if (provider) equal(row.provider_id, provider, 'provider')
  return row
}

test('the tab that dials is rung by the carrier, and only it is named', async () => {
  const id = await fromTab('gw/1')
  const agent = await agentAt(first, id)
  const state = await told(id, e => e.driver === 'twilio')
  equal(state.session, 'gw/1', 'session')
  equal(state.provider_id, providers.first, 'provider')
  ok(!state.click_to_call, 'other tabs do not ring')
  equal(first.dials(id, 'customer').length, 0, 'customers dialled before the agent is there')
  first.say(agent, 'in-progress')
  const leg = await stack.until(() => first.dials(id, 'customer')[0], 8000, 'the customer to be dialled')
  first.say(leg, 'in-progress')
  await told(id, e => e.status === 'in-progress')
  first.say(leg, 'completed', { talk: 2 })
  await ends(id, { status: 'completed', cause: 'hangup', provider: providers.first })
})

test('of tabs that ring, the first to answer may take the leg', async () => {
  const id = await dial({})
  const agent = await agentAt(first, id)
  ok((await told(id, e => e.driver === 'twilio')).click_to_call, 'all tabs ring')
  equal((await stack.toCall('call.answer', id, { session: 'gw/1' })).status, 200, 'the first')
  equal((await told(id, e => e.session !== '')).session, 'gw/1', 'session')
  const second = await stack.toCall('call.answer', id, { session: 'gw/2' })
  equal(second.error, 'already_answered', 'the second')
  equal((await stack.toCall('call.answer', id, { session: 'gw/1' })).status, 200, 'the first again')
  equal((await stack.toCall('call.answer', id, { session: '' })).error, 'already_answered', 'nobody')
  first.say(agent, 'busy')
  await ends(id, { status: 'canceled', cause: 'declined' })
})

test('the carrier refuses the login: the trunk calls with the offer that the tab has made', async () => {
  const uas = sipp(stack.dir, 'answers', [called(), reply(180), pause(100), reply(200, { body: sdp(), retrans: true }), recv('ACK'), ...answerBye], trunk)
  await uas.bound()
  first.faults = ['401']
  const id = await fromTab('gw/1')
  await told(id, e => e.status === 'in-progress' && !e.driver)
  ok(stack.live.some(e => e.type === 'call.media' && e.call_id === id && e.sdp.includes('a=ice-lite')), 'the tab got its answer')
  equal((await stack.toCall('call.hangup', id)).status, 200, 'hangup')
  await ends(id, { status: 'completed', cause: 'hangup', provider: stack.provider })
  equal(first.dials(id, 'agent').length, 0, 'legs at the first')
  equal(last.dials(id, 'agent').length, 0, 'legs at the last')
  await uas.done
})

test('then the trunk fails, too: the next carrier rings the agent, once', async () => {
  const uas = sipp(stack.dir, 'unavailable', [called(), reply(503), recv('ACK')], trunk)
  await uas.bound()
  first.faults = ['401']
  const id = await fromTab('gw/1')
  const agent = await agentAt(last, id)
  equal(agent.from, '+14155550200', "the last one's number")
  const state = await told(id, e => e.provider_id === providers.last)
  equal(state.session, 'gw/1', 'session')
  equal(state.status, 'initiated', 'status')
  last.say(agent, 'in-progress')
  const leg = await stack.until(() => last.dials(id, 'customer')[0], 8000, 'the customer to be dialled')
  last.say(leg, 'in-progress')
  await told(id, e => e.status === 'in-progress')
  last.say(leg, 'completed', { talk: 2 })
  const row = await ends(id, { status: 'completed', cause: 'hangup', provider: providers.last })
  equal(row.trunk_id, null, 'trunk')
  equal(last.dials(id, 'agent').length, 1, 'legs at the last')
  equal(first.dials(id, 'agent').length, 0, 'legs at the first')
  await uas.done
})

test('a tab that takes the audio over while the trunk fails is told that it rings elsewhere', async () => {
  const uas = sipp(stack.dir, 'leaves', [called(), reply(100), pause(1000), reply(503), recv('ACK')], trunk)
  await uas.bound()
  first.faults = ['401']
  const id = await fromTab('gw/1')
  await stack.until(() => stack.live.some(e => e.type === 'call.media' && e.call_id === id), 8000, "the tab's audio")
  stack.mediaProcess.kill('SIGSTOP') // so that the trunk is faster than the new tab's audio
  try {
    const attached = await stack.toCall('call.attach', id, { sdp: offer(keys + 50), session: 'gw/2' })
    equal(attached.error, 'other_phone', 'the second tab')
    ok(attached.status === 409 && attached.message, JSON.stringify(attached))
  } finally {
    stack.mediaProcess.kill('SIGCONT')
  }
  const agent = await agentAt(last, id)
  equal((await told(id, e => e.provider_id === providers.last)).session, 'gw/1', 'whose leg it is')
  last.say(agent, 'busy')
  await ends(id, { status: 'canceled', cause: 'declined' })
  await uas.done
})

await main(stack, { after: async () => { await first.down(); await last.down() } })
