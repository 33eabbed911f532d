// The guide's options A and B from an empty migrated database, typed as a person types them.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Twilio } from './carrier.mjs'
import { Laravel } from './crm.mjs'
import { check, equal, run, test } from './place.mjs'

const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`
const TOKEN = 'fedcba9876543210'.repeat(2)
const KEY = `SK${'a1'.repeat(16)}`
const KEY_SECRET = 'a-key-secret-Zq81xw'
const PASSWORD = 'my own Password 7'
const twilio = await new Twilio({ account: ACCOUNT, token: TOKEN, number: '+14155550111' }).start()

const providers = place => place.rows('select name || \'|\' || driver || \'|\' || is_active || \'|\' || left(config, 3) from providers order by name')
const counts = place => place.sql('select (select count(*) from orgs) || \' \' || (select count(*) from users) || \' \' || (select count(*) from providers) || \' \' || (select count(*) from trunks)')

// "Label" with what is typed there, for a new system.
const me = [['Name of the organisation\n> ', 'Acme Ltd\r'], ['Country[\\s\\S]*?(?:\\n|\\] )> ', 'us\r'], ['e-mail address[\\s\\S]*?(?:\\n|\\] )> ', 'ann@acme.test\r'], ['Password[\\s\\S]*?(?:\\n|\\] )> ', `${PASSWORD}\r`], ['Once more > ', `${PASSWORD}\r`]]
const account = [['Name of this provider[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['Account SID[\\s\\S]*?(?:\\n|\\] )> ', `${ACCOUNT}\r`], ['Auth token[\\s\\S]*?(?:\\n|\\] )> ', `${TOKEN}\r`], ['API key SID[\\s\\S]*?(?:\\n|\\] )> ', `${KEY}\r`],
  ['API key secret[\\s\\S]*?(?:\\n|\\] )> ', `${KEY_SECRET}\r`], ['TwiML application SID[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['Caller number[\\s\\S]*?(?:\\n|\\] )> ', '(415) 555-0111\r'], ['Region[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['Edge[\\s\\S]*?(?:\\n|\\] )> ', '\r']]
const api = ['--api-base', twilio.url]

test('option A, Twilio: asked, tried, set up there, activated', async place => {
  const done = await place.type(['setup', '--interactive', ...api], [...me, ['Whose lines[\\s\\S]*?(?:\\n|\\] )> ', '1\r'], ...account, ['Store this, sealed\\? \\[Y/n\\] ', 'y\r'],
    ['Set it up at the carrier[^\\]]*\\] ', '\r'], ['Activate it: new calls[^\\]]*\\] ', '\r']], { VOIP_WEBHOOK_URL: twilio.url })
  equal(done.status, 0, done.screen)
  check(done.echo !== false, 'the terminal echoes again')
  for (const secret of [TOKEN, KEY_SECRET, PASSWORD]) check(!done.screen.includes(secret), `${secret} is on the screen`)
  for (const line of [/ok +account +The account "Acme" is active/, /ok +api_key/, /ok +application +The TwiML application AP2+ was made/, /ok +number +Calls to \+14155550111/, /is the active provider/, /as ann@acme\.test with your password/]) {
    check(line.test(done.screen), `${line}\n${done.screen}`)
  }
  equal(providers(place), ['Twilio|twilio|true|v2.'])
  equal(place.sql('select last_test_ok and last_test_at > now() - interval \'1 minute\' from providers'), 't')
  equal(place.sql('select o.name || \'|\' || default_region || \'|\' || u.email || \'|\' || r.name || \'|\' || left(password_hash, 9) from orgs o join users u on u.org_id = o.id join user_roles ur on ur.user_id = u.id join roles r on r.id = ur.role_id'), 'Acme Ltd|US|ann@acme.test|admin|$argon2id')
  equal(place.sql('select (config_hint->>\'app_sid\') || (config_hint->>\'from_number\') from providers'), `AP${'2'.repeat(32)}+14155550111`)
  check(/stored secrets open/.test(place.voip(['doctor']).out), 'sealed with the key of here')
})

test('what cannot be right is told at once and asked again', async place => {
  const done = await place.type(['setup', ...api], [
    ['organisation\n> ', '  \r'], ['It wants a name\\.\n[\\s\\S]*?(?:\\n|\\] )> ', 'Acme\r'], ['Country[\\s\\S]*?(?:\\n|\\] )> ', 'Germany\r'], ['Two letters like[\\s\\S]*?(?:\\n|\\] )> ', 'XX\r'], ['Two letters like[\\s\\S]*?(?:\\n|\\] )> ', 'de\r'],
    ['e-mail[\\s\\S]*?(?:\\n|\\] )> ', 'ann\r'], ['It is like ann@example\\.com\\.[\\s\\S]*?(?:\\n|\\] )> ', 'ann@acme.test\r'],
    ['Password[\\s\\S]*?(?:\\n|\\] )> ', 'short\r'], ['at least 8[\\s\\S]*?at least 8[\\s\\S]*?(?:\\n|\\] )> ', 'long enough\r'], ['Once more > ', 'other one\r'], ['The two differ\\.[\\s\\S]*?(?:\\n|\\] )> ', '\r'],
    ['Whose lines[\\s\\S]*?(?:\\n|\\] )> ', '9\r'], ['Type its number\\.\n> ', 'twilio\r'], ['Name of this provider[\\s\\S]*?(?:\\n|\\] )> ', 'Main line\r'],
    ['Account SID[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['needed[\\s\\S]*?Account SID[\\s\\S]*?(?:\\n|\\] )> ', 'AC12\r'], ['AC and 32[\\s\\S]*?Account SID[\\s\\S]*?(?:\\n|\\] )> ', `${ACCOUNT}\r`], ['Auth token[\\s\\S]*?(?:\\n|\\] )> ', 'hunter2hunter2\r'], ['32 hexadecimal[\\s\\S]*?Auth token[\\s\\S]*?(?:\\n|\\] )> ', `${TOKEN}\r`],
    ['API key SID[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['API key secret[\\s\\S]*?(?:\\n|\\] )> ', `${KEY_SECRET}\r`], ['TwiML[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['Caller number[\\s\\S]*?(?:\\n|\\] )> ', '12\r'], ['Caller number[\\s\\S]*?(?:\\n|\\] )> ', '0171 5550134\r'], ['Region[\\s\\S]*?(?:\\n|\\] )> ', 'Mars!\r'], ['Region[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['Edge[\\s\\S]*?(?:\\n|\\] )> ', '\r'],
    ['needs the key\'s SID[\\s\\S]*?API key SID[\\s\\S]*?(?:\\n|\\] )> ', `${KEY}\r`], ['Store this, sealed\\? \\[Y/n\\] ', '\r'], ['Activate it all the same\\? \\[y/N\\] ', 'maybe\r'], ['y or n, please[^\\]]*\\]*', '\r']])
  equal(done.status, 0, done.screen)
  check(!done.screen.includes('hunter2hunter2') && !done.screen.includes(KEY_SECRET), done.screen)
  check(/There is no TwiML application/.test(done.screen) && /Main line is stored and inactive/.test(done.screen), done.screen)
  const shown = /password (\S{16})\n/.exec(done.screen)
  check(shown, `the made password is not shown\n${done.screen}`)
  equal(providers(place), ['Main line|twilio|false|v2.'])
  equal(place.sql('select default_region || (select config_hint->>\'from_number\' from providers) from orgs'), 'DE+491715550134')
})

test('Ctrl+C at any question leaves nothing, and the terminal as it was', async place => {
  const steps = [...me, ['Whose lines[\\s\\S]*?(?:\\n|\\] )> ', '1\r'], ...account, ['Store this, sealed\\? \\[Y/n\\] ', 'y\r'], ['Set it up at the carrier[^\\]]*\\] ', '\r']]
  for (let n = 0; n < steps.length; n++) {
    const done = await place.type(['setup', '--interactive', ...api], [...steps.slice(0, n), [steps[n][0], '\x03']], { VOIP_WEBHOOK_URL: twilio.url })
    equal(done.status, 1, `question ${n + 1}\n${done.screen}`)
    check(/nothing was stored/.test(done.screen) && done.echo !== false, `question ${n + 1}: ${done.screen}`)
    equal(counts(place), '0 0 0 0', `question ${n + 1}`)
  }
  // after the last yes everything is there, and what was not asked is not done
  const done = await place.type(['setup', '--interactive', ...api], [...steps.slice(0, -1), ['Activate it[^\\]]*\\] ', '\x03']])
  equal(counts(place), '1 1 1 0', done.screen)
  check(/is stored and inactive/.test(done.screen), done.screen)
})

test('answers may come from a pipe', async place => {
  const answers = ['Acme', '', 'bob@acme.test', '', '', ACCOUNT, TOKEN, KEY, KEY_SECRET, `AP${'2'.repeat(32)}`, '+14155550111', '', '', 'y', 'y']
  const done = await place.pipe(['setup', '--interactive', '--driver', 'twilio', ...api], `${answers.join('\n')}\n`)
  equal(done.code, 0, `${done.out}\n${done.err}`)
  check(!done.out.includes(TOKEN) && !done.out.includes(KEY_SECRET), done.out)
  equal(providers(place), ['Twilio|twilio|true|v2.'])
  // the same name again changes that provider
  const again = await place.pipe(['setup', '--interactive', '--driver', 'twilio', ...api], `${['', ACCOUNT, TOKEN, '', '', '', '+14155550112', '', '', 'y', 'y'].join('\n')}\n`)
  equal(again.code, 0, `${again.out}\n${again.err}`)
  check(/its settings will be replaced/.test(again.out), again.out)
  equal([...providers(place), place.sql('select config_hint->>\'from_number\' from providers')], ['Twilio|twilio|true|v2.', '+14155550112'])
  const taken = await place.pipe(['setup', '--interactive', '--driver', 'sip'], 'Twilio\n')
  check(taken.code === 1 && /There is a twilio provider of this name/.test(taken.out) && /nothing was stored/.test(taken.err), taken.out)
  const ended = await place.pipe(['setup', '--interactive', '--driver', 'telnyx'], `New\nKEY0123456789abcdef\n`)
  check(ended.code === 1 && /nothing was stored/.test(ended.err), ended.out)
  equal(providers(place).length, 1)
})

test('option A, a SIP trunk: the row that calls use', async place => {
  place.fine('user', 'add', 'ann@acme.test', '--org', 'Acme')
  const done = await place.type(['setup', '--driver', 'sip'], [['Name of this provider[\\s\\S]*?(?:\\n|\\] )> ', 'Carrier\r'], ['Server[\\s\\S]*?(?:\\n|\\] )> ', 'sip.carrier.example\r'], ['Port[\\s\\S]*?(?:\\n|\\] )> ', '99999\r'], ['Port[\\s\\S]*?(?:\\n|\\] )> ', '\r'],
    ['Transport \\(udp tcp tls\\)[\\s\\S]*?(?:\\n|\\] )> ', 'ws\r'], ['Transport[\\s\\S]*?(?:\\n|\\] )> ', 'tls\r'], ['Authentication[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['User name[\\s\\S]*?(?:\\n|\\] )> ', '1000\r'], ['Password[\\s\\S]*?(?:\\n|\\] )> ', `${PASSWORD}\r`],
    ['Display name[\\s\\S]*?(?:\\n|\\] )> ', 'Acme\r'], ['Register[\\s\\S]*?(?:\\n|\\] )> ', 'y\r'], ['Caller number[\\s\\S]*?(?:\\n|\\] )> ', '415 555 0111\r'], ['There are more settings[^\\]]*\\] ', 'n\r'], ['Store this[^\\]]*\\] ', 'y\r'], ['Activate[^\\]]*\\] ', '\r']])
  equal(done.status, 0, done.screen)
  check(!done.screen.includes(PASSWORD), done.screen)
  equal(providers(place), ['Carrier|sip|true|v2.'])
  equal(place.sql('select t.name || \'|\' || host || \'|\' || port || \'|\' || transport || \'|\' || auth_method || \'|\' || sip_username || \'|\' || left(secret, 3) || \'|\' || register || \'|\' || caller_id || \'|\' || array_to_string(codecs, \',\') || \'|\' || t.is_active from trunks t join providers p on p.id = t.provider_id'),
    'Carrier|sip.carrier.example|5061|tls|username_password|1000|v2.|true|+14155550111|PCMU,PCMA|true')
  check(/stored secrets open/.test(place.voip(['doctor']).out), 'the password opens')
  const second = await place.pipe(['setup', '--interactive', '--driver', 'sip'], `${['By address', '192.0.2.7', '', '', 'ip_auth', '', '', 'y', ...Array(16).fill(''), 'y', 'n'].join('\n')}\n`)
  equal(second.code, 0, `${second.out}\n${second.err}`)
  equal(place.rows('select name || auth_method || coalesce(secret, \'-\') || register from trunks where name = \'By address\''), ['By addressip_auth-false'])
  equal(providers(place), ['By address|sip|false|v2.', 'Carrier|sip|true|v2.'])
  // replaced means replaced: nothing of the old server is where the new password goes
  place.sql("update trunks set outbound_proxy = 'sip:old.example', realm = 'old', tls_verify = false where name = 'Carrier'")
  const third = await place.pipe(['setup', '--interactive', '--driver', 'sip'], `${['Carrier', 'sip.new.example', '', '', '', '1000', 'pw-of-the-new-one', '', '', '', 'n', 'y', 'n'].join('\n')}\n`)
  equal(third.code, 0, `${third.out}\n${third.err}`)
  equal(place.rows("select host || coalesce(outbound_proxy, '-') || coalesce(realm, '-') || tls_verify from trunks where name = 'Carrier'"), ['sip.new.example--true'])
})

test('option A, Telnyx, whose API is away', async place => {
  place.fine('user', 'add', 'ann@acme.test', '--org', 'Acme')
  const done = await place.type(['setup', '--driver', 'telnyx', '--api-base', 'http://127.0.0.1:1/v2', '--phone-base', 'ws://127.0.0.1:5092'], [['Name of this[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['API key[\\s\\S]*?(?:\\n|\\] )> ', 'KEY0123456789ABCDEF_x\r'], ['Call Control application[\\s\\S]*?(?:\\n|\\] )> ', '1494404757140276705\r'],
    ['Credential connection[\\s\\S]*?(?:\\n|\\] )> ', '1494404757140276705\r'], ['Public key[\\s\\S]*?(?:\\n|\\] )> ', '\r'], ['Caller number[\\s\\S]*?(?:\\n|\\] )> ', '+14155550112\r'], ['another kind[\\s\\S]*?(?:\\n|\\] )> ', '2494404757140276705\r'],
    ['Store this[\\s\\S]*?\\?[^\\]]*\\] ', '\r'], ['Activate it all the same[^\\]]*\\] ', 'y\r']])
  equal(done.status, 0, done.screen)
  check(/FAULT api_key/.test(done.screen) && !done.screen.includes('KEY0123456789ABCDEF_x'), done.screen)
  equal(providers(place), ['Telnyx|telnyx|true|v2.'])
  equal(place.sql('select (config_hint->>\'api_base\') || \' \' || (config_hint->>\'phone_base\') from providers'), 'http://127.0.0.1:1/v2 ws://127.0.0.1:5092')
})

test('without a terminal it says what else there is; without tables or key, what is missing', async place => {
  const alone = await place.pipe(['setup'], '')
  check(alone.code === 2 && /--interactive/.test(alone.err) && /migrate-config/.test(alone.err), alone.err)
  const unknown = place.voip(['setup', '--driver', 'plivo'])
  check(unknown.code === 2 && /twilio, telnyx and sip/.test(unknown.err), unknown.err)
  const base = place.voip(['setup', '--interactive', '--api-base', 'http://example.com'])
  check(base.code === 2 && /https/.test(base.err), base.err)
  for (const command of [['setup', '--interactive'], ['migrate-config']]) {
    const phone = place.voip([...command, '--phone-base', 'ws://phone.example'])
    check(phone.code === 2 && /wss/.test(phone.err), phone.err)
  }
  const keyless = place.voip(['setup', '--interactive'], { env: { VOIP_KEK_FILE: '' }, input: 'Acme\n' })
  check(keyless.code === 1 && /VOIP_KEK_FILE/.test(keyless.err) && !/organisation/.test(keyless.out), keyless.err)
  place.sql('drop schema voip cascade')
  const bare = place.voip(['setup', '--interactive'], { input: 'Acme\n' })
  check(bare.code === 1 && /voip migrate/.test(bare.err), bare.err)
})

const env = (names, more = {}) => ({ [names[0]]: ACCOUNT, [names[1]]: TOKEN, [names[2]]: '+1 415 555 0111', ...more })
const guide = ['TWILIO_SID', 'TWILIO_TOKEN', 'TWILIO_NUMBER']

test('option B: from the CRM\'s .env to one active provider', async place => {
  writeFileSync(join(place.dir, 'crm.env'), `APP_NAME="Acme CRM"\nDB_PASSWORD="a b#c"\n\nTWILIO_SID=${ACCOUNT}\nTWILIO_TOKEN='${TOKEN}' # mine\nTWILIO_NUMBER="415-555-0111"\nTWILIO_API_KEY=${KEY}\nTWILIO_API_SECRET=${KEY_SECRET}\nTWILIO_APP_SID=AP${'3'.repeat(32)}\nTWILIO_REGION=ie1\n`)
  const done = place.voip(['migrate-config', '--env-file', 'crm.env'])
  equal(done.code, 0, done.err)
  check(/Organisation 'Acme CRM' made/.test(done.out) && /stored, sealed, and active/.test(done.out), done.out)
  for (const secret of [TOKEN, KEY_SECRET]) check(!done.out.includes(secret), done.out)
  equal(providers(place), ['Twilio|twilio|true|v2.'])
  equal(Object.entries(JSON.parse(place.sql('select config_hint from providers'))).sort(), Object.entries({ account_sid: ACCOUNT, auth_token: { set: true, last4: TOKEN.slice(-4) }, api_key_sid: KEY, api_key_secret: { set: true, last4: KEY_SECRET.slice(-4) }, app_sid: `AP${'3'.repeat(32)}`, from_number: '+14155550111', voice_region: 'ie1' }).sort())
  const before = place.sql('select md5(p::text) from providers p')
  const again = place.voip(['migrate-config', '--env-file', 'crm.env'])
  check(again.code === 0 && /nothing was changed/.test(again.out), again.out)
  equal(place.sql('select md5(p::text) from providers p'), before)
  check(/stored secrets open/.test(place.voip(['doctor']).out), 'sealed with the key of here')
})

