// trunk.test: what an administrator is told about a trunk, step by step, by a controller that really asks.
import { createServer } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { freePort } from '../lib/ports.mjs'
import { Stack } from './lib/stack.mjs'
import { header, response, tlsPeer, udpPeer } from './lib/peer.mjs'
import { equal, main, ok, test } from './lib/tap.mjs'

const closers = []
const trunks = {}

// A registrar that takes whoever sends a digest, but for the account "blocked" and the wrong password's user.
function registrar(request) {
  if (request.startsWith('OPTIONS')) return response(request, 200, 'OK\x07 fine')
  if (!request.startsWith('REGISTER')) return null
  if (/sip:blocked@/.test(header(request, 'From'))) return response(request, 403, 'Forbidden (unpaid)')
  const auth = header(request, 'Authorization')
  if (!auth || /username="wrong"/.test(auth)) return response(request, 401, 'Unauthorized', ['WWW-Authenticate: Digest realm="reg", nonce="n1", qop="auth"'])
  return response(request, 200, 'OK', [`Contact: ${header(request, 'Contact')};expires=600`])
}

const alive = request => (request.startsWith('OPTIONS') ? response(request, 404, 'Not Found') : null)

const stack = new Stack({
  beforeController: async s => {
    const port = {}
    for (const [name, host] of Object.entries({ reg: '127.0.0.31', alive: '127.0.0.32', silent: '127.0.0.33', tls: '127.0.0.34', badtls: '127.0.0.35', plain: '127.0.0.36', refused: '127.0.0.37', away: '127.0.0.38' })) port[name] = await freePort(host)
    s.registrar = await udpPeer('127.0.0.31', port.reg, registrar)
    closers.push(s.registrar, await udpPeer('127.0.0.32', port.alive, alive), await udpPeer('127.0.0.33', port.silent, () => null),
      await udpPeer('127.0.0.38', port.away, r => response(r, 503, 'Service Unavailable')))
    const account = (name, username) => s.trunkWithPassword(name, { host: '127.0.0.31', port: port.reg, username, password: 'secret', register: true, options_interval_s: 30 })
    trunks.good = account('good', 'u100')
    trunks.wrong = account('wrong', 'wrong')
    trunks.blocked = account('blocked', 'blocked')
    trunks.unregistered = s.trunkWithPassword('unregistered', { host: '127.0.0.32', port: port.alive, username: 'u1', password: 'secret', options_interval_s: 30 })
    trunks.byAddress = s.trunk({ host: '127.0.0.32', port: port.alive, options_interval_s: 30 })
    trunks.silent = s.trunk({ host: '127.0.0.33', port: port.silent, options_interval_s: 30 })
    trunks.away = s.trunk({ host: '127.0.0.38', port: port.away, options_interval_s: 30 })
    trunks.noName = s.trunk({ host: 'no-such-carrier.invalid', options_interval_s: 30 })
    trunks.inbound = s.trunk({ host: '' })
    trunks.metadata = s.trunk({ host: '169.254.169.254', port: 80, options_interval_s: 30 })
    trunks.lan = s.trunk({ host: '198.51.100.9', outbound_proxy: 'sip:10.1.2.3:5060', options_interval_s: 30 })

    const ca = join(s.dir, 'ca')
    s.certificate(ca, 'test-ca')
    const cert = (name, cn) => { s.certificate(join(s.dir, name), cn, ca); return { key: readFileSync(join(s.dir, `${name}.key`)), cert: readFileSync(join(s.dir, `${name}.crt`)) } }
    const pem = readFileSync(`${ca}.crt`, 'utf8')
    closers.push(await tlsPeer('127.0.0.34', port.tls, cert('good', '127.0.0.34'), alive))
    closers.push(await tlsPeer('127.0.0.35', port.badtls, cert('bad', 'somebody.else.example'), alive))
    const plain = createServer(socket => socket.on('error', () => {}).once('data', () => socket.destroy()))
    await new Promise(resolve => plain.listen(port.plain, '127.0.0.36', resolve))
    closers.push({ close: () => new Promise(resolve => plain.close(resolve)) })
    const tls = (name, host, more = {}) => s.trunk({ host, port: port[name], transport: 'tls', tls_ca: pem, options_interval_s: 30, ...more })
    trunks.tls = tls('tls', '127.0.0.34')
    trunks.badtls = tls('badtls', '127.0.0.35')
    trunks.plain = tls('plain', '127.0.0.36')
    trunks.refused = tls('refused', '127.0.0.37')
    trunks.tcpRefused = s.trunk({ host: '127.0.0.37', port: port.refused, transport: 'tcp', options_interval_s: 30 })
  },
})

const ask = async (trunk, version = 0) => {
  const reply = await stack.request('trunk.test', { trunk: trunks[trunk] ?? trunk, version })
  equal(reply.status, 200, `status (${reply.message})`)
  return reply.steps
}
const shape = steps => steps.map(s => `${s.name}:${s.ok ? 'ok' : 'bad'}`).join(' ')
const last = steps => steps.at(-1)

test('a trunk that works says so at each step, with the codes', async () => {
  const steps = await ask('good')
  equal(shape(steps), 'dns:ok options:ok register:ok', 'steps')
  ok(/127\.0\.0\.31/.test(steps[0].message), steps[0].message)
  ok(/200 OK fine\./.test(steps[1].message), `without control characters: ${JSON.stringify(steps[1].message)}`)
  ok(/200/.test(steps[2].message), steps[2].message)
  ok(steps.every(s => s.hint === ''), 'no hint where nothing is wrong')
})

