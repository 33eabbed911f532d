// The ways to set up, each from an empty database to a call, typed as a person types them: the wizard for each carrier,
// with wrong answers on the way, and the CRM's .env. The panel's way is tests/e2e/first-call.spec.js.
import { createServer } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { equal, main, ok, test } from '../gateway/providers_kit.mjs'
import { Carriers, NUMBERS } from './kit.mjs'
import { worksFor } from './works.mjs'

const PASSWORD = 'my own Password 7'
const EMAIL = 'ann@acme.test'
const person = { email: EMAIL, password: PASSWORD }
let system = new Carriers()

// A question's label, and what is typed at its prompt.
const at = (label, typed) => [`${label}[\\s\\S]*?(?:\\n|\\] )> `, `${typed}\r`]
const answer = (question, typed) => [`${question}[^\\]]*\\] `, `${typed}\r`]
const onceMore = typed => ['Once more > ', `${typed}\r`]
const me = [at('Name of the organisation', 'Acme Ltd'), at('Country', 'Utopia'), at('Two letters like', 'us'), at('e-mail address', 'ann at acme'), at('like ann@example', EMAIL),
  at('Password', 'short'), at('It has at least 8', PASSWORD), onceMore(`${PASSWORD}!`), at('The two differ', PASSWORD), onceMore(PASSWORD)]
const active = () => system.sql('select string_agg(name || \'|\' || driver, \',\') from providers where is_active')

async function afresh() {
  if (system.started) {
    await system.stop()
    system = new Carriers()
  }
  system.started = true
  return system.start('all', {}, false)
}

test('the wizard, Twilio', async () => {
  await afresh()
  const { account_sid, auth_token, api_key_sid, api_key_secret } = system.accountOf('twilio')
  const wrong = auth_token.replace(/^./, c => (c === 'a' ? 'b' : 'a'))
  const done = await system.type(['setup', '--interactive', '--api-base', system.apiBase('twilio')], [...me, at('Whose lines', '7'), at('Type its number', '1'), at('Name of this provider', ''),
    at('Account SID', 'ann'), at('Account SID', account_sid), at('Auth token', wrong), at('API key SID', api_key_sid), at('API key secret', api_key_secret), at('TwiML application SID', ''),
    at('Caller number', 'ring me'), at('Caller number', NUMBERS.twilio), at('Region', ''), at('Edge', ''), answer('Store this, sealed\\?', ''),
    // a token of the right form that is not the account's: the test says so; nothing works, so it stays inactive
    answer('FAULT +account[\\s\\S]*Set it up at the carrier', 'n'), answer('Activate it all the same\\?', '')])
  equal(done.status, 0, done.screen)
  ok(/stored and inactive/.test(done.screen) && ![wrong, api_key_secret, PASSWORD].some(secret => done.screen.includes(secret)), done.screen)
  equal([active(), system.sql('select last_test_ok from providers')], ['', 'f'], 'not active, and known as bad')
  // once more, with the right one: the same name is changed
  const again = await system.type(['setup', '--interactive', '--api-base', system.apiBase('twilio')], [at('Whose lines', 'twilio'), at('Name of this provider', ''),
    at('It is there already[\\s\\S]*Account SID', account_sid), at('Auth token', auth_token), at('API key SID', api_key_sid), at('API key secret', api_key_secret), at('TwiML application SID', ''),
    at('Caller number', NUMBERS.twilio), at('Region', ''), at('Edge', ''), answer('Store this, sealed\\?', 'y'), answer('Set it up at the carrier', 'y'), answer('Activate it: new calls', 'y')])
  equal(again.status, 0, again.screen)
  for (const line of [/ok +account/, /ok +api_key/, /FAULT +application[\s\S]*ok +application/, /ok +number/, /ok +webhook/, /Twilio is the active provider/]) ok(line.test(again.screen), `${line}\n${again.screen}`)
  await worksFor(system, person, 'Twilio', 'twilio')
})

test('the wizard, Telnyx', async () => {
  await afresh()
  const { api_key, connection_id, public_key } = system.accountOf('telnyx')
  const done = await system.type(['setup', '--interactive', '--driver', 'telnyx', '--api-base', system.apiBase('telnyx')], [...me, at('Name of this provider', 'Main'),
    at('API key', 'two words'), at('API key', api_key), at('Call Control application', 'the first'), at('Call Control application', connection_id), at('Credential connection', ''),
    at('Public key', 'KEY'), at('Public key', public_key), at('Caller number', '415 555 0130'), answer('Store this, sealed\\?', ''),
    answer('FAULT +credentials[\\s\\S]*Set it up at the carrier', ''), answer('Activate it: new calls', '')])
  equal(done.status, 0, done.screen)
  for (const line of [/A credential connection was made/, /ok +public_key/, /ok +webhook/, /Main is the active provider/]) ok(line.test(done.screen), `${line}\n${done.screen}`)
  ok(!done.screen.includes(api_key), 'the key is not on the screen')
  await worksFor(system, person, 'Main', 'telnyx')
})

