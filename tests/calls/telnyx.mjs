// Calls at Telnyx, with the carrier's API played by the test.
import { randomUUID } from 'node:crypto'
import { CarrierStack } from './lib/stack.mjs'
import { FakeTelnyx } from './lib/telnyx.mjs'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'

const customer = '+14155551234'
const ours = '+14155550100'
let provider
const hook = event => stack.webhook(provider, 'telnyx', event)
const telnyx = new FakeTelnyx(hook)
const config = () => ({ api_key: 'KEY0123456789', connection_id: '1494404757140276705', credential_connection_id: '1494404757140276706', from_number: ours, api_base: telnyx.base })

const stack = new CarrierStack({
  controller: { VOIP_PROVIDER_CHECK_S: '4', VOIP_RECORDING_ENABLED: 'true' },
  router: { VOIP_ROUTE_CACHE_MS: '0' },
  beforeController: async s => {
    await telnyx.up()
    provider = s.carrier('telnyx', 'telnyx', config(), { active: true })
    s.sql(`insert into voip.numbers (e164, org_id, provider_id, user_id) values ('${ours}', '${s.org}', '${provider}', '${s.user}'), ('+14155550109', '${s.org}', '${provider}', null)`)
    phone(s, s.user, 'gencredAgent')
  },
})
const phone = (s, user, name) => s.sql(`insert into voip.telnyx_credentials (org_id, provider_id, user_id, connection_id, credential_id, sip_username, created_at)
  values ('${s.org}', '${provider}', '${user}', '1', '${randomUUID()}', '${name}', now())`)
let keys = 0

async function click(to = customer, more = {}) {
  const reply = await stack.request('call.dial', { to, key: `click-${++keys}`, ...more })
  equal(reply.status, 200, 'the dial')
  return reply.call_id
}
const dialled = (id, leg) => stack.until(() => telnyx.dials(id, leg)[0], 8000, `the ${leg} of ${id} to be dialled`)
const changed = (id, status) => stack.changed(id, e => e.status === status)

async function ends(id, { status, cause, by, duration }) {
  const row = await stack.row(id)
  equal(row.status, status, 'status')
  equal(row.cause, cause, 'cause')
  if (by) equal(row.hangup_by, by, 'hangup_by')
  if (duration !== undefined) equal(row.duration_s, duration, 'duration_s')
  return row
}

// Agent and customer talk.
async function talking() {
  const id = await click()
  const agent = await dialled(id, 'agent')
  telnyx.answer(agent)
  const leg = await dialled(id, 'customer')
  telnyx.answer(leg)
  await changed(id, 'in-progress')
  return { id, agent, leg }
}

test('click-to-call rings the agent, then the customer, and bridges them', async () => {
  const id = await click()
  const agent = await dialled(id, 'agent')
  equal(agent.to, 'sip:gencredAgent@sip.telnyx.com', 'To')
  equal(agent.body.connection_id, config().connection_id, 'connection')
  equal(agent.body.webhook_url, `https://voip.example.org/voip/webhook/p/${provider}/events`, 'webhook')
  ok(!agent.body.link_to, 'the first leg is linked to none')
  telnyx.tell(agent, 'call.initiated')
  telnyx.answer(agent)
  const leg = await dialled(id, 'customer')
  equal(leg.to, customer, 'To')
  equal(leg.from, ours, 'From')
  equal(leg.body.link_to, agent.id, 'linked to')
  ok(leg.body.bridge_on_answer, 'bridged at answer')
  const at = Date.now()
  telnyx.answer(leg, at)
  const told = await changed(id, 'in-progress')
  equal(`${leg.body.record} ${leg.body.record_channels} ${leg.body.record_format}`, 'record-from-answer dual wav', "the customer's leg is recorded")
  equal(agent.body.record, undefined, "not the agent's")
  equal(told.recording, true, 'people see that it is recorded')
  equal(stack.sql(`select leg, record from voip.provider_commands where call_id = '${id}' order by leg`), 'agent|f\ncustomer|t', 'the commands say so')
  ok(stack.sql(`select external_id from voip.call_external_ids where call_id = '${id}' and leg = 'room'`), 'the session, by which recordings are listed')
  telnyx.end(leg, 'normal_clearing', { at: at + 30000 })
  const row = await ends(id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 30 })
  equal(row.sid, leg.id, 'sid')
  await stack.until(() => telnyx.did('hangup', agent), 5000, 'the agent to be hung up')
})

