// The command line as an operator uses it: what it says, what it makes, and what its exit status is.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, equal, get, run, test } from './tap.mjs'

const voip = (stack, args, { env = {}, input } = {}) => {
  const done = spawnSync(join(process.env.RINGMAIN_BUILD_DIR, 'tools/voip/voip'), args, { encoding: 'utf8', input, env: { ...stack.env, ...env }, cwd: stack.dir })
  return { code: done.status, out: done.stdout, err: done.stderr }
}
const fine = (stack, args, more) => {
  const done = voip(stack, args, more)
  if (done.code !== 0) throw new Error(`voip ${args.join(' ')}: ${done.code} ${done.err}`)
  return done.out
}
const commands = ['migrate', 'seed', 'user add', 'provider add', 'provider activate', 'provider list', 'generate-token', 'status', 'doctor', 'healthcheck', 'demo call', 'janitor', 'init-secrets', 'keys list', 'keys rotate', 'webhook list', 'webhook replay', 'setup', 'migrate-config', 'import-laravel']

test('every command has a help with an example', async stack => {
  const list = fine(stack, ['help'])
  for (const name of commands) {
    check(list.includes(`  ${name}`), `${name} is not listed`)
    const help = fine(stack, ['help', ...name.split(' ')])
    check(help.startsWith(`usage: voip ${name}`) && /Example:\n {2}\S/.test(help), help)
    equal(fine(stack, [...name.split(' '), '--help']), help, name)
  }
})

test('what cannot be is refused with 2 and a hint', async stack => {
  for (const args of [['nonsense'], ['user', 'remove'], ['user', 'add'], ['user', 'add', 'noat'], ['seed', '--colour', 'red'], ['seed', '--json'], ['janitor', '--events-days', '0'],
    ['janitor', '--events-days', '9x'], ['provider', 'add', 'skype', '--host', 'x'], ['provider', 'add', 'sip'], ['init-secrets'], ['help', 'nonsense'], ['migrate', 'now'], ['webhook', 'replay'], ['webhook', 'replay', 'a', 'b'], ['webhook', 'list', 'x'], ['webhook', 'list', '--limit', '0'], []]) {
    const done = voip(stack, args)
    equal(done.code, 2, args.join(' '))
    check(done.err.length > 10, `${args.join(' ')} said nothing`)
  }
})

test('a database that is away is said in words', async stack => {
  const done = voip(stack, ['provider', 'list'], { env: { VOIP_DB_URL: '' } })
  equal(done.code, 1)
  check(/VOIP_DB_URL/.test(done.err), done.err)
})

test('webhooks are listed by their filters, and marked to be told again', async stack => {
  equal(fine(stack, ['webhook', 'list']), 'no webhooks\n')
  const org = stack.sql('select id from orgs limit 1')
  const provider = stack.sql('select id from providers limit 1')
  const id = (hours, n) => stack.sql(`select (left(uuid7_floor(now() - interval '${hours} hours')::text, 24) || lpad('${n}', 12, '0'))::uuid`)
  const [older, newer] = [id(5, 1), id(1, 2)]
  const add = (webhook, kind, call) => stack.sql(`insert into webhook_inbox (org_id, id, provider_id, dedupe_key, kind, external_id, target, signature, body)
    values ('${org}', '${webhook}', '${provider}', gen_random_uuid(), '${kind}', '${call}', '/x', 'hmac-sha1', 'CallSid=1') returning 1`)
  add(older, 'status', 'CA1')
  add(newer, 'recording', 'CA2')
  const ids = (...args) => fine(stack, ['webhook', 'list', ...args]).split('\n').filter(Boolean).map(line => line.split(' ')[0])
  equal(ids(), [newer, older])
  equal(ids('--since', '2h'), [newer])
  equal(ids('--kind', 'status'), [older])
  equal(ids('--call', 'CA2'), [newer])
  equal(ids('--provider', provider, '--limit', '1'), [newer])
  equal(ids('--provider', 'nobody'), ['no'])
  fine(stack, ['webhook', 'replay', older])
  equal(ids('--state', 'replay'), [older])
  equal(stack.sql(`select state from webhook_inbox where id = '${newer}'`), 'done')
  for (const args of [['replay', '01990000-0000-7000-8000-000000000009'], ['replay', 'x'], ['list', '--state', 'lost'], ['list', '--since', 'once']]) {
    const done = voip(stack, ['webhook', ...args])
    equal(done.code, 1, args.join(' '))
    check(done.err.length > 10, args.join(' '))
  }
  fine(stack, ['janitor'])
  equal(ids(), [newer, older])
  fine(stack, ['janitor', '--events-days', '1'])
  equal(ids(), [newer, older])
  add(id(40, 3), 'status', 'CA3')
  fine(stack, ['janitor', '--events-days', '1'])
  equal(ids(), [newer, older])
  stack.sql('delete from webhook_inbox returning 1')
})

