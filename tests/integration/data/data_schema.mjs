// The schema goes up, down and up again; each role can do its work and nothing else; the janitor keeps the months.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { check, equal, run, test } from './tap.mjs'

const migrations = join(process.env.RINGMAIN_SOURCE_DIR, 'migrations')
const dbmate = (stack, verb) => execFileSync('dbmate', ['--no-dump-schema', '-d', migrations, '-u', `${stack.owner}?sslmode=disable&search_path=voip`, verb],
  { encoding: 'utf8', env: stack.env, stdio: ['ignore', 'pipe', 'pipe'] })
const things = stack => stack.sql(`select string_agg(t, ' ' order by t) from (select 'table ' || relname as t from pg_class
  where relnamespace = 'voip'::regnamespace and relkind in ('r', 'p', 'i', 'I') and relname !~ '_[0-9]{6}' and relname not like 'schema_migrations%'
  union all select 'function ' || proname || pg_get_function_identity_arguments(oid) from pg_proc where pronamespace = 'voip'::regnamespace
    and not exists (select from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e')
  union all select 'constraint ' || conname from pg_constraint where connamespace = 'voip'::regnamespace
    and conparentid = 0 and conname not like 'schema_migrations%') x`)

test('up, down and up again is the same schema', async stack => {
  const before = things(stack)
  const files = readdirSync(migrations).filter(f => f.endsWith('.sql')).length
  for (let i = 0; i < files; i++) dbmate(stack, 'down')
  equal(things(stack), '', 'something stays behind')
  dbmate(stack, 'up')
  equal(things(stack), before)
})

test('two that migrate at once both end well', async stack => {
  const files = readdirSync(migrations).filter(f => f.endsWith('.sql')).length
  for (let i = 0; i < files; i++) dbmate(stack, 'down')
  const migrate = () => new Promise(resolve => import('node:child_process').then(({ execFile }) =>
    execFile(join(process.env.RINGMAIN_BUILD_DIR, 'tools/voip/voip'), ['migrate'], { env: stack.env }, (error, out, err) => resolve({ code: error?.code ?? 0, err }))))
  const [a, b] = await Promise.all([migrate(), migrate()])
  equal([a.code, b.code], [0, 0], a.err + b.err)
})

// Who may do what: rows of docs/data.md.
const owners = { users: 'gateway', roles: 'gateway', sessions: 'gateway', api_tokens: 'gateway', used_tickets: 'gateway', providers: 'gateway', trunks: 'gateway',
  numbers: 'gateway', routes: 'gateway', persons: 'gateway', leads: 'gateway', deals: 'gateway', contact_numbers: 'gateway', audit_log: 'gateway',
  calls: 'call', call_legs: 'call', call_dial_keys: 'call', call_external_ids: 'call', provider_commands: 'call', recordings: 'recorder' }
const services = ['gateway', 'token', 'call', 'webhook', 'recorder', 'router']
const may = (stack, role, table, right) => stack.sql(`select has_table_privilege('voip_${role}', 'voip.${table}', '${right}')`) === 't'

test('a table is written by its owner alone', async stack => {
  for (const [table, owner] of Object.entries(owners)) {
    for (const role of [...services, 'ro']) {
      equal(may(stack, role, table, 'insert'), role === owner, `insert on ${table} by ${role}`)
      equal(may(stack, role, table, 'update'), role === owner && table !== 'audit_log', `update on ${table} by ${role}`)
    }
  }
})

test('what a carrier said is never changed, only whether it is told again', async stack => {
  for (const role of [...services, 'ro', 'janitor']) {
    equal(may(stack, role, 'webhook_inbox', 'insert'), role === 'webhook', role)
    equal(may(stack, role, 'webhook_inbox', 'update'), false, role)
    equal(may(stack, role, 'webhook_inbox', 'delete'), role === 'janitor', role)
    const column = name => stack.sql(`select has_column_privilege('voip_${role}', 'voip.webhook_inbox', '${name}', 'update')`) === 't'
    equal([column('state'), column('body')], [['webhook', 'gateway'].includes(role), false], role)
  }
})