test('the customer hangs up, and Telnyx tells first of the agent, whom it took along', async () => {
  const { id, agent, leg } = await talking()
  const at = Date.now() + 20000
  telnyx.end(agent, 'normal_clearing', { at, source: 'unknown' })
  telnyx.end(leg, 'normal_clearing', { at })
  const row = await ends(id, { status: 'completed', cause: 'hangup', by: 'customer' })
  ok(Date.parse(row.answered_at) >= leg.answered - 1 && row.duration_s <= 20, 'the agent was answered earlier, the conversation was not')
})

test('busy, no answer, an end that overtakes the answer', async () => {
  for (const [cause, status, word] of [['user_busy', 'busy', 'busy'], ['timeout', 'no-answer', 'no_answer'], ['normal_clearing', 'no-answer', 'no_answer']]) {
    const id = await click()
    telnyx.answer(await dialled(id, 'agent'))
    telnyx.end(await dialled(id, 'customer'), cause)
    await ends(id, { status, cause: word })
  }
  const id = await click()
  telnyx.answer(await dialled(id, 'agent'))
  const leg = await dialled(id, 'customer')
  const at = Date.now()
  Object.assign(leg, { answered: at })
  telnyx.end(leg, 'normal_clearing', { at: at + 8000 })
  telnyx.tell(leg, 'call.answered', {}, at)
  await ends(id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 8 })
})

test('the agent hangs up, keys are sent, hold is the phone\'s own and is told', async () => {
  const { id, agent, leg } = await talking()
  equal(JSON.stringify(agent.body.custom_headers), JSON.stringify([{ name: 'X-Call-Id', value: id }]), 'what tells the phone which call it is')
  ok(!leg.body.custom_headers, 'the customer gets no header of ours')
  equal((await stack.toCall('call.dtmf', id, { digits: '12#' })).status, 200, 'keys')
  await stack.until(() => telnyx.did('send_dtmf', leg)?.body.digits === '12#', 5000, 'the keys')
  for (const [type, held] of [['call.hold', true], ['call.unhold', false], ['call.hold', true]]) {
    equal((await stack.toCall(type, id)).status, 200, type)
    await stack.until(() => stack.live.filter(e => e.type === 'call.changed' && e.call_id === id).at(-1).held === held, 5000, `held: ${held}`)
  }
  equal(telnyx.commands.filter(c => c.id === agent.id || c.id === leg.id).map(c => c.name).join(), 'send_dtmf', 'commands')
  equal((await stack.toCall('call.hangup', id)).status, 200, 'hangup')
  await ends(id, { status: 'completed', cause: 'hangup', by: 'agent' })
  await stack.until(() => telnyx.did('hangup', agent) && telnyx.did('hangup', leg), 5000, 'both legs to be hung up')
})

test('an inbound call rings the user and is answered when he answers', async () => {
  const caller = telnyx.arrive({ from: '+447400123456', to: ours })
  const agent = await stack.until(() => [...telnyx.legs.values()].find(l => l.body?.link_to === caller.id), 8000, 'the agent to be dialled')
  equal(agent.to, 'sip:gencredAgent@sip.telnyx.com', 'To')
  equal(agent.from, '+447400123456', "the caller's own number")
  equal(agent.body.record, 'record-from-answer', "the agent's leg is recorded, whose answer begins the conversation")
  await changed(agent.call_id, 'ringing')
  ok(!telnyx.did('answer', caller), 'the caller hears it ring')
  telnyx.answer(agent)
  await stack.until(() => telnyx.did('answer', caller), 5000, 'the caller to be answered')
  await changed(agent.call_id, 'in-progress')
  telnyx.end(caller, 'normal_clearing')
  const row = await ends(agent.call_id, { status: 'completed', cause: 'hangup', by: 'customer' })
  equal(row.did, ours, 'did')
  await stack.until(() => telnyx.did('hangup', agent), 5000, 'the agent to be hung up')
})

test('where the organisation wants no recordings the carrier is asked for none', async () => {
  stack.sql(`update voip.orgs set settings = settings || '{"record": false}'`)
  const { id, agent, leg } = await talking()
  equal(agent.body.record ?? leg.body.record, undefined, 'record')
  equal(stack.sql(`select bool_or(record) from voip.provider_commands where call_id = '${id}'`), 'f', 'commands')
  equal((await changed(id, 'in-progress')).recording, false, 'what people see')
  stack.sql(`update voip.orgs set settings = settings - 'record'`)
  await stack.toCall('call.hangup', id)
  await ends(id, { status: 'completed', cause: 'hangup', by: 'agent' })
})

test('a number that leads nowhere, and a leg that a browser begins by itself, are hung up', async () => {
  const before = stack.sql('select count(*) from voip.calls')
  const stranger = telnyx.arrive({ from: '+447400123456', to: '+14155559999' })
  const browser = telnyx.arrive({ direction: 'outgoing', from: ours, to: customer })
  await stack.until(() => telnyx.did('hangup', stranger) && telnyx.did('hangup', browser), 8000, 'both to be hung up')
  equal(stack.sql('select count(*) from voip.calls'), before, 'calls')
})

