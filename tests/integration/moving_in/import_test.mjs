// A real CRM database in MariaDB, dumped and brought over: what the dry run promises is what the real run does.
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Crm, Laravel } from './crm.mjs'
import { check, equal, finish, run, sameLines, test } from './place.mjs'

const laravel = new Laravel()
const crm = await new Crm().start()

const ago = (days, clock = '10:00:00') => `${new Date(Date.now() - days * 86400_000).toISOString().slice(0, 10)} ${clock}`
const later = (text, seconds) => new Date(Date.parse(`${text.replace(' ', 'T')}Z`) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
const sid = letter => `AC${letter.repeat(32)}`
const twilio = (letter, more = {}) => laravel.seal(JSON.stringify({ account_sid: sid(letter), auth_token: letter.repeat(32), from_number: '+14155550111', api_key_sid: null, ...more }))
const made = { created_at: ago(100), updated_at: ago(90) }

crm.insert('users', [
  { id: 1, name: 'Ann Ångström', email: 'ann@crm.test', password: '$2y$10$x', status: 1, created_at: ago(400), image: Buffer.from([0, 39, 92, 255, 10]) },
  { id: 2, name: 'Bob', email: 'Bob@CRM.test', status: 0, created_at: ago(300) },
  { id: 3, name: 'Carl', email: 'carl', status: 1 },
  { id: 4, name: 'Dora', email: 'dora@crm.test', status: 1 },
  { id: 5, name: 'Eve', email: 'eve@crm.test', status: 1 },
  { id: 6, name: 'Élodie', email: 'Élodie@crm.test', status: 1 },
])
crm.insert('voip_accounts', [
  { id: 1, user_id: 1, username: 'user_1', password: 'p', extension: '101', is_active: 1 },
  { id: 2, user_id: 2, username: 'user_2', password: 'p', is_active: 0 },
  { id: 3, user_id: 77, username: 'user_77', password: 'p' },
  { id: 4, user_id: 6, username: 'user_6', password: 'p' },
])
crm.insert('organizations', [{ id: 1, name: 'Ästhetik & "Söhne"' }])
const numbers = (...list) => JSON.stringify(list.map(value => ({ value, label: 'work' })))
crm.insert('persons', [
  { id: 1, name: 'Zoë O\'Neil\\', emails: '[{"value":"zoe@x.test","label":"work"}]', contact_numbers: '[{"label":"work","value":"(415) 555-0134"},{"label":"mobile","value":"+44 20 7183 8750"}]', organization_id: 1, user_id: 1, ...made },
  { id: 2, name: 'Unasked', emails: '[]', contact_numbers: numbers('+14155550190'), ...made },
  { id: 3, name: 'Matched; by -- number', emails: '[]', contact_numbers: numbers('4155550199', '415-555-0199', 'CALL NOW'), ...made },
  { id: 4, name: 'No list', emails: '[]', contact_numbers: 'not json', ...made },
])
crm.insert('lead_pipeline_stages', [{ id: 2, code: 'negotiation', name: 'Negotiation' }])
crm.insert('leads', [
  { id: 1, title: '30 seats', status: 1, user_id: 1, person_id: 1, lead_pipeline_stage_id: 2, ...made },
  { id: 2, title: 'Alone', status: 1, person_id: 99, user_id: 3, ...made },
  { id: 3, title: 'Unasked', status: 1, ...made },
])
crm.insert('deals', [{ id: 1, title: 'Renewal', amount: 12500.5, stage: 'won', person_id: 1, lead_id: 1, created_at: ago(50) }])
// nobody phoned about these
const amounts = { 2: '10.0050', 3: '0.0049', 4: '7.1200', 5: '-3.3333', 6: '99.9999', 7: '8' }
crm.insert('deals', Object.entries(amounts).map(([id, amount]) => ({ id, title: `Amount ${id}`, amount })))
crm.insert('voip_providers', [
  { id: 1, name: 'Twilio old', driver: 'twilio', config: twilio('a', { from_number: '(415) 555-0111' }), is_active: 1, priority: 1, ...made },
  { id: 2, name: 'Twilio new', driver: 'twilio', config: twilio('b'), is_active: 1, priority: 5, ...made },
  { id: 3, name: 'Telnyx', driver: 'telnyx', config: laravel.seal(JSON.stringify({ api_key: 'KEY0123456789abcdef0123', connection_id: '1494404757140276705', from_number: '+14155550112', webhook_api_secret: 'x' })), is_active: 0, priority: 0, ...made },
  { id: 4, name: 'Plivo', driver: 'plivo', config: laravel.seal('{}'), is_active: 0, priority: 0, ...made },
  { id: 5, name: 'Own trunk', driver: 'sip', config: laravel.seal(JSON.stringify({ sip_server: 'sip.example.com', sip_port: 5080, username: '1000', password: 'trunk-word-1', transport: 'TCP', from_display_name: 'Acme' })), is_active: 0, priority: 0, ...made },
  { id: 6, name: 'Cut off', driver: 'twilio', config: twilio('c').slice(0, 120), is_active: 0, priority: 0, ...made },
  { id: 7, name: 'Half', driver: 'twilio', config: laravel.seal(JSON.stringify({ account_sid: sid('d'), from_number: '+14155550111' })), is_active: 1, priority: 9, ...made },
  { id: 8, name: 'Plain', driver: 'twilio', config: JSON.stringify({ account_sid: sid('e'), auth_token: 'e'.repeat(32), from_number: '+14155550113' }), is_active: 0, priority: 0, ...made },
  { id: 9, name: 'Other key', driver: 'twilio', config: new Laravel().seal('{}'), is_active: 0, priority: 0, ...made },
])
crm.insert('voip_trunks', [
  { id: 1, voip_provider_id: 5, name: 'Main', host: 'sip.example.com', sip_username: '1000', sip_password: laravel.seal('trunk-word-2'), port: 5061, transport: 'tls', ...made },
  { id: 2, name: 'Orphan', host: 'old.example.com', username: '7', password: 'trunk-word-3', transport: 'ws', port: 0, ...made },
  { id: 3, voip_provider_id: 4, name: 'By address', host: '192.0.2.9', auth_method: 'ip_auth', allowed_ips: '["203.0.113.0/24","nonsense","192.0.2.1"]', ...made },
  { id: 4, name: 'Bad', host: 'two words', ...made },
  { id: 5, voip_provider_id: 5, name: 'Serialised', host: 'sip2.example.com', sip_username: '1', sip_password: laravel.seal('s:12:"trunk-word-4";'), ...made },
  { id: 6, voip_provider_id: 2, name: 'Elastic', host: 'acme.pstn.twilio.com', auth_method: 'ip_auth', ...made },
])
crm.insert('voip_routes', [
  { id: 1, voip_trunk_id: 1, name: 'Front desk', did_number: '(415) 555-0100', action_type: 'user', action_target: '1', priority: 1, ...made },
  { id: 2, name: 'Queue', did_number: '+14155550101', action_type: 'queue', action_target: '1' },
  { id: 3, name: 'Menu', did_number: '+14155550102', action_type: 'ivr', action_target: '1' },
  { id: 4, name: 'Mailbox', did_number: '+14155550103', action_type: 'voicemail', action_target: '1' },
  { id: 5, name: 'Gone', did_number: '+14155550104', action_type: 'user', action_target: '77' },
  { id: 6, name: 'Pattern', did_number: 'abc*', action_type: 'user', action_target: '1' },
  { id: 7, voip_trunk_id: 4, name: 'No trunk', did_number: '+14155550105', action_type: 'user', action_target: '5', is_active: 0, ...made },
])
const call = (id, more) => ({ id, sid: `CA${id}`, direction: 'outbound', status: 'completed', from_number: '+14155550111', to_number: '+14155550150', user_id: 1, started_at: ago(10), ended_at: later(ago(10), 65), duration: 60, created_at: ago(10), updated_at: later(ago(10), 66), ...more })
crm.insert('voip_calls', [
  call(1, { person_id: 1, to_number: '+1 (415) 555-0134' }),
  call(2, { lead_id: 1 }),
  call(3, { deal_id: 1, direction: 'inbound', from_number: '+442071838750', to_number: '+14155550100' }),
  call(4, { to_number: '4155550199', user_id: null, from_number: 'client:user_5' }),
  call(5, { status: 'busy', ended_at: null, duration: null }),
  call(6, { status: 'ringing', ended_at: null, duration: 0, started_at: null }),
  call(7, { status: 'in-progress', ended_at: null, duration: 30 }),
  call(8, { status: 'exploded', lead_id: 2 }),
  call(9, { status: 'cancelled', duration: 12 }),
  call(10, { ended_at: ago(11), duration: 90 }),
  call(11, { direction: 'sideways' }),
  call(12, { started_at: ago(1000), created_at: ago(1000) }),
  call(13, { started_at: null, created_at: null }),
  call(14, { started_at: ago(-40) }),
  call(15, { sid: '', user_id: 88, to_number: 'sip:bob@example.com', duration: -5, person_id: 4 }),
  call(16, { started_at: ago(200), ended_at: later(ago(200), 5), duration: 5, user_id: 2 }),
])
crm.insert('voip_calls', [call(17, { sid: 'CA1' })])
crm.insert('voip_recordings', [
  { id: 1, call_id: 1, path: 'recordings/1.mp3', duration: 60, ...made },
  { id: 2, call_id: 2, path: 'recordings/2.mp3', ...made },
  { id: 3, call_id: 3, path: 'https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE1', ...made },
  { id: 4, call_id: 4, path: 'recordings/4.mp3', disk: 's3', ...made },
  { id: 5, call_id: 5, path: '../outside.mp3', ...made },
  { id: 6, call_id: 12, path: 'recordings/6.mp3', ...made },
  { id: 7, call_id: 7, path: 'recordings/7.wav', ...made },
  { id: 8, call_id: 8, path: 'link.mp3', ...made },
  { id: 9, call_id: 9, path: 'recordings/9.flac', ...made },
])
crm.sql('insert into activities (comment) values (\'it\\\'s; a "comment" -- not one\\n\')')
crm.sql('delete from users where id > 6')

const promised = `users: 6 in the dump, 3 come over (2 new, 1 here already)
  stays behind:
         1  no e-mail address (id 3)
         1  nobody refers to them (--everyone brings all) (id 4)
         1  its e-mail address has letters beyond ASCII (id 6)
  to look at:
         2  old passwords cannot come over: \`voip user add EMAIL\` gives new ones, with --role admin to administrators
accounts: 4 in the dump, 2 come over (2 new, 0 here already)
  stays behind:
         2  its user does not come over (id 3, 4)
  to look at:
         1  extensions are not supported yet: left out (id 1)
         1  switched off: a new user gets no right to phone (id 2)
persons: 4 in the dump, 3 come over (3 new, 0 here already)
  repaired:
         2  numbers written as +E.164 (id 1, 3)
         1  a number cannot be read: left out (id 3)
         1  numbers are no list: left out (id 4)
  stays behind:
         1  nobody refers to them (--everyone brings all) (id 2)
leads: 3 in the dump, 2 come over (2 new, 0 here already)
  repaired:
         1  its person is not in the dump: comes without number (id 2)
  stays behind:
         1  nobody refers to them (--everyone brings all) (id 3)
deals: 7 in the dump, 1 come over (1 new, 0 here already)
  stays behind:
         6  nobody refers to them (--everyone brings all) (id 2, 3, 4 ...)
providers: 9 in the dump, 6 come over (6 new, 0 here already)
  repaired:
         1  caller number written as +E.164 (id 1)
         1  settings were plain text: sealed now (id 8)
         1  a second active provider: inactive, the one with the highest priority stays (id 1)
  stays behind:
         1  of a driver that is not supported (there are twilio, telnyx and sip) (id 4)
         1  settings are broken: they cannot be opened (id 6)
         1  encrypted with another APP_KEY than the others (id 9)
  to look at:
         1  webhook_api_secret is not what Telnyx signs with: left out; enter the public key (id 3)
         1  its settings are not complete, so it comes over inactive: FAULT (id 7)
trunks: 6 in the dump, 5 come over (5 new, 0 here already)
  repaired:
         1  transport is neither udp, tcp nor tls: udp (id 2)
         2  without a provider: gets an inactive SIP provider of its name (id 2, 3)
         1  port is none: the usual one (id 2)
         1  password was plain text: sealed now (id 2)
         1  an allowed address that is none: left out (id 3)
         1  of a provider without trunks: gets an inactive SIP provider of its name (id 6)
  stays behind:
         1  its host is no name and no address (id 4)
  to look at:
         3  does not register: switch it on if the carrier wants it (id 1, 2, 5)
routes: 7 in the dump, 2 come over (2 new, 0 here already)
  repaired:
         1  DID written as +E.164 (id 1)
         1  its trunk does not come over: for calls by any trunk (id 7)
  stays behind:
         1  leads to a queue: not supported yet (id 2)
         1  leads to an IVR menu: not supported yet (id 3)
         1  leads to voicemail: not supported yet (id 4)
         1  its user does not come over (id 5)
         1  its DID is no number (id 6)
calls: 17 in the dump, 12 come over (12 new, 0 here already)
  repaired:
         2  numbers written as +E.164 (id 1, 4)
         1  a softphone's name in place of a number: left out (id 4)
         1  given to the user whose softphone it was (id 4)
         1  linked to the person with its number (id 4)
         3  without an end: computed (id 5, 6, 7)
         1  was never told to have ended: failed (id 6)
         1  was never told to have ended: completed (id 7)
         1  unknown status: failed (id 8)
         2  nobody answered, so the duration is 0 (id 8, 9)
         1  status in another spelling (id 9)
         1  ended before it could: end computed (id 10)
         1  a duration that cannot be: 0 (id 15)
         1  its user does not come over: nobody's call (id 15)
  stays behind:
         1  neither inbound nor outbound (id 11)
         1  older than calls are kept (--calls-months, also of \`voip janitor\`) (id 12)
         1  without a time (id 13)
         1  of a time to come (id 14)
         1  the same sid as an earlier call (id 17)
  to look at:
         1  a number that cannot be read: as it is (id 15)
recordings: 9 in the dump, 5 come over (5 new, 0 here already)
  stays behind:
         1  lies at the provider, behind a URL: fetch it there before the account is closed (id 3)
         1  lies on another disk than local: recordings are kept on the local disk so far (id 4)
         1  its call does not come over (id 6)
         1  neither mp3, wav nor ogg (id 9)
  to look at:
         1  its file is missing: comes over as failed, and whole once the file is there (id 2)
         2  its file cannot be read, or leads out of the folder: comes over as failed (id 5, 8)
`
// Between the first and the last line.
const body = out => out.replace(/^.*\n\n/, '').replace(/\n[^\n]*\n$/, '').replace(/(comes over inactive: ).*( \(id 7\))/, '$1FAULT$2')
const second = text => text.replace(/(\d+) come over \(\d+ new, \d+ here already\)/g, '$1 come over (0 new, $1 here already)')

const prepare = (place, dump = crm.dump()) => {
  place.fine('user', 'add', 'eve@crm.test', '--role', 'admin', '--org', 'Acme')
  place.fine('user', 'add', 'other@else.test', '--org', 'Elsewhere')
  const files = join(place.dir, 'storage')
  mkdirSync(join(files, 'recordings'), { recursive: true })
  mkdirSync(join(files, 'private/recordings'), { recursive: true })
  writeFileSync(join(files, 'recordings/1.mp3'), 'ID3 sound of call 1')
  writeFileSync(join(files, 'private/recordings/7.wav'), 'RIFF sound of call 7')
  writeFileSync(join(place.dir, 'outside.mp3'), 'nobody may have this')
  symlinkSync(join(place.dir, 'outside.mp3'), join(files, 'link.mp3'))
  writeFileSync(join(place.dir, 'crm.env'), `APP_NAME="CRM"\nAPP_KEY=${laravel.appKey}\nDB_PASSWORD=x\n`)
  writeFileSync(join(place.dir, 'crm.sql'), dump)
  return (...more) => place.voip(['import-laravel', 'crm.sql', '--org', 'Acme', '--app-key-file', 'crm.env', '--files', 'storage', ...more])
}
const everything = place => place.sql(`select md5(string_agg(x, '|' order by x)) from (${['users', 'user_roles', 'persons', 'leads', 'deals', 'contact_numbers', 'providers', 'trunks', 'numbers', 'routes', 'calls', 'recordings', 'crypto_keys']
  .map(t => `select '${t}' || t::text as x from ${t} t`).join(' union all ')}) as all_rows`)

test('the real run does what the dry run promised, and a second run nothing', async place => {
  const voip = prepare(place)
  const before = everything(place)
  const dry = voip('--dry-run')
  equal([dry.code, dry.err], [0, ''])
  sameLines(body(dry.out), promised)
  check(dry.out.startsWith('Dry run') && dry.out.includes('Nothing was written'), dry.out)
  equal(everything(place), before, 'a dry run wrote')
  const real = voip()
  equal([real.code, real.err], [0, ''])
  sameLines(body(real.out), body(dry.out))
  const after = everything(place)
  const again = voip()
  equal([again.code, again.err], [0, ''])
  equal(everything(place), after, 'a second run changed something')
  check(body(again.out).startsWith('users: 6 in the dump, 3 come over (0 new, 3 here already)'), again.out)
  for (const [, comes, fresh] of again.out.matchAll(/(\d+) come over \((\d+) new/g)) equal(fresh, '0', comes)
  sameLines(body(voip('--dry-run').out), body(again.out))
})

test('every row is what it was, put right', async place => {
  const voip = prepare(place)
  equal(voip().code, 0)
  equal(place.rows('select external_id || \' \' || email || \' \' || name || \' \' || is_active from users where external_id is not null order by 1'),
    ['1 ann@crm.test Ann Ångström true', '2 bob@crm.test Bob false', '5 eve@crm.test eve@crm.test true'])
  equal(place.rows('select u.email || \' \' || r.name from users u join user_roles ur on ur.user_id = u.id join roles r on r.id = ur.role_id where u.external_id is not null order by 1'),
    ['ann@crm.test agent', 'eve@crm.test admin'])
  equal(place.rows('select external_id || \'|\' || name || \'|\' || coalesce(email, \'-\') || \'|\' || coalesce(company, \'-\') from persons order by 1'),
    ['1|Zoë O\'Neil\\|zoe@x.test|Ästhetik & "Söhne"', '3|Matched; by -- number|-|-', '4|No list|-|-'])
  equal(place.rows('select entity_type || \' \' || e164 || \' \' || raw || \' \' || label || \' \' || is_primary from contact_numbers order by 1'),
    ['deal', 'lead', 'person'].flatMap(kind => [`${kind} +14155550134 (415) 555-0134 work true`, ...kind === 'person' ? ['person +14155550199 4155550199 work true'] : [], `${kind} +442071838750 +44 20 7183 8750 mobile false`]))
  equal(place.rows('select l.external_id || \'|\' || l.name || \'|\' || l.title || \'|\' || l.status || \'|\' || coalesce(p.name, \'-\') || \'|\' || coalesce(u.name, \'-\') from leads l left join persons p on p.id = l.person_id left join users u on u.id = l.owner_id order by 1'),
    ['1|Zoë O\'Neil\\|30 seats|negotiation|Zoë O\'Neil\\|Ann Ångström', '2|Alone|Alone|new|-|-'])
  equal(place.rows('select d.name || \'|\' || d.amount || \'|\' || d.stage || \'|\' || l.title from deals d join leads l on l.id = d.lead_id'), ['Renewal|12500.50|won|30 seats'])
  equal(place.rows('select name || \'|\' || driver || \'|\' || is_active || \'|\' || priority from providers order by priority, name'),
    ['By address|sip|false|0', 'Elastic|sip|false|0', 'Half|twilio|false|0', 'Orphan|sip|false|0', 'Twilio new|twilio|true|1', 'Twilio old|twilio|false|2', 'Telnyx|telnyx|false|3', 'Own trunk|sip|false|4', 'Plain|twilio|false|5'])
  equal(place.rows('select name from providers where last_test_ok is distinct from false'), ['Twilio new'], 'who may stand in untested')
  equal(place.sql('select (config_hint->>\'account_sid\') || (config_hint->>\'from_number\') from providers where name = \'Twilio old\''), `${sid('a')}+14155550111`)
  equal(place.rows('select t.name || \'|\' || p.name || \'|\' || host || \'|\' || port || \'|\' || transport || \'|\' || auth_method || \'|\' || coalesce(sip_username, \'-\') || \'|\' || (secret is not null) || \'|\' || register || \'|\' || array_to_string(allowed_ips, \' \') from trunks t join providers p on p.id = t.provider_id order by 1'), [
    'By address|By address|192.0.2.9|5060|udp|ip_auth|-|false|false|203.0.113.0/24 192.0.2.1',
    'Elastic|Elastic|acme.pstn.twilio.com|5060|udp|ip_auth|-|false|false|',
    'Main|Own trunk|sip.example.com|5061|tls|username_password|1000|true|false|',
    'Orphan|Orphan|old.example.com|5060|udp|username_password|7|true|false|',
    'Own trunk|Own trunk|sip.example.com|5080|tcp|username_password|1000|true|false|',
    'Serialised|Own trunk|sip2.example.com|5060|udp|username_password|1|true|false|'])
  equal(place.rows('select r.name || \'|\' || did_e164 || \'|\' || u.email || \'|\' || coalesce(t.name, \'-\') || \'|\' || r.is_active || \'|\' || coalesce(p.name, \'-\') from routes r join users u on u.id = r.action_id left join trunks t on t.id = r.trunk_id join numbers n on n.e164 = r.did_e164 left join providers p on p.id = n.provider_id order by 1'),
    ['Front desk|+14155550100|ann@crm.test|Main|true|Own trunk', 'No trunk|+14155550105|eve@crm.test|-|false|-'])
})

test('amounts that lose decimals are named, each of them', async place => {
  const voip = prepare(place)
  const dry = voip('--everyone', '--dry-run')
  check(dry.out.includes(`deals: 7 in the dump, 7 come over (7 new, 0 here already)
  repaired:
         4  its amount has more than two decimals: rounded to two (id 2, 3, 5, 6)
`), dry.out)
  sameLines(body(voip('--everyone').out), body(dry.out))
  equal(place.rows('select external_id || \'|\' || amount from deals order by external_id'), ['1|12500.50', '2|10.01', '3|0.00', '4|7.12', '5|-3.33', '6|100.00', '7|8.00'])
})

test('calls keep who spoke with whom, when and how it ended', async place => {
  equal(prepare(place)().code, 0)
  const seconds = 'extract(epoch from ended_at - started_at)::int'
  equal(place.rows(`select coalesce(substr(sid, 3), '-') || '|' || direction || '|' || status || '|' || from_number || '|' || to_number || '|' || did || '|' || user_name || '|' || coalesce(contact_type, '-') || '|' || contact_name || '|' || duration_s || '|' || ${seconds} || '|' || coalesce(extract(epoch from ended_at - answered_at)::int::text, '-') || '|' || cause from calls order by (substr(sid, 3))::int nulls last`), [
    '1|outbound|completed|+14155550111|+14155550134||Ann Ångström|person|Zoë O\'Neil\\|60|65|60|',
    '2|outbound|completed|+14155550111|+14155550150||Ann Ångström|lead|Zoë O\'Neil\\|60|65|60|',
    '3|inbound|completed|+442071838750|+14155550100|+14155550100|Ann Ångström|deal|Renewal|60|65|60|',
    '4|outbound|completed||+14155550199||Eve|person|Matched; by -- number|60|65|60|',
    '5|outbound|busy|+14155550111|+14155550150||Ann Ångström|-||0|66|-|',
    '6|outbound|failed|+14155550111|+14155550150||Ann Ångström|-||0|66|-|unknown',
    '7|outbound|completed|+14155550111|+14155550150||Ann Ångström|-||30|30|30|',
    '8|outbound|failed|+14155550111|+14155550150||Ann Ångström|lead|Alone|0|65|-|unknown',
    '9|outbound|canceled|+14155550111|+14155550150||Ann Ångström|-||0|65|-|',
    '10|outbound|completed|+14155550111|+14155550150||Ann Ångström|-||90|90|90|',
    '16|outbound|completed|+14155550111|+14155550150||Bob|-||5|5|5|',
    '-|outbound|completed|+14155550111|sip:bob@example.com|||person|No list|0|65|0|'])
  equal(place.sql(`select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') from calls where sid = 'CA1'`), ago(10))
  equal(place.sql('select count(*) from calls where id < uuid7_floor(started_at) or id >= uuid7_floor(started_at + interval \'1 ms\')'), '0', 'ids hold the time')
  equal(place.sql('select count(*) from calls where ended_at is null'), '0', 'none is live')
  const history = place.sql(`select count(*) from calls_page((select id from orgs where name = 'Acme'), null, null, null, true, null, null, uuid7_floor(now() - interval '1 year'), uuid7_floor(now()), 100)`)
  equal(history, '12')
})

test('recordings have their files, and none from elsewhere', async place => {
  const voip = prepare(place)
  equal(voip().code, 0)
  const state = () => place.rows('select substr(c.sid, 3) || \' \' || r.state || \' \' || r.format || \' \' || r.bytes || \' \' || coalesce(encode(r.sha256, \'hex\'), \'-\') || \' \' || (r.user_id is not null) from recordings r join calls c on c.id = r.call_id order by 1')
  const hash = text => createHash('sha256').update(text).digest('hex')
  const [one, seven] = ['ID3 sound of call 1', 'RIFF sound of call 7']
  equal(state(), [`1 stored mp3 19 ${hash(one)} true`, '2 failed mp3 0 - true', '5 failed mp3 0 - true', `7 stored wav 20 ${hash(seven)} true`, '8 failed mp3 0 - true'])
  for (const [key, text] of [[place.sql('select object_key from recordings where format = \'mp3\' and state = \'stored\''), one], [place.sql('select object_key from recordings where format = \'wav\''), seven]]) {
    equal(readFileSync(join(place.store, key), 'utf8'), text)
    equal(statSync(join(place.store, key)).mode & 0o777, 0o600)
  }
  equal(place.sql('select count(*) from recordings where object_key like \'%..%\''), '0')
  writeFileSync(join(place.dir, 'storage/recordings/2.mp3'), 'found')
  const again = voip()
  check(/recordings: 9 in the dump, 5 come over \(1 new, 4 here already\)/.test(again.out), again.out)
  equal(state()[1], `2 stored mp3 5 ${hash('found')} true`)
  const without = place.voip(['import-laravel', 'crm.sql', '--org', 'Acme', '--app-key-file', 'crm.env', '--dry-run'])
  check(/5 {2}where its file is was not said \(--files DIR\)/.test(without.out), without.out)
})

test('every secret is sealed and nothing else keeps it', async place => {
  const voip = prepare(place)
  const done = voip()
  const words = ['trunk-word-1', 'trunk-word-2', 'trunk-word-3', 'trunk-word-4', 'a'.repeat(32), 'b'.repeat(32), 'e'.repeat(32), 'KEY0123456789abcdef0123', laravel.appKey.slice(7)]
  const text = place.sql('select string_agg(p::text, \'\') || (select string_agg(t::text, \'\') from trunks t) || (select coalesce(string_agg(a::text, \'\'), \'\') from audit_log a) from providers p').replaceAll(/AC(.)\1{31}/g, '')
  for (const word of words) check(!text.includes(word) && !done.out.replaceAll(/AC(.)\1{31}/g, '').includes(word) && !done.err.includes(word), `${word} stands somewhere`)
  equal(place.sql('select count(*) from providers where config like \'v2.%\''), '6')
  equal(place.sql('select count(*) from trunks where secret like \'v2.%\''), '4')
  check(/stored secrets open/.test(place.voip(['doctor']).out), 'the doctor opens them all')
})

test('whatever form the dump has, the rows are the same', async place => {
  prepare(place)
  const forms = [[], ['--skip-extended-insert', '--complete-insert'], ['--hex-blob', '--skip-comments', '--compact'], ['--skip-tz-utc', '--single-transaction', '--skip-add-drop-table']]
  const outs = forms.map(options => {
    writeFileSync(join(place.dir, 'crm.sql'), crm.dump(...options))
    const done = place.voip(['import-laravel', 'crm.sql', '--org', 'Acme', '--app-key-file', 'crm.env', '--files', 'storage', '--dry-run', ...options[0] === '--skip-tz-utc' ? ['--timezone', 'Etc/GMT-3'] : []])
    equal(done.code, 0, done.err)
    return body(done.out)
  })
  for (const out of outs) sameLines(out, promised)
})

test('a CRM on PostgreSQL comes over by pg_dump --inserts', async place => {
  place.fine('user', 'add', 'eve@crm.test', '--org', 'Acme')
  place.sql(`create table public.users (id bigint primary key, email text, name text, "order" text default ')''', key text);
    create table public.voip_accounts (id bigint generated always as identity, user_id bigint, username text, is_active boolean);
    create table public.voip_calls (id bigint primary key, sid text, direction text, status text, from_number text, to_number text, user_id bigint,
      started_at timestamptz, duration int, check (direction in ('inbound', 'outbound')));
    create function public.f() returns trigger language plpgsql as $f$ begin insert into users values (9, 'no', ''''); return new; end $f$;
    insert into public.users values (1, 'ann@crm.test', E'It''s Ann\\\\ of "here"\\ntwo lines');
    insert into public.voip_accounts (user_id, username, is_active) values (1, 'x', true);
    insert into public.voip_calls values (1, 'CA1', 'inbound', 'completed', '+14155550101', '+14155550100', 1, '${ago(3)}+02', 12)`)
  const dump = async options => {
    const done = await finish('pg_dump', [...options, '--schema=public', place.url], { input: '', env: process.env })
    equal(done.code, 0, done.err)
    writeFileSync(join(place.dir, 'pg.sql'), done.out)
    return place.voip(['import-laravel', 'pg.sql'])
  }
  for (const options of [['--inserts'], ['--column-inserts', '--no-owner', '--rows-per-insert=100']]) {
    const done = await dump(options)
    equal(done.code, 0, done.err)
    check(/users: 1 in the dump, 1 come over/.test(done.out) && /calls: 1 in the dump, 1 come over/.test(done.out), done.out)
  }
  equal(place.rows('select replace(name, chr(10), \'|\') from voip.users where external_id = \'1\''), ['It\'s Ann\\ of "here"|two lines'])
  equal(place.sql('select to_char(started_at at time zone \'UTC\', \'YYYY-MM-DD HH24:MI:SS\') || \' \' || duration_s from voip.calls'), `${later(ago(3), -7200)} 12`)
  check(/--inserts/.test((await dump([])).err), 'COPY is refused with the way out')
})

test('an active provider of here stays active', async place => {
  const voip = prepare(place)
  place.fine('provider', 'add', 'sip', '--name', 'Here', '--host', '192.0.2.5', '--org', 'Acme')
  const done = voip()
  check(/was active, but another provider is active here: `voip provider activate` \(id 2\)/.test(done.out), done.out)
  equal(place.rows('select name from providers where is_active'), ['Here'])
})

test('--everyone and --calls-months bring more', async place => {
  const done = prepare(place)('--everyone', '--calls-months', '60')
  equal(done.code, 0, done.err)
  for (const line of ['users: 6 in the dump, 4 come over', 'persons: 4 in the dump, 4 come over', 'leads: 3 in the dump, 3 come over', 'calls: 17 in the dump, 13 come over']) check(done.out.includes(line), `${line}\n${done.out}`)
  equal(place.sql('select count(*) from calls where started_at < now() - interval \'900 days\''), '1')
})

test('nothing is written when it cannot be right', async place => {
  prepare(place)
  const before = everything(place)
  const bad = (args, expected, input) => {
    const done = place.voip(['import-laravel', ...args], { input })
    check(done.code === 1 || done.code === 2, `${args.join(' ')}: ${done.code}`)
    check(expected.test(done.err), `${args.join(' ')}: ${done.err}`)
    equal(everything(place), before, args.join(' '))
  }
  writeFileSync(join(place.dir, 'wrong.key'), `${new Laravel().appKey}\n`)
  writeFileSync(join(place.dir, 'no.key'), 'hello\n')
  writeFileSync(join(place.dir, 'letter.txt'), 'Dear all,\n')
  writeFileSync(join(place.dir, 'cut.sql'), crm.dump().subarray(0, -3000))
  writeFileSync(join(place.dir, 'other.sql'), 'CREATE TABLE `voip_calls` (`id` int, `sid` int);\nINSERT INTO `voip_calls` VALUES (1,2);\n')
  writeFileSync(join(place.dir, 'crm.sql.gz'), Buffer.from([0x1f, 0x8b, 8, 0]))
  bad(['crm.sql', '--org', 'Acme', '--app-key-file', 'wrong.key'], /does not open the settings/)
  bad(['crm.sql', '--org', 'Acme', '--app-key-file', 'no.key'], /no APP_KEY/)
  bad(['crm.sql', '--org', 'Acme', '--app-key-file', 'missing.key'], /cannot be read/)
  bad(['crm.sql', '--org', 'Acme'], /no terminal to ask/, '')
  bad(['crm.sql', '--org', 'Acme'], /no APP_KEY/, 'hunter2\n')
  bad(['crm.sql', '--app-key-file', 'crm.env'], /more than one organisation/)
  bad(['crm.sql', '--org', 'Nobody', '--app-key-file', 'crm.env'], /no such organisation/)
  bad(['letter.txt'], /no SQL dump/)
  bad(['cut.sql'], /cut\.sql.*(ends too early|does not end|broken)/)
  bad(['other.sql'], /voip_calls has no column direction/)
  bad(['crm.sql.gz'], /gunzip/)
  bad(['missing.sql'], /missing\.sql: No such file/)
  bad(['crm.sql', '--timezone', 'Mars/Base'], /no time zone/)
  bad(['crm.sql', '--timezone', '../passwd'], /no time zone/)
  bad([], /usage/)
})

await run(() => crm.stop())