test('the test asks with the trunk\'s own registration and leaves it in place', async () => {
  await ask('good')
  const mine = stack.registrar.requests.filter(r => r.startsWith('REGISTER') && /sip:u100@/.test(header(r, 'From')))
  equal(new Set(mine.map(r => header(r, 'Call-ID'))).size, 1, 'Call-IDs')
  equal(new Set(mine.map(r => header(r, 'Contact').split(';')[0])).size, 1, 'Contacts')
  ok(mine.every(r => header(r, 'Expires') !== '0'), 'it was never unregistered')
})

test('two tests at once of one trunk both end', async () => {
  const [a, b] = await Promise.all([ask('good'), ask('good')])
  ok([a, b].some(s => shape(s) === 'dns:ok options:ok register:ok'), `${shape(a)} | ${shape(b)}`)
  ok([a, b].every(s => last(s).name === 'register'), 'each tells about the registration')
})

test('a wrong password is told as such', async () => {
  const steps = await ask('wrong')
  equal(shape(steps), 'dns:ok options:ok register:bad', 'steps')
  ok(/401/.test(last(steps).message) && /password/.test(last(steps).hint), JSON.stringify(last(steps)))
})

test('a refused account shows the code and the reason', async () => {
  const step = last(await ask('blocked'))
  ok(/403 Forbidden \(unpaid\)/.test(step.message) && step.hint, JSON.stringify(step))
})

test('a trunk with a password that does not register says what proves it', async () => {
  const steps = await ask('unregistered')
  equal(shape(steps), 'dns:ok options:ok register:ok', 'steps')
  ok(/404 Not Found/.test(steps[1].message), steps[1].message)
  ok(/first call/.test(last(steps).message), last(steps).message)
})

test('a trunk by address ends with OPTIONS', async () => equal(shape(await ask('byAddress')), 'dns:ok options:ok', 'steps'))

test('nobody there: the OPTIONS get no answer', async () => {
  const steps = await ask('silent')
  equal(shape(steps), 'dns:ok options:bad', 'steps')
  ok(/firewall/.test(last(steps).hint), last(steps).hint)
})

test('503 to OPTIONS is no working trunk', async () => {
  const step = last(await ask('away'))
  ok(!step.ok && /503/.test(step.message), JSON.stringify(step))
})

test('a name that does not exist is told at DNS', async () => equal(shape(await ask('noName')), 'dns:bad', 'steps'))

test('an address inside that no operator named is refused, and the way out is told', async () => {
  for (const [name, host] of [['metadata', '169.254.169.254'], ['lan', '10.1.2.3']]) {
    const steps = await ask(name)
    equal(shape(steps), 'dns:bad', name)
    ok(steps[0].message.startsWith(`${host} is not on the public internet`) && /VOIP_TRUNK_NETWORKS/.test(steps[0].hint), JSON.stringify(steps))
  }
  const down = stack.log('controller').split('\n').filter(line => line.includes('"reason":"address_refused"'))
  equal(down.length, 2, 'both are down')
})

test('inbound only: there is nobody to ask', async () => equal(shape(await ask('inbound')), 'config:ok', 'steps'))

test('TLS: a good certificate', async () => {
  const steps = await ask('tls')
  equal(shape(steps), 'dns:ok connect:ok options:ok', 'steps')
  ok(/certificate is good/.test(steps[1].message), steps[1].message)
})

test('TLS: the certificate of somebody else is named as the reason', async () => {
  const step = last(await ask('badtls'))
  equal(step.name, 'connect', 'step')
  ok(!step.ok && /certificate is refused: .*mismatch/i.test(step.message), JSON.stringify(step))
})

test('TLS: a port that speaks something else, and one where nobody listens', async () => {
  const broke = last(await ask('plain'))
  ok(!broke.ok && /broke off/.test(broke.message) && /TLS/.test(broke.hint), JSON.stringify(broke))
  for (const trunk of ['refused', 'tcpRefused']) {
    const step = last(await ask(trunk))
    ok(!step.ok && /refused/.test(step.message) && /5061/.test(step.hint), JSON.stringify(step))
  }
})

test('a trunk that was just stored is read first', async () => {
  const id = stack.trunk({ host: '127.0.0.31', port: 1, options_interval_s: 0 })
  equal(shape(await ask(id, 1)), 'dns:ok', 'steps')
  stack.sql(`update voip.trunks set host = '', version = 2 where id = '${id}'`)
  equal(shape(await ask(id, 2)), 'config:ok', 'steps of the newer row')
})

test('a trunk that is off, unknown, or another organisation\'s cannot be tested', async () => {
  const off = stack.trunk({ host: '127.0.0.31', is_active: false })
  for (const id of [off, randomUUID()]) {
    const steps = await ask(id)
    equal(shape(steps), 'config:bad', 'steps')
    ok(steps[0].hint, 'a way out')
  }
  equal((await stack.request('trunk.test', { trunk: 'x' })).status, 400, 'no id')
})

test('SIGTERM during a test ends in order', async () => {
  const pending = stack.request('trunk.test', { trunk: trunks.silent })
  stack.controller.kill('SIGTERM')
  equal((await stack.controller.exited).code, 0, 'exit status')
  await pending.catch(() => {})
})

await main(stack, { after: () => Promise.all(closers.map(c => c.close())) })
