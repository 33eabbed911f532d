// Canaries: secrets that cannot be mistaken are put wherever a secret goes, calls and requests are made, rightly and
// wrongly, at the most talkative log level; then none of them may be in anything that the system shows or leaves behind.
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { offer } from '../../sip/lib/browser.mjs'
import { check, equal } from '../data/tap.mjs'
import { Leaks } from './leaks.mjs'
import { webSocket } from './socket.mjs'
import { kekBytes, secrets, serviceUid, System } from './system.mjs'

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const voipBin = join(process.env.RINGMAIN_BUILD_DIR, 'tools/voip/voip')
const tests = []
const test = (name, run) => tests.push({ name, run })
const system = new System()
const leaks = new Leaks({ ...secrets, KEK: kekBytes })
const email = 'canary@example.com'
const accountSid = `AC${'0123456789abcdef'.repeat(2)}`

const voip = (args, more = {}) => {
  const done = spawnSync(voipBin, args, { encoding: 'utf8', cwd: system.dir, input: more.input ?? '', env: { ...system.env, ...system.files, VOIP_KEK_FILE: system.kek,
    ...system.busForCommands(), VOIP_JWT_KEY_FILE: join(system.dir, 'secrets/jwt.key'), ...more.env } })
  leaks.look(`voip ${args[0]} ${args[1] ?? ''}`, done.stdout + done.stderr)
  return done
}
const fine = (args, more) => {
  const done = voip(args, more)
  if (done.status !== 0) throw new Error(`voip ${args.join(' ')}: ${done.status} ${done.stderr}`)
  return done.stdout
}
// An answer's body and all headers but the one that is a secret by its nature.
const ask = async (method, path, { headers = {}, body } = {}) => {
  const answer = await fetch(system.url + path, { method, headers, body, redirect: 'manual' })
  const text = await answer.text()
  leaks.look('answers', [...answer.headers].filter(([key]) => key !== 'set-cookie').flat().join('\n') + text)
  return { status: answer.status, text, headers: answer.headers }
}
const json = { 'content-type': 'application/json' }
const until = async (what, fine_, ms = 20_000) => {
  for (const end = Date.now() + ms; !(await fine_());) {
    if (Date.now() > end) throw new Error(what)
    await pause(50)
  }
}
const events = () => readFileSync(system.children.find(child => child.title === 'voip-call-controller').log, 'utf8')
  .split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line))

test('the search finds a secret in every form', async () => {
  for (const [name, secret] of Object.entries({ ...secrets, KEK: kekBytes })) {
    const bytes = Buffer.from(secret)
    const shapes = [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(encodeURIComponent(bytes.toString('latin1'))),
      Buffer.from(new URLSearchParams({ p: bytes.toString('latin1') }).toString()), bytes.subarray(0, 16),
      ...['', 'u', 'us', 'use', 'user:'].map(before => Buffer.from(Buffer.concat([Buffer.from(before), bytes, Buffer.from('xyz')]).toString('base64'))),
      Buffer.from(Buffer.concat([Buffer.from('a'), bytes]).toString('base64url'))]
    for (const [i, shape] of shapes.entries()) {
      const probe = new Leaks({ [name]: secret })
      probe.look('here', Buffer.concat([Buffer.from('before '), shape, Buffer.from(' after')]))
      equal(probe.found.length, 1, `${name} as ${i}`)
    }
    const probe = new Leaks({ [name]: secret })
    probe.look('here', 'nothing of it')
    equal(probe.found, [])
  }
})