test('option B: every name that was in use', async place => {
  place.fine('user', 'add', 'ann@acme.test', '--org', 'Acme')
  for (const names of [['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM_NUMBER'], ['TWILIO_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_PHONE_NUMBER'], ['TWILIO_ACCOUNT_SID', 'TWILIO_TOKEN', 'TWILIO_FROM']]) {
    const done = place.voip(['migrate-config'], { env: env(names) })
    equal(done.code, 0, done.err)
  }
  equal(providers(place), ['Twilio|twilio|true|v2.'])
})

test('option B: what is there already is not overwritten unasked', async place => {
  place.fine('user', 'add', 'ann@acme.test', '--org', 'Acme')
  place.fine('provider', 'add', 'sip', '--name', 'Trunk', '--host', '192.0.2.1')
  equal(place.voip(['migrate-config'], { env: env(guide) }).code, 0)
  equal(providers(place), ['Trunk|sip|false|', 'Twilio|twilio|true|v2.'], 'exactly one is active')
  const other = env(guide, { TWILIO_NUMBER: '+14155550199' })
  const refused = place.voip(['migrate-config'], { env: other })
  check(refused.code === 1 && /--force/.test(refused.err), refused.err)
  equal(place.sql('select config_hint->>\'from_number\' from providers where driver = \'twilio\''), '+14155550111')
  place.fine('provider', 'activate', 'Trunk')
  const forced = place.voip(['migrate-config', '--force'], { env: other })
  equal(forced.code, 0, forced.err)
  equal(place.sql('select config_hint->>\'from_number\' from providers where driver = \'twilio\''), '+14155550199')
  equal(providers(place), ['Trunk|sip|false|', 'Twilio|twilio|true|v2.'])
  place.fine('provider', 'activate', 'Trunk')
  equal(place.voip(['migrate-config'], { env: other }).code, 0, 'the same settings, only inactive')
  equal(providers(place), ['Trunk|sip|false|', 'Twilio|twilio|true|v2.'])
})