test('the wizard, a SIP trunk, which the running system tries', async () => {
  await afresh()
  const trunk = port => [at('Server', '127.0.0.1'), at('Port', port), at('Transport', ''), at('Authentication', 'ip_auth'), at('Display name', 'Acme'), at('Caller number', NUMBERS.sip),
    answer('There are more settings', 'n'), answer('Store this, sealed\\?', 'y')]
  const done = await system.type(['setup', '--interactive', '--driver', 'sip'], [...me, at('Name of this provider', 'Carrier'), ...trunk('9'), answer('FAULT +options[\\s\\S]*Activate it all the same\\?', '')])
  equal(done.status, 0, done.screen)
  equal([active(), system.sql('select last_test_ok from providers')], ['', 'f'], 'not active, and known as bad')
  const again = await system.type(['setup', '--driver', 'sip'], [at('Name of this provider', 'Carrier'), ...trunk(system.ports.carrier), answer('Activate it: new calls', '')])
  equal(again.status, 0, again.screen)
  ok(/ok +options/.test(again.screen) && /Carrier is the active provider/.test(again.screen), again.screen)
  await worksFor(system, person, 'Carrier', 'sip')
  // the same by its own command, and told when it is away
  const good = await system.command('provider', 'test', 'Carrier')
  ok(good.code === 0 && /ok +options/.test(good.out) && /The provider works/.test(good.out), good.out + good.err)
  const child = system.children.find(c => c.title === 'demo-carrier')
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
  const bad = await system.command('provider', 'test', 'Carrier')
  ok(bad.code === 1 && /FAULT +options/.test(bad.out) && /->/.test(bad.out), bad.out + bad.err)
  equal(system.sql('select last_test_ok from providers'), 'f', 'remembered')
  const none = await system.command('provider', 'provision', 'Carrier')
  ok(none.code === 1 && /On its page/.test(none.err), none.err)
})

test('.env, and what follows it', async () => {
  await afresh()
  const { account_sid, auth_token, api_key_sid, api_key_secret } = system.accountOf('twilio')
  writeFileSync(join(system.dir, 'crm.env'), `APP_NAME="Acme CRM"\nTWILIO_SID=${account_sid}\nTWILIO_TOKEN='${auth_token}'\nTWILIO_NUMBER="${NUMBERS.twilio}"\nTWILIO_API_KEY=${api_key_sid}\nTWILIO_API_SECRET=${api_key_secret}\n`)
  const fine = async (...args) => {
    const done = await system.command(...args)
    equal(done.code, 0, `voip ${args.join(' ')}: ${done.out}${done.err}`)
    return done.out
  }
  const made = await fine('migrate-config', '--env-file', 'crm.env', '--api-base', system.apiBase('twilio'))
  ok(/voip provider test Twilio/.test(made), made)
  equal(active(), 'Twilio|twilio', 'exactly one is active')
  // what it says, step by step
  const before = await system.command('provider', 'test', 'Twilio')
  ok(before.code === 1 && /ok +account/.test(before.out) && /FAULT +application/.test(before.out), before.out + before.err)
  ok(/ok +application[\s\S]*Trying Twilio[\s\S]*The provider works/.test(await fine('provider', 'provision', 'Twilio')), 'set up, and tried again')
  const id = system.sql('select id from providers')
  equal(system.sql('select config_hint->>\'app_sid\' like \'AP%\' from providers'), 't', 'the application is remembered')
  const version = system.sql('select version from providers')
  await fine('provider', 'provision', id)
  equal(system.sql('select version from providers'), version, 'a repeat changes nothing')
  writeFileSync(join(system.dir, 'pw'), `${PASSWORD}\n`)
  await fine('user', 'add', EMAIL, '--role', 'admin', '--password-file', 'pw')
  await worksFor(system, person, 'Twilio', 'twilio')
  equal(system.sql('select count(*) from audit_log where action = \'provider.tested\' and actor_type = \'cli\''), '3', 'each test has its line in the audit log')
})

test('provider test and provision say what is wrong', async () => {
  const said = async (wanted, ...args) => {
    const done = await system.command(...args)
    ok(done.code !== 0 && wanted.test(done.out + done.err), `voip ${args.join(' ')}: ${done.code} ${done.out}${done.err}`)
  }
  await said(/there is no provider 'Nobody'[\s\S]*voip provider list/, 'provider', 'test', 'Nobody')
  await said(/provider test ID\|NAME/, 'provider', 'test')
  await said(/no such organisation/, 'provider', 'test', 'Twilio', '--org', 'Other')
  await system.fault('twilio', { action: 'status', status: 401 })
  await said(/FAULT +account/, 'provider', 'test', 'Twilio')
  await said(/FAULT/, 'provider', 'provision', 'Twilio')
  await system.noFaults('twilio')
  const deaf = createServer((_, res) => res.end('{}')).listen(0, '127.0.0.1')
  await new Promise(resolve => deaf.once('listening', resolve))
  system.webhookUrl = `http://127.0.0.1:${deaf.address().port}`
  await said(/FAULT +webhook +http:\/\/127[\s\S]*not as webhook-ingest/, 'provider', 'test', 'Twilio')
  deaf.close()
  system.sql('update providers set config = \'\'')
  await said(/has no settings yet/, 'provider', 'test', 'Twilio')
})

await main({ start: async () => {}, stop: () => system.stop(), logs: () => system.logs() })