test('secrets are typed in', async () => {
  const carrier = await system.carrier()
  const org = system.sql("select id from orgs limit 1")
  const add = (name, username, password) => fine(['provider', 'add', 'sip', '--name', name, '--host', '127.0.0.1', '--port', String(carrier.sip), '--username', username,
    '--password-file', system.secretFiles[password], '--caller-id', '+14155550188'])
  add('Wrong', 'nobody', 'wrong trunk password')
  add('Canary', 'canary', 'trunk password')
  fine(['user', 'add', email, '--role', 'admin', '--password-file', system.secretFiles['user password']])
  leaks.add('API token', fine(['generate-token', email]).trim())
  const id = '01890000-0000-7000-8000-00000000ca11'
  const sealed = spawnSync(process.env.SECRETS_PEER, ['seal', org, `providers/config/${id}`], { encoding: 'utf8', input: JSON.stringify({ account_sid: accountSid, auth_token: secrets['provider config'], from_number: '+14155550199' }),
    env: { ...system.env, VOIP_KEK_FILE: system.kek, VOIP_DB_URL: system.owner.replace(/\/\/[^@]*@/, '//voip_gateway@') } })
  check(sealed.stdout.startsWith('v2.'), sealed.stderr)
  system.sql(`insert into providers (org_id, id, name, driver, config, priority) values ('${org}', '${id}', 'Account', 'twilio', '${sealed.stdout.split('\n')[0]}', 9)`)
  for (const name of ['gateway', 'call-controller']) leaks.add(`bus key of ${name}`, /secret-key\s*=\s*"([^"]+)"/.exec(readFileSync(join(system.dir, `secrets/bus/private/${name}.key`), 'utf8'))?.[1] ?? readFileSync(join(system.dir, `secrets/bus/private/${name}.key`), 'utf8').trim())
})

test('calls are made over trunks with a right and a wrong password', async () => {
  await until('the trunk did not register', () => events().some(line => line.event === 'trunk.registered' && line.trunk === 'Canary'))
  await until('the wrong password was taken', () => events().some(line => line.event === 'trunk.not_registered' && line.trunk === 'Wrong'))
  const login = await ask('POST', '/api/auth/login', { headers: json, body: JSON.stringify({ email, password: secrets['user password'] }) })
  equal(login.status, 200, login.text)
  const cookie = login.headers.get('set-cookie').split(';')[0]
  leaks.add('session', cookie.split('=')[1])
  const socket = await webSocket(`${system.url}/api/voip/ws`, { cookie, origin: system.url })
  equal(socket.status, 101, socket.body)
  await socket.until(message => message.type === 'hello')
  const dial = async (id, to) => {
    socket.send({ type: 'call.dial', id, to, sdp: offer(1), idempotency_key: `canary-${id}` })
    const reply = await socket.until(message => message.type === 'reply' && message.id === id)
    equal(reply.ok, true, JSON.stringify(reply))
    return socket.until(message => message.type === 'call.changed' && message.call.id === reply.call_id && message.call.ended_at, 25_000)
  }
  const hung = await dial('one', '+14155550109') // answers, hangs up after 3 s
  equal(hung.call.status, 'completed', JSON.stringify(hung.call))
  equal((await dial('two', '+14155550104')).call.status, 'busy')
  fine(['provider', 'activate', 'Wrong'])
  await pause(500) // the router hears of it on the bus and reads its configuration again
  equal((await dial('three', '+14155550103')).call.status, 'failed', 'over the trunk with the wrong password')
  fine(['provider', 'activate', 'Canary'])
  for (const text of ['{', `{"type":"call.dial","id":"x","to":"${encodeURIComponent(secrets['user password'])}"}`, JSON.stringify({ type: secrets['user password'], id: 'y' }),
    JSON.stringify({ type: 'call.dial', id: 'z', to: '+1', sdp: secrets['user password'], idempotency_key: 'k' })]) socket.send(text)
  await pause(500)
  const own = socket.said.filter(text => !text.includes('cAnaryUser'))
  leaks.look('socket', own.join('\n'))
  socket.close()
})