test('a second seed changes no password, token or row', async stack => {
  const counts = () => stack.sql('select (select count(*) from users), (select count(*) from persons), (select count(*) from calls), (select count(*) from api_tokens), (select count(*) from routes), (select count(*) from trunks)')
  const [before, file] = [counts(), readFileSync(join(stack.dir, 'seed.json'), 'utf8')]
  fine(stack, ['seed', '--json', join(stack.dir, 'seed.json'), '--demo-carrier', '127.0.0.1:9'])
  equal(counts(), before)
  equal(readFileSync(join(stack.dir, 'seed.json'), 'utf8'), file)
  equal(statSync(join(stack.dir, 'seed.json')).mode & 0o777, 0o600)
})

test('the demo organisation can call and be called', async stack => {
  equal(stack.sql("select host || ':' || port || ' ' || transport || ' ' || auth_method || ' ' || register from trunks where name = 'Demo carrier'"), '127.0.0.1:9 udp ip_auth false')
  equal(stack.sql("select host || array_to_string(allowed_ips, ',') from trunks where name = 'lab'"), '127.0.0.2/32')
  equal(stack.sql("select count(*) from routes r join users u on u.id = r.action_id where r.did_e164 = '+14155550100' and u.email = 'agent@demo.test'"), '1')
  equal(stack.sql("select count(*) from role_permissions rp join roles r on r.id = rp.role_id where r.name = 'agent' and rp.permission = 'voip.all_calls'"), '0')
  equal(stack.sql('select count(*) = count(*) filter (where is_valid) from (select e164 ~ \'^\\+[1-9][0-9]{7,14}$\' as is_valid from contact_numbers) x'), 't')
})

