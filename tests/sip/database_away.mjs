// The database is away for so long that the controller cannot keep every change of its calls.
import { freePort } from '../lib/ports.mjs'
import { response, udpPeer } from './lib/peer.mjs'
import { Stack } from './lib/stack.mjs'
import { consent, offer } from './lib/browser.mjs'
import { equal, main, ok, test } from './lib/tap.mjs'

const number = '+493012345678'
const changesMax = 60000 // that wait for the database
let port, trunk, carrier, leave
const stack = new Stack({
  controller: { VOIP_LOG_LEVEL: 'info' },
  beforeController: async s => {
    port = await freePort('127.0.0.41')
    trunk = s.trunk({ host: '127.0.0.41', port })
  },
})

const database = on => stack.sql(`alter database ${stack.database} allow_connections ${on}`, stack.adminUrl)

test('a call that ends while nothing more can be kept has its end once the database is back', async () => {
  const audio = ['v=0', 'o=- 1 1 IN IP4 127.0.0.41', 's=-', 'c=IN IP4 127.0.0.41', 't=0 0', 'm=audio 6000 RTP/AVP 0', 'a=recvonly', ''].join('\r\n') // recvonly: its silence is no fault
  carrier = await udpPeer('127.0.0.41', port, r => r.startsWith('ACK') ? null
    : r.startsWith('INVITE') ? response(r, 200, 'OK', [`Contact: <sip:carrier@127.0.0.41:${port}>`, 'Content-Type: application/sdp'], audio) : response(r, 200, 'OK'))
  await stack.routes({ 'route.outbound': { to: number, from: '+4930111', ring_s: 20, targets: [{ trunk, to: number, from: '+4930111' }] } })
  const { call_id } = await stack.request('call.dial', { to: number, sdp: offer(1), session: 'gw/1', key: 'away' })
  await stack.changed(call_id, e => e.status === 'in-progress')
  leave = consent((await stack.until(() => stack.live.find(e => e.type === 'call.media' && e.call_id === call_id), 5000, 'the answer')).sdp)
  await stack.until(() => stack.sql(`select status from voip.calls where id = '${call_id}'`) === 'in-progress', 5000, 'the row')
  database(false)
  stack.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${stack.database}'`, stack.adminUrl)
  for (let at = 0; at < changesMax + 100; at += 200) {
    await Promise.all(Array.from({ length: 200 }, (_, i) => stack.request(i % 2 ? 'call.unhold' : 'call.hold', { call_id })))
  }
  ok(stack.log('controller').includes('"event":"call.not_stored"'), 'the limit was reached')
  equal((await stack.request('call.hangup', { call_id })).status, 200, 'hangup')
  database(true)
  await stack.until(() => stack.sql(`select status from voip.calls where id = '${call_id}'`) === 'completed', 60000, 'the end of the call')
  equal(stack.sql(`select count(*) from voip.call_legs where call_id = '${call_id}'`), '2', 'its legs')
})

await main(stack, { after: () => { leave?.(); carrier?.close() } })