test('a leg of a browser that names somebody\'s call is not taken for one of it, and hung up', async () => {
  const browser = state => telnyx.arrive({ direction: 'outgoing', from: ours, to: customer, state, connection: config().credential_connection_id })
  telnyx.faults = ['cut'] // so that the call does not know its own leg yet
  telnyx.onDial = leg => { telnyx.onDial = null; browser({ call: leg.call_id, leg: 'agent' }).intruder = true }
  const id = await click()
  const own = await stack.until(() => telnyx.dials(id, 'agent').find(l => !l.intruder), 8000, 'the agent to be dialled')
  const early = telnyx.dials(id, 'agent').find(l => l.intruder)
  await stack.until(() => telnyx.did('hangup', early), 8000, 'the first one to be hung up')
  telnyx.answer(early)
  telnyx.answer(own)
  const leg = await stack.until(() => telnyx.dials(id, 'customer')[0], 8000, 'the customer to be dialled')
  equal(leg.body.link_to, own.id, 'who is bridged')
  telnyx.answer(leg)
  await changed(id, 'in-progress')
  const late = ['agent', 'customer'].map(name => browser({ call: id, leg: name }))
  late.push(browser({ call: randomUUID(), leg: 'agent' })) // of no call at all
  for (const one of late) await stack.until(() => telnyx.did('hangup', one), 8000, 'those that came later to be hung up')
  equal(telnyx.did('hangup', own) ?? telnyx.did('hangup', leg), undefined, 'the call\'s own legs')
  equal((await stack.toCall('call.hangup', id)).status, 200, 'hangup')
  await ends(id, { status: 'completed', cause: 'hangup', by: 'agent' })
})

test('a user without a phone there is told so', async () => {
  const row = await ends(await click(customer, { user: randomUUID() }), { status: 'failed', cause: 'nobody_available' })
  ok(row.message.includes('signed in'), row.message)
})

test('webhooks that never come: the carrier is asked', async () => {
  const { id, leg } = await talking()
  telnyx.end(leg, 'normal_clearing', { at: leg.answered + 12000, silent: true })
  await stack.until(() => stack.sql(`select status from voip.calls where id = '${id}'`) === 'completed', 20000, 'the call to end')
  await ends(id, { status: 'completed', cause: 'hangup', by: 'customer', duration: 12 })
})

test('1,000 dials that are performed and not answered for: repeated under their id, none rings twice', async () => {
  const n = 1000
  telnyx.onDial = leg => {
    telnyx.faults.push(null) // the repeat is answered
    if (leg.leg === 'agent') telnyx.answer(leg)
    else { telnyx.answer(leg); telnyx.end(leg, 'normal_clearing') }
  }
  const users = Array.from({ length: n }, () => randomUUID())
  stack.sql(`insert into voip.users (org_id, id, email, name) select '${stack.org}', u::uuid, u || '@example.com', u from unnest('{${users.join(',')}}'::text[]) u`)
  stack.sql(`insert into voip.telnyx_credentials (org_id, provider_id, user_id, connection_id, credential_id, sip_username, created_at)
    select '${stack.org}', '${provider}', u, '1', u::text, 'gencred' || replace(u::text, '-', ''), now() from unnest('{${users.join(',')}}'::uuid[]) u`)
  const first = new Set()
  const dial = telnyx.dial.bind(telnyx)
  telnyx.dial = (res, json, fail, body) => { // each command is cut the first time
    const again = first.has(body.command_id)
    first.add(body.command_id)
    telnyx.faults = [again ? null : 'cut']
    dial(res, json, fail, body)
  }
  const ids = []
  for (let i = 0; i < n; i += 50) ids.push(...await Promise.all(users.slice(i, i + 50).map((user, k) => click(`+1415556${1000 + i + k}`, { user }))))
  await stack.slowly(() => stack.sql(`select count(*) from voip.calls where ended_at is not null and id = any('{${ids.join(',')}}')`) === String(n), 60000, 'all calls to end')
  telnyx.dial = dial
  telnyx.faults = []
  telnyx.onDial = null
  const wrong = ids.filter(id => telnyx.dials(id, 'agent').length !== 1 || telnyx.dials(id, 'customer').length !== 1)
  equal(wrong.length, 0, `of ${n} calls rung not exactly once`)
  equal(stack.sql(`select status, count(*) from voip.calls where id = any('{${ids.join(',')}}') group by status`), `completed|${n}`, 'rows')
})

await main(stack, { after: () => telnyx.down() })