test('option B: bad settings are all named, and nothing is made', async place => {
  const bad = (more, ...expected) => {
    const done = place.voip(['migrate-config'], { env: more })
    equal(done.code, 1, done.out)
    for (const line of expected) check(line.test(done.err), `${line}: ${done.err}`)
    check(!done.err.includes(TOKEN) && !done.err.includes('hunter2'), done.err)
    equal(counts(place), '0 0 0 0')
  }
  bad({}, /no TWILIO_ACCOUNT_SID/, /--env-file/)
  bad({ TWILIO_SID: 'AC1', TWILIO_TOKEN: 'hunter2', TWILIO_NUMBER: 'none' }, /TWILIO_SID: .*32/, /TWILIO_TOKEN: /, /TWILIO_NUMBER: /)
  bad({ TWILIO_ACCOUNT_SID: ACCOUNT }, /TWILIO_AUTH_TOKEN: /, /TWILIO_FROM_NUMBER: /)
  bad(env(guide, { TWILIO_API_KEY: KEY }), /TWILIO_API_KEY_SECRET: |TWILIO_API_SECRET: /)
  bad(env(guide, { TWILIO_NUMBER: '' }), /TWILIO_FROM_NUMBER: /)
  equal(place.voip(['migrate-config', '--env-file', 'missing.env']).code, 1)
  equal(place.voip(['migrate-config', '--region', 'Germany'], { env: env(guide) }).code, 1)
  equal(counts(place), '0 0 0 0')
})

