// Which carrier a click goes out by: the active provider, from the next call on; the next one while the active
// one's API is down, in each form that "down" has; and never two of them.
import { Carriers } from './kit.mjs'
import { equal, main, ok, test } from '../gateway/providers_kit.mjs'

const system = new Carriers()
const providers = {}
const once = name => ({ twilio: 0, telnyx: 0, sip: 0, [name]: 1 })

async function clickGoesBy(name, what) {
  await system.dials()
  const began = Date.now()
  const call = await system.click()
  ok(!call.error, `${what}: ${JSON.stringify(call)}`)
  equal(await system.dials(), once(name), `${what}: dials, ${JSON.stringify({ status: call.status, cause: call.cause, message: call.message })}`)
  console.log(`# ${what}: ${name}, ${Date.now() - began} ms`)
  return call
}

test('the next call goes out by the provider that was just activated, without a restart', async () => {
  const before = system.children.map(child => child.pid)
  for (const name of ['twilio', 'telnyx', 'sip', 'twilio', 'sip', 'telnyx', 'twilio']) {
    await system.activate(providers[name])
    await clickGoesBy(name, `active ${name}`)
  }
  equal(system.children.filter(child => child.exitCode === null && child.signalCode === null).map(child => child.pid), before, 'processes')
})

// What "down" is, and who then carries the call: the next provider; the carrier itself, when it performed the dial and
// only its answer was lost; or, where nobody can say whether it dials, nobody: then the next call goes out by the next.
const dials = { method: 'POST', path: '(Participants|Calls)\\.json$|/v2/calls$' }
const forms = {
  'refuses connections': ['next'],
  'answers 429 to the end': ['next', { ...dials, action: 'status', status: 429 }],
  'refuses our login': ['next', { action: 'status', status: 401 }],
  'answers 500 and performs the dial': ['itself', { ...dials, action: 'perform_then_status', status: 500, times: 1 }],
  'performs the dial and never answers': ['itself', { ...dials, action: 'perform_then_hang', times: 1 }],
  'answers 500 to all': ['nobody', { action: 'status', status: 500 }],
  'cuts all connections': ['nobody', { action: 'drop' }],
}

async function lastsDown(active, fault, run) {
  if (fault) await system.fault(active, fault)
  else await system.away(active)
  try { await run() } finally {
    if (fault) await system.noFaults(active)
    else await (active === 'twilio' ? system.startTwilio() : system.startTelnyx())
  }
}

for (const [active, next] of [['twilio', 'telnyx'], ['telnyx', 'twilio']]) {
  for (const [what, [who, fault]] of Object.entries(forms)) {
    test(`${active} ${what}: ${{ next: `the call goes out once, by ${next}`, itself: `its call is found, and is the only one`, nobody: `no call rings twice, and the next one goes out by ${next}` }[who]}`, async () => {
      await system.forgiven()
      await system.activate(providers[active])
      await lastsDown(active, fault, async () => {
        if (who === 'nobody') {
          await system.dials()
          const call = await system.click()
          ok(call.status === 'failed' && call.message.length > 20, `it says why: ${JSON.stringify(call)}`)
          equal(await system.dials(), { twilio: 0, telnyx: 0, sip: 0 }, 'dials of the call whose fate is unknown')
          await system.until('the panel says that its API is down', async () => (await system.want(200, 'GET', `/admin/voip/providers/${providers[active]}`)).json.data.health === 'down')
        }
        await clickGoesBy(who === 'itself' ? active : next, `${active} ${what}`)
      })
    })
  }
}

test('a SIP carrier that is away: the call goes out once, by the next', async () => {
  await system.forgiven()
  const nowhere = (await system.want(201, 'POST', '/admin/voip/providers', { name: 'Nowhere', driver: 'sip', config: { ...system.accountOf('sip'), sip_port: '9' } })).json.data
  await system.activate(nowhere.id)
  await clickGoesBy('twilio', 'a SIP carrier that is away')
  await system.activate(providers.twilio)
  await system.want(200, 'DELETE', `/admin/voip/providers/${nowhere.id}`)
})

await main(system, {
  before: async () => {
    system.sql('update providers set last_test_ok = false') // the seeded one stands in for nobody
    let priority = 1
    for (const name of ['twilio', 'telnyx', 'sip']) providers[name] = await system.provider(name, `Carrier ${name}`, priority++)
    await system.activate(providers.telnyx)
    await system.want(200, 'POST', '/api/voip/token') // Telnyx knows the user by a login of his own
  },
})