test('requests go wrong with secrets in every place', async () => {
  const password = secrets['user password']
  const token = fine(['generate-token', email]).trim()
  leaks.add('second API token', token)
  const bearer = { authorization: `Bearer ${token}` }
  const basic = { authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}` }
  const statuses = []
  for (const [method, path, more] of [
    ['POST', '/api/auth/login', { headers: json, body: JSON.stringify({ email: 'nobody@example.com', password }) }],
    ['POST', '/api/auth/login', { headers: json, body: JSON.stringify({ email, password: `${password}!` }) }],
    ['POST', '/api/auth/login', { headers: json, body: `{"email":"${email}","password":"${encodeURIComponent(password)}` }],
    ['POST', '/api/auth/login', { headers: json, body: JSON.stringify({ email, pass: password }) }],
    ['POST', '/api/auth/login', { headers: json, body: JSON.stringify([password]) }],
    ['POST', '/api/auth/login', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ email, password }).toString() }],
    ['POST', '/api/auth/login', { headers: json, body: JSON.stringify({ email, password: password + 'x'.repeat(3000) }) }],
    ['GET', '/api/auth/me', { headers: { authorization: `Bearer ${token}x` } }],
    ['GET', '/api/auth/me', { headers: basic }],
    ['GET', '/api/auth/me', { headers: { cookie: `__Host-voip=${encodeURIComponent(password)}` } }],
    ['GET', `/api/voip/calls/${encodeURIComponent(password)}`, { headers: bearer }],
    ['GET', `/api/nothing/${encodeURIComponent(token)}?token=${token}&password=${encodeURIComponent(password)}`, {}],
    ['GET', `/api/voip/calls/history?cursor=${encodeURIComponent(password)}&token=${token}`, { headers: bearer }],
    ['GET', `/api/voip/ws?ticket=${token}`, {}],
    ['POST', '/api/voip/calls/outbound', { headers: { ...bearer, ...json, 'idempotency-key': 'c1' }, body: JSON.stringify({ to: password }) }],
    ['POST', '/api/voip/calls/outbound', { headers: { ...bearer, ...json, 'idempotency-key': 'c2' }, body: JSON.stringify({ to_number: '+14155550103', password }) }],
    ['POST', '/api/voip/persons', { headers: { ...bearer, ...json }, body: '{"name":' }],
    ['POST', '/api/voip/token', { headers: bearer }],
    ['DELETE', '/api/auth/login', { headers: bearer }],
  ]) statuses.push(`${(await ask(method, path, more)).status}`)
  console.log(`# answers: ${statuses.join(' ')}`)
  check(['400', '401', '404'].every(status => statuses.includes(status)), statuses.join(' '))
  check(!statuses.includes('500'), statuses.join(' '))
  const refused = await webSocket(`${system.url}/api/voip/ws?ticket=${encodeURIComponent(token)}x`)
  leaks.look('answers', refused.body ?? '')
})

test('webhooks come with right and wrong signatures', async () => {
  if (!system.webhookUrl) return console.log('# this build has no webhook-ingest')
  const path = '/voip/webhook/twilio/status'
  const fields = { AccountSid: accountSid, CallSid: `CA${'0123456789abcdef'.repeat(2)}`, CallStatus: 'completed', SequenceNumber: '3', From: '+14155550199', To: '+14155550103' }
  const sign = (form, token) => createHmac('sha1', token).update(`https://crm.example${path}` + Object.keys(form).sort().map(key => key + form[key]).join('')).digest('base64')
  const post = async (form, signature) => {
    const answer = await fetch(system.webhookUrl + path, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
      body: typeof form === 'string' ? form : new URLSearchParams(form).toString() })
    leaks.look('answers', await answer.text())
    return answer.status
  }
  const token = secrets['provider config']
  const got = [await post(fields, sign(fields, token)), await post(fields, sign(fields, `${token}x`)), await post(fields, token), await post('%zz=', token),
    await post({ ...fields, AccountSid: token }, sign({ ...fields, AccountSid: token }, token))]
  console.log(`# webhooks: ${got.join(' ')}`)
  check(got[0] >= 200 && got[0] < 300, `the right signature got ${got[0]}`)
  equal([got[1], got[2]], [401, 401])
})

test('the operator\'s commands say none of them', async () => {
  for (const args of [['doctor'], ['status', '--services', system.children.map(child => `${child.title}=127.0.0.1:${child.admin}`).join(',')], ['provider', 'list'],
    ['help', 'keys', 'rotate'], ['janitor'],
    ['provider', 'add', 'sip', '--host', '127.0.0.1', '--username', 'u', '--password-file', '/no/such/file'], ['migrate']]) voip(args)
  check(/3 stored secrets open/.test(voip(['doctor']).stdout), 'a secret is shut')
  for (const args of [['list'], ['rotate', '--prepare'], ['rotate'], ['rotate', '--data-keys'], ['list']]) fine(['keys', ...args])
  leaks.look('voip doctor without its file', voip(['doctor'], { env: { VOIP_KEK_FILE: '/no/such/file' } }).stdout)
  for (const child of system.children) {
    for (const flag of ['--check', '--help']) {
      const done = spawnSync(child.file, [flag], { encoding: 'utf8', env: { PATH: process.env.PATH, VOIP_ENV_FILE: '/dev/null', ...child.settings,
        ...(flag === '--check' ? { VOIP_DB_PASSWORD: secrets['database password'], VOIP_DB_PASSWORD_FILE: '' } : {}) } })
      leaks.look(`${child.title} ${flag}`, done.stdout + done.stderr)
    }
  }
})