test('nobody deletes calls, events or the audit log', async stack => {
  for (const role of [...services, 'ro', 'janitor']) {
    for (const table of ['calls', 'call_legs', 'event_log', 'audit_log', 'recordings']) equal(may(stack, role, table, 'delete'), false, `${role} ${table}`)
    equal(may(stack, role, 'calls', 'truncate'), false)
  }
})

test('secrets of people and sessions are read by their owners alone', async stack => {
  for (const role of [...services, 'ro', 'janitor']) {
    equal(may(stack, role, 'api_tokens', 'select'), role === 'gateway', role)
    equal(may(stack, role, 'trunks', 'select'), ['gateway', 'call', 'router'].includes(role), role)
  }
  for (const role of ['webhook', 'recorder', 'ro', 'janitor']) equal(may(stack, role, 'users', 'select'), false, role)
})

test('data keys are made by the gateway, read by who opens secrets, and changed by the operator alone', async stack => {
  for (const role of [...services, 'ro', 'janitor']) {
    for (const table of ['crypto_keys', 'wrapping_keys']) {
      equal(may(stack, role, table, 'insert'), role === 'gateway', `insert on ${table} by ${role}`)
      for (const right of ['update', 'delete']) equal(may(stack, role, table, right), false, `${right} on ${table} by ${role}`)
    }
    equal(may(stack, role, 'crypto_keys', 'select'), ['gateway', 'token', 'call', 'webhook', 'recorder'].includes(role), role)
  }
})

test('a key that wraps a data key cannot be retired, and one that was retired wraps none', async stack => {
  const refused = sql => { try { stack.sql(sql) } catch (error) { return String(error.stderr) } return 'done' }
  const key = (id, kek) => `insert into crypto_keys (org_id, id, kek_id, wrapped_dek, state) select id, '${id}', '${kek}', 'v1', 'retired' from orgs limit 1`
  stack.sql("insert into orgs (id, name) values (gen_random_uuid(), 'K')")
  const [a, b] = ['01890000-0000-7000-8000-0000000000aa', '01890000-0000-7000-8000-0000000000bb']
  check(/foreign key/.test(refused(key(a, 'k1'))), 'a key that nobody told of')
  stack.sql("insert into wrapping_keys (id) values ('k1'), ('k2')")
  equal(refused(key(a, 'k1')), 'done')
  check(/foreign key/.test(refused("update wrapping_keys set retired = true where id = 'k1'")), 'k1 is needed')
  stack.sql(`update crypto_keys set kek_id = 'k2' where id = '${a}'`)
  equal(refused("update wrapping_keys set retired = true where id = 'k1'"), 'done')
  check(/foreign key/.test(refused(key(b, 'k1'))), 'k1 was retired')
  check(/constraint/.test(refused(key(b, 'k1').replace('kek_id,', 'kek_retired, kek_id,').replace("'k1'", "true, 'k1'"))), 'by a trick')
  stack.sql(`delete from crypto_keys where id = '${a}'; delete from wrapping_keys where id in ('k1', 'k2'); delete from orgs where name = 'K'`)
})

test('everybody on the bus may log events', async stack => {
  for (const role of services) for (const table of ['event_log', 'streams', 'consumer_cursors', 'nodes']) equal(may(stack, role, table, 'insert'), true, `${role} ${table}`)
})

test('a role that reads too long is stopped, and finds its tables', async stack => {
  const url = `${stack.owner.replace(/\/\/[^@]*@/, '//voip_gateway@')}`
  equal(stack.psql(url, 'show search_path'), 'voip, public')
  equal(stack.psql(url, 'show statement_timeout'), '5s')
  equal(stack.psql(url, 'select count(*) >= 0 from calls'), 't')
  let refused = ''
  try { stack.psql(url, 'select ensure_partitions(current_date)') } catch (error) { refused = String(error.stderr) }
  check(/permission denied/.test(refused), refused)
})