test('a new user can sign in and be given a token', async stack => {
  const out = fine(stack, ['user', 'add', 'Bob@Example.com', '--name', 'Bob', '--role', 'agent'])
  const password = /password: (\S+)/.exec(out)[1]
  const login = pw => fetch(`${stack.url}/api/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'bob@example.com', password: pw }) })
  equal((await login(password)).status, 200)
  const token = fine(stack, ['generate-token', 'BOB@example.com', '--days', '1']).trim()
  equal((await get(stack, '/api/auth/me', token)).user.email, 'bob@example.com')
  equal(stack.sql(`select count(*) from api_tokens where token_hash = sha256('${token}'::bytea) and expires_at < now() + interval '25 hours'`), '1')
  equal(stack.sql(`select count(*) from api_tokens where position('${token.slice(4, 20)}' in token_hash::text) > 0`), '0')
  writeFileSync(join(stack.dir, 'pw'), 'a-new-password\n')
  fine(stack, ['user', 'add', 'bob@example.com', '--password-file', join(stack.dir, 'pw')])
  equal([(await login('a-new-password')).status, (await login(password)).status], [200, 401])
  equal(stack.sql("select name from users where email = 'bob@example.com'"), 'Bob', 'the name stays')
  equal(voip(stack, ['user', 'add', 'c@example.com', '--password-file', '-'], { input: 'short\n' }).code, 1)
  equal(voip(stack, ['generate-token', 'nobody@example.com']).code, 1)
})

test('a trunk\'s password is sealed, and only the right key opens it', async stack => {
  const kek = join(stack.dir, 'secrets/kek')
  writeFileSync(join(stack.dir, 'secret'), 'trunk-pass-word\n')
  fine(stack, ['provider', 'add', 'sip', '--name', 'Acme', '--host', 'sip.acme.example', '--transport', 'tls', '--username', '100', '--password-file', join(stack.dir, 'secret'),
    '--caller-id', '+1 415 555 0188', '--inactive'], { env: { VOIP_KEK_FILE: kek } })
  const row = stack.sql("select port || ' ' || register || ' ' || caller_id || ' ' || secret from trunks where name = 'Acme'")
  check(row.startsWith('5061 true +14155550188 v2.') && !row.includes('trunk-pass'), row)
  equal(stack.sql("select is_active from providers where name = 'Acme'"), 'f')
  check(/stored secrets open/.test(voip(stack, ['doctor'], { env: { VOIP_KEK_FILE: kek } }).out), 'the right key')
  fine(stack, ['init-secrets', join(stack.dir, 'other')])
  check(/cannot be opened/.test(voip(stack, ['doctor'], { env: { VOIP_KEK_FILE: join(stack.dir, 'other/kek') } }).out), 'another key')
  equal(voip(stack, ['provider', 'add', 'sip', '--host', 'x', '--username', 'u', '--password-file', join(stack.dir, 'secret')], { env: { VOIP_KEK_FILE: '' } }).code, 1)
  check(/Acme \(sip\.acme\.example:5061\/tls\)/.test(fine(stack, ['provider', 'list'])), 'provider list')
})

test('a name changes the provider that has it, and nobody else\'s trunk', async stack => {
  const acme = stack.sql("select id from providers where name = 'Acme'")
  const org = stack.sql("select org_id from providers where name = 'Acme'")
  stack.sql(`insert into providers (org_id, id, name, driver) values ('${org}', gen_random_uuid(), 'Main line', 'twilio') returning 1`)
  stack.sql(`insert into trunks (org_id, id, provider_id, name, host, secret) values ('${org}', gen_random_uuid(), '${acme}', 'Backup', '192.0.2.20', 'sealed') returning 1`)
  const active = stack.sql('select string_agg(name, \',\') from providers where is_active')
  const taken = voip(stack, ['provider', 'add', 'sip', '--name', 'Main line', '--host', '192.0.2.9'])
  equal(taken.code, 1)
  check(/twilio/.test(taken.err) && /--name/.test(taken.err), taken.err)
  equal(stack.sql('select string_agg(name, \',\') from providers where is_active'), active)
  equal(stack.sql("select count(*) from trunks where host = '192.0.2.9'"), '0')
  fine(stack, ['provider', 'add', 'sip', '--name', 'Backup', '--host', '192.0.2.10', '--inactive'])
  fine(stack, ['provider', 'add', 'sip', '--name', 'Backup', '--host', '192.0.2.11', '--inactive'])
  equal(stack.sql("select p.name || t.host || coalesce(t.secret, '-') from trunks t join providers p on p.id = t.provider_id where t.name = 'Backup' order by p.name").split('\n'), ['Acme192.0.2.20sealed', 'Backup192.0.2.11-'])
})

test('another host is not called by the old one\'s proxy', async stack => {
  stack.sql("update trunks set outbound_proxy = 'sip:old.example' where host = '192.0.2.11' returning 1")
  fine(stack, ['provider', 'add', 'sip', '--name', 'Backup', '--host', '192.0.2.11', '--port', '5070', '--inactive'])
  equal(stack.sql("select outbound_proxy from trunks where host = '192.0.2.11'"), 'sip:old.example', 'the same host keeps it')
  fine(stack, ['provider', 'add', 'sip', '--name', 'Backup', '--host', '192.0.2.12', '--inactive'])
  equal(stack.sql("select coalesce(outbound_proxy, 'none') from trunks where host = '192.0.2.12'"), 'none')
})

test('a second provider that is activated takes the first one\'s place', async stack => {
  fine(stack, ['provider', 'add', 'sip', '--name', 'Second', '--host', '192.0.2.1', '--did', '+14155550177', '--did-user', 'agent@demo.test'])
  equal(stack.sql('select string_agg(name, \',\') from providers where is_active'), 'Second')
  fine(stack, ['provider', 'activate', 'Acme'])
  equal(stack.sql('select string_agg(name, \',\') from providers where is_active'), 'Acme')
  const nobody = voip(stack, ['provider', 'activate', 'Nobody'])
  equal(nobody.code, 1)
  check(/no provider 'Nobody'/.test(nobody.err) && /provider list/.test(nobody.err), nobody.err)
  equal(stack.sql('select string_agg(name, \',\') from providers where is_active'), 'Acme')
  fine(stack, ['provider', 'activate', 'Second'])
  equal(stack.sql("select count(*) from routes where did_e164 = '+14155550177'"), '1')
})

test('keys are made once, private, and never over what is there', async stack => {
  const dir = join(stack.dir, 'keys')
  fine(stack, ['init-secrets', dir, '--host', 'calls.example.com'])
  const files = ['jwt.key', 'kek', 'tls.key', 'tls.pem', 'bus/private/gateway.key']
  for (const file of files) equal(statSync(join(dir, file)).mode & 0o077, 0, file)
  const before = files.map(f => readFileSync(join(dir, f), 'utf8'))
  fine(stack, ['init-secrets', dir])
  equal(files.map(f => readFileSync(join(dir, f), 'utf8')), before)
  check(existsSync(join(dir, 'bus/server.pub')), 'bus/server.pub')
  const text = spawnSync('openssl', ['x509', '-in', join(dir, 'tls.crt'), '-noout', '-text'], { encoding: 'utf8' }).stdout
  check(/DNS:localhost/.test(text) && /calls\.example\.com/.test(text), text)
})

test('status and healthcheck tell ready from down', async stack => {
  const gateway = stack.children.find(c => c.title === 'voip-gateway')
  equal(voip(stack, ['status', '--services', `gateway=127.0.0.1:${gateway.admin}`]).code, 0)
  const done = voip(stack, ['status', '--services', `gateway=127.0.0.1:${gateway.admin},router=127.0.0.1:1`])
  equal(done.code, 1)
  check(/gateway +ready/.test(done.out) && /router +down/.test(done.out), done.out)
  equal(voip(stack, ['healthcheck'], { env: { VOIP_ADMIN_LISTEN: `127.0.0.1:${gateway.admin}` } }).code, 0)
  equal(voip(stack, ['healthcheck'], { env: { VOIP_ADMIN_LISTEN: '127.0.0.1:1' } }).code, 1)
})

test('the doctor says what is wrong and what to do about it', async stack => {
  const done = voip(stack, ['doctor'])
  equal(done.code, 1, 'no bus keys are set')
  for (const what of ['database', 'schema', 'partitions', 'bus keys', 'microphone']) check(done.out.includes(what), `${what} is missing`)
  check(/FAULT +bus keys[^\n]*\n +-> /.test(done.out), done.out)
})

await run()