test('no metrics page has one', async () => {
  for (const child of system.children) {
    for (const page of ['metrics', 'readyz', 'livez', encodeURIComponent(secrets['user password'])]) {
      const answer = await fetch(`http://127.0.0.1:${child.admin}/${page}`)
      leaks.look('metrics', await answer.text())
    }
  }
  check(leaks.looked.get('metrics') > 10_000, `only ${leaks.looked.get('metrics')} bytes`)
})

test('no process shows one, can be dumped, or is read by its neighbours', async () => {
  await system.command('janitor', ['janitor', '--loop'], { VOIP_DB_URL: system.owner, VOIP_KEK_FILE: system.kek, ...system.files })
  for (const { pid, title } of [...system.children, system.commandProcess]) {
    const proc = name => readFileSync(`/proc/${pid}/${name}`)
    leaks.look('cmdline', proc('cmdline'))
    check(/Max core file size +0 /.test(proc('limits').toString()), `${title} may write a core: ${/Max core.*/.exec(proc('limits'))}`)
    const uid = Number(/^Uid:\s+(\d+)/m.exec(proc('status'))[1])
    equal(uid, serviceUid, `${title} runs as`)
    // what cannot be dumped belongs to root in /proc, whoever runs it
    equal(statSync(`/proc/${pid}/environ`).uid, 0, `${title} can be dumped and read by its own user`)
    let environ
    try { environ = proc('environ') } catch (error) {
      equal(error.code, 'EACCES')
      environ = Buffer.alloc(0) // we are such a neighbour
    }
    leaks.look('environ', environ)
  }
})

test('a service that crashes leaves no core', async () => {
  const before = new Set(readdirSync(system.dir))
  for (const name of ['voip-media', 'voip-token-issuer']) {
    const child = system.children.find(one => one.title === name)
    const gone = new Promise(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)))
    child.kill('SIGABRT')
    equal(await gone, 'SIGABRT', name)
  }
  equal(readdirSync(system.dir).filter(name => !before.has(name)), [], 'new files')
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim()
  if (pattern.startsWith('/')) equal(readdirSync(dirname(pattern)).filter(name => /voip-(media|token)/.test(name)), [])
})

test('no log has one', async () => {
  for (const [name, text] of system.logs()) leaks.look(`log of ${name}`, text)
  const lines = events()
  check(['trunk.registered', 'trunk.not_registered', 'trunks.loaded'].every(event => lines.some(line => line.event === event)), 'the logs say too little')
  const server = join(dirname(system.sql('show data_directory')), 'log')
  if (existsSync(server)) leaks.look('log of PostgreSQL', readFileSync(server))
})

test('a dump of the database has one only as what opens with the key file', async () => {
  const bin = readdirSync('/usr/lib/postgresql').map(version => `/usr/lib/postgresql/${version}/bin/pg_dump`).find(existsSync)
  const dump = spawnSync(bin, [system.owner], { maxBuffer: 1 << 28 })
  equal(dump.status, 0, String(dump.stderr))
  check(dump.stdout.includes('COPY voip.trunks') && dump.stdout.includes('v2.'), 'nothing was dumped')
  leaks.look('dump', dump.stdout)
})

test('none was found anywhere', async () => {
  const places = [...leaks.looked].map(([where, bytes]) => `${where} ${bytes}`)
  console.log(`# looked for ${leaks.secrets.size} secrets in ${places.length} places: ${places.join(', ')}`)
  equal([...new Set(leaks.found)], [])
})

console.log(`1..${tests.length}`)
let failed = 0
try {
  await system.start('all')
  for (const [i, { name, run }] of tests.entries()) {
    try {
      await run()
      console.log(`ok ${i + 1} - ${name}`)
    } catch (error) {
      failed++
      console.log(`not ok ${i + 1} - ${name}`)
      for (const line of String(error.stack).split('\n').slice(0, 12)) console.log(`# ${line}`)
    }
  }
} catch (error) {
  failed++
  console.log(`Bail out! ${error.message}`)
} finally {
  await system.stop()
}
process.exit(failed ? 1 : 0)