const janitor = (stack, ...args) => stack.voip({ ...stack.env, VOIP_DB_URL: stack.owner.replace(/\/\/[^@]*@/, '//voip_janitor@') }, 'janitor', ...args)
const parts = (stack, table) => stack.sql(`select string_agg(right(inhrelid::regclass::text, 6), ' ' order by 1) from pg_inherits where inhparent = 'voip.${table}'::regclass`)
const month = n => { const d = new Date(); d.setUTCDate(1); d.setUTCMonth(d.getUTCMonth() + n); return d.toISOString().slice(0, 7).replace('-', '') }

test('the janitor makes this and the next two months, as its own role', async stack => {
  for (const n of [1, 2]) stack.sql(`drop table if exists calls_${month(n)}`)
  check(/partitions made/.test(janitor(stack)), 'said nothing')
  for (const n of [0, 1, 2]) check(parts(stack, 'calls').includes(month(n)), `${month(n)} is missing: ${parts(stack, 'calls')}`)
  equal(janitor(stack), '', 'the second time there is nothing to do')
})

test('the janitor drops whole months past their keep and no other', async stack => {
  for (const n of [-30, -26, -24, -23]) stack.sql(`select ensure_partitions((date_trunc('month', now()) + interval '${n} months')::date)`)
  janitor(stack)
  const left = parts(stack, 'calls')
  check(!left.includes(month(-30)) && !left.includes(month(-26)), left)
  check(left.includes(month(-23)), left)
  check(!parts(stack, 'event_log').includes(month(-3)) && parts(stack, 'event_log').includes(month(0)), parts(stack, 'event_log'))
})

test('the janitor deletes what has expired and leaves what has not', async stack => {
  stack.sql(`insert into orgs (id, name) values (gen_random_uuid(), 'J');
    insert into sessions (id_hash, org_id, user_id, csrf_hash, expires_at) select decode(md5(d::text), 'hex'), id, id, '', now() + d * interval '1 hour' from orgs, unnest(array[-1, 1]) d;
    insert into used_tickets (jti, expires_at) values ('old', now() - interval '1 s'), ('new', now() + interval '1 h');
    insert into call_dial_keys (org_id, user_id, key, call_id, created_at) select id, id, d::text, id, now() - d * interval '1 hour' from orgs, unnest(array[1, 25]) d;
    insert into provider_commands (org_id, id, provider_id, call_id, leg, kind, created_at, updated_at) select id, gen_random_uuid(), id, id, 'agent', 'dial', now() - d * interval '1 day', now() from orgs, unnest(array[1, 31]) d;
    insert into call_external_ids (org_id, provider_id, external_id, call_id, leg, created_at) select id, id, d::text, id, 'agent', now() - d * interval '1 month' from orgs, unnest(array[1, 25]) d;
    insert into nodes (node_id, service, epoch, started_at, last_seen) select d::text, 's', gen_random_uuid(), now(), now() - d * interval '1 hour' from unnest(array[1, 25]) d`)
  janitor(stack)
  equal(stack.sql('select (select count(*) from sessions), (select string_agg(jti, \'\') from used_tickets), (select count(*) from call_dial_keys), (select count(*) from provider_commands), (select string_agg(external_id, \'\') from call_external_ids), (select string_agg(node_id, \'\') from nodes)'), '1|new|1|1|1|1')
})

test('an event whose partition is missing is refused, not lost in silence', async stack => {
  let refused = ''
  try { stack.sql(`insert into event_log (stream, seq, org_id, id, type, at, data) values (uuid7_floor('2001-01-01'), 1, gen_random_uuid(), gen_random_uuid(), 't', now(), '')`) } catch (error) { refused = String(error.stderr) }
  check(/no partition/.test(refused), refused)
})

await run(async () => {}, [])