test('the key of a dump is asked for unseen', async place => {
  place.fine('user', 'add', 'ann@acme.test', '--org', 'Acme')
  const laravel = new Laravel()
  writeFileSync(join(place.dir, 'crm.sql'), `CREATE TABLE voip_providers (id int, name text, driver text, config text, is_active int);\nINSERT INTO voip_providers VALUES (1,'Old','twilio','${laravel.seal(JSON.stringify({ account_sid: ACCOUNT, auth_token: TOKEN, from_number: '+14155550111' }))}',1);\n`)
  const wrong = await place.type(['import-laravel', 'crm.sql'], [['APP_KEY of the CRM[^:]*:[^:]*: ', `${new Laravel().appKey}\r`]])
  check(wrong.status === 1 && /does not open/.test(wrong.screen), wrong.screen)
  equal(providers(place), [])
  const done = await place.type(['import-laravel', 'crm.sql'], [['APP_KEY of the CRM[^:]*:[^:]*: ', `${laravel.appKey}\r`]])
  equal(done.status, 0, done.screen)
  check(!done.screen.includes(laravel.appKey.slice(10)) && done.echo !== false, done.screen)
  equal(providers(place), ['Old|twilio|true|v2.'])
  const ended = await place.type(['import-laravel', 'crm.sql'], [['APP_KEY of the CRM[^:]*:[^:]*: ', '\x03']])
  check(ended.status === 1 && ended.echo !== false, ended.screen)
  check(!existsSync(join(place.dir, '.env')), 'nothing is kept')
})

await run(() => twilio.stop())
