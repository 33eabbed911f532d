// What a carrier leaves in doubt: whether it has dialled, whose leg that is, and when something happened.
import { randomUUID } from 'node:crypto'
import { CarrierStack } from './lib/stack.mjs'
import { FakeTelnyx } from './lib/telnyx.mjs'
import { FakeTwilio } from './lib/twilio.mjs'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'

const customer = '+14155551234'
const providers = {}
const telnyx = new FakeTelnyx(event => stack.webhook(providers.telnyx, 'telnyx', event))
const twilio = new FakeTwilio(event => stack.webhook(providers.twilio, 'twilio', event))

const stack = new CarrierStack({
  controller: { VOIP_PROVIDER_CHECK_S: '600' },
  router: { VOIP_ROUTE_CACHE_MS: '0' },
  beforeController: async s => {
    await telnyx.up()
    await twilio.up()
    providers.telnyx = s.carrier('telnyx', 'telnyx', { api_key: 'KEY0123456789', connection_id: '1494404757140276705', from_number: '+14155550100', api_base: telnyx.base }, { active: true, number: '+14155550100' })
    providers.twilio = s.carrier('twilio', 'twilio', { account_sid: twilio.account, auth_token: 'f'.repeat(32), from_number: '+14155550200', api_base: twilio.base }, { priority: 1, number: '+14155550200' })
    s.sql(`insert into voip.telnyx_credentials (org_id, provider_id, user_id, connection_id, credential_id, sip_username, created_at)
      values ('${s.org}', '${providers.telnyx}', '${s.user}', '1', '${randomUUID()}', 'gencredAgent', now())`)
  },
})
let keys = 0

async function click() {
  const reply = await stack.request('call.dial', { to: customer, key: `doubt-${++keys}` })
  equal(reply.status, 200, 'the dial')
  return reply.call_id
}
const dialled = (fake, id, leg) => stack.until(() => fake.dials(id, leg)[0], 15000, `the ${leg} of ${id} to be dialled`)
const activate = name => stack.sql(`begin; update voip.providers set is_active = false; update voip.providers set is_active = true where id = '${providers[name]}'; commit`)

async function ends(id, { status, cause }) {
  const row = await stack.row(id)
  equal(row.status, status, 'status')
  equal(row.cause, cause, 'cause')
  return row
}

// Agent and customer talk, at Telnyx.
async function talking({ at } = {}) {
  const id = await click()
  const agent = await dialled(telnyx, id, 'agent')
  telnyx.answer(agent)
  const leg = await dialled(telnyx, id, 'customer')
  telnyx.answer(leg, at)
  await stack.changed(id, e => e.status === 'in-progress')
  return { id, agent, leg }
}

test('it dials, says nothing, and cannot be reached for a moment: the same dial again, and nobody else\'s', async () => {
  telnyx.faults = ['cut']
  telnyx.onDial = () => { telnyx.onDial = null; telnyx.down() }
  const id = await click()
  const agent = await dialled(telnyx, id, 'agent')
  await stack.until(() => stack.log('controller').includes('"verdict":"away"'), 8000, 'a try that reaches nobody')
  await telnyx.up()
  await stack.until(() => stack.sql(`select state from voip.provider_commands where call_id = '${id}' and kind = 'dial'`) === 'done', 20000, 'the dial to be answered')
  equal(telnyx.dials(id, 'agent').length, 1, 'legs of the agent')
  equal(twilio.dials(id, 'agent').length, 0, 'legs at the other carrier')
  telnyx.end(agent, 'user_busy')
  await ends(id, { status: 'canceled', cause: 'declined' })
})

test('a leg that shows itself after its call went on elsewhere is hung up', async () => {
  activate('twilio')
  twilio.faults = ['cut']
  twilio.listsNone = true
  const id = await click()
  const late = await dialled(twilio, id, 'agent')
  const agent = await dialled(telnyx, id, 'agent')
  twilio.say(late, 'ringing')
  await stack.until(() => late.status === 'canceled', 5000, 'the late leg to be hung up')
  telnyx.answer(agent)
  telnyx.end(await dialled(telnyx, id, 'customer'), 'user_busy')
  await ends(id, { status: 'busy', cause: 'busy' })
  twilio.listsNone = false
  activate('telnyx')
})

test('a carrier\'s clock makes no call that ends before it began, or lasts for years', async () => {
  const hour = 3600e3
  for (const [answered, ended] of [[-hour, -2 * hour], [hour * 9000, hour * 9], [0, -hour], [hour * 24 * 365e3, 0]]) {
    const { id, leg } = await talking({ at: Date.now() + answered })
    telnyx.end(leg, 'normal_clearing', { at: Date.now() + ended })
    const row = await ends(id, { status: 'completed', cause: 'hangup' })
    const [start, answer, end] = ['started_at', 'answered_at', 'ended_at'].map(name => Date.parse(row[name]))
    ok(start <= answer && answer <= end && end <= Date.now() + 1000, JSON.stringify(row))
    ok(row.duration_s >= 0 && row.duration_s < 10, `duration ${row.duration_s}`)
  }
})

test('a carrier\'s clock is ahead of ours, and the agent hangs up', async () => {
  const { id } = await talking({ at: Date.now() + 20000 })
  equal((await stack.toCall('call.hangup', id)).status, 200, 'hangup')
  const row = await ends(id, { status: 'completed', cause: 'hangup' })
  ok(row.duration_s >= 0 && Date.parse(row.ended_at) >= Date.parse(row.answered_at), JSON.stringify(row))
  const told = await stack.changed(id, e => e.status === 'completed')
  ok(told.duration >= 0 && told.duration < 60, JSON.stringify(told))
})

await main(stack, { after: async () => { await telnyx.down(); await twilio.down() } })
