// The call history against a plain reading of the table: whatever is asked, in pages, the same rows in the same order.
import { until } from '../../lib/until.mjs'
import { check, equal, get, pages, random, request, run, test } from './tap.mjs'

const months = 4
const count = 900
let other // a call of another organisation

async function prepare(stack) {
  const { org, agent, admin } = stack.seed
  stack.sql(`select ensure_partitions((current_date - m * interval '1 month')::date) from generate_series(0, ${months}) m`)
  stack.sql('delete from calls')
  // two in a millisecond, midnights of several zones, live ones, withheld numbers
  stack.sql(`insert into calls (org_id, id, direction, status, from_number, to_number, user_id, user_name, contact_type, contact_id,
      contact_name, started_at, ended_at, duration_s)
    select '${org.id}', (left(uuid7_floor(at)::text, 14) || '7' || substr(md5(g::text), 1, 3) || '-8' || substr(md5(g::text), 4, 3)
        || '-' || substr(md5(g::text), 7, 12))::uuid, dir, st,
      case dir when 'inbound' then phone else '+14155550100' end, case dir when 'inbound' then '+14155550100' else phone end,
      case when g % 3 = 0 then '${admin.user_id}'::uuid when g % 50 = 1 then null else '${agent.user_id}'::uuid end, 'Somebody',
      type, id, coalesce(name, ''), at, case when st in ('ringing', 'in-progress', 'initiated') then null else at + interval '1 min' end, g % 90
    from (select c.*, p.type, p.id, p.name,
        coalesce(p.e164, case when g % 22 = 0 then '' else '+15550001' || lpad((g % 1000)::text, 3, '0') end) as phone
      from (select g, now() - interval '${months} months' + (g / 2) * interval '${months * 30 * 24 * 60 / (count / 2)} minutes' as at,
          (array['inbound', 'outbound'])[1 + g % 2] as dir, (array['completed', 'completed', 'completed', 'busy', 'no-answer', 'failed',
            'canceled', 'ringing', 'in-progress', 'initiated'])[1 + abs(hashint4(g)) % 10] as st
        from generate_series(1, ${count}) g) c
      left join lateral (select n.e164, n.entity_type as type, n.entity_id as id, coalesce(pe.name, l.name, d.name) as name
        from contact_numbers n left join persons pe on pe.id = n.entity_id left join leads l on l.id = n.entity_id
        left join deals d on d.id = n.entity_id order by md5(n.e164 || (c.g % 40)::text) limit 1) p on c.g % 11 <> 0) x`)
  stack.sql(`insert into orgs (id, name) values ('01900000-0000-7000-8000-0000000000ff', 'Other')`)
  other = stack.sql(`insert into calls (org_id, id, direction, status, from_number, to_number, user_id, contact_name, started_at, ended_at)
    select '01900000-0000-7000-8000-0000000000ff', id, 'outbound', 'completed', '+1', '+14155550101', '${agent.user_id}', 'Demo', now(), now()
    from calls order by id desc limit 1 returning id`)
}

// The same question as SQL that anybody can read.
function plain(stack, who, q) {
  const { org, agent, admin } = stack.seed
  const mine = who === 'agent' ? `user_id = '${agent.user_id}'` : q.user_id ? `user_id = '${q.user_id}'` : 'true'
  const phone = "case direction when 'outbound' then to_number else from_number end"
  const where = [`org_id = '${org.id}'`, mine]
  if (q.direction) where.push(`direction = '${q.direction}'`)
  if (q.status) where.push(`status = '${q.status}'`)
  if (q.date_from) where.push(`started_at >= '${q.date_from}'::timestamp at time zone '${q.tz}'`)
  if (q.date_to) where.push(`started_at < ('${q.date_to}'::date + 1)::timestamp at time zone '${q.tz}'`)
  if (q.contact_id) where.push(`contact_id = '${q.contact_id}'`)
  if (q.whole) where.push(`${phone} = '${q.whole}'`)
  if (q.last) where.push(`${phone} like '%${q.last}'`)
  return stack.sql(`select id from calls where ${where.join(' and ')} order by id desc`).split('\n').filter(Boolean)
}
const url = q => '/api/voip/calls/history?' + Object.entries(q).filter(([k]) => !['whole', 'last'].includes(k))
  .map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('&')
const ids = rows => rows.map(r => r.id)
const zones = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Auckland']

test('pages follow one another without gap or repeat', async stack => {
  for (const limit of [7, 25, 100]) {
    equal(ids(await pages(stack, `/api/voip/calls/history?limit=${limit}`)), plain(stack, 'agent', {}), `limit ${limit}`)
  }
})

test('two hundred mixed questions give what the table has', async stack => {
  const r = random(20261123)
  const contacts = stack.sql('select distinct contact_id from calls where contact_id is not null order by 1 limit 60').split('\n')
  const numbers = stack.sql("select distinct to_number from calls where direction = 'outbound' and to_number <> '' order by 1 limit 60").split('\n')
  for (let i = 0; i < 200; i++) {
    const who = r.of(['agent', 'admin'])
    const q = { limit: r.of([3, 10, 100]) }
    if (r.chance(0.4)) q.direction = r.of(['inbound', 'outbound'])
    if (r.chance(0.5)) q.status = r.of(['completed', 'busy', 'no-answer', 'failed', 'canceled', 'ringing', 'in-progress', 'initiated'])
    if (r.chance(0.4)) q.date_from = new Date(Date.now() - r.below(130) * 864e5).toISOString().slice(0, 10)
    if (r.chance(0.4)) q.date_to = new Date(Date.now() - r.below(130) * 864e5).toISOString().slice(0, 10)
    q.tz = r.of(zones)
    if (who === 'admin' && r.chance(0.3)) q.user_id = stack.seed.agent.user_id
    const kind = r.below(5)
    if (kind === 0) q.contact_id = r.of(contacts)
    if (kind === 1) { q.whole = r.of(numbers); q.search = q.whole }
    if (kind === 2) { q.last = r.of(numbers).slice(-(4 + r.below(4))); q.search = q.last }
    equal(ids(await pages(stack, url(q), stack.seed[who].api_token)), plain(stack, who, q), JSON.stringify([who, q]))
  }
})

test('a day is a day of the caller\'s zone', async stack => {
  const { org, agent } = stack.seed
  const at = '2026-09-30T22:30:00Z' // already October in Berlin, still September in London
  stack.sql(`select ensure_partitions('2026-09-01')`)
  const id = stack.sql(`insert into calls (org_id, id, direction, status, to_number, user_id, started_at, ended_at)
    values ('${org.id}', uuid7_floor('${at}'), 'outbound', 'completed', '+4930', '${agent.user_id}', '${at}', '${at}') returning id`)
  const on = async (day, tz) => ids(await pages(stack, `/api/voip/calls/history?limit=100&date_from=${day}&date_to=${day}&tz=${encodeURIComponent(tz)}`)).includes(id)
  equal([await on('2026-09-30', 'UTC'), await on('2026-10-01', 'UTC')], [true, false], 'UTC')
  equal([await on('2026-09-30', 'Europe/Berlin'), await on('2026-10-01', 'Europe/Berlin')], [false, true], 'Berlin')
  stack.sql(`delete from calls where id = '${id}'`)
})

test('a call that comes in while somebody pages changes no page', async stack => {
  const { org, agent } = stack.seed
  const first = await get(stack, '/api/voip/calls/history?limit=10')
  stack.sql(`insert into calls (org_id, id, direction, status, to_number, user_id, started_at) values ('${org.id}',
    uuid7_floor(now()), 'outbound', 'ringing', '+14155550101', '${agent.user_id}', now())`)
  const second = await get(stack, `/api/voip/calls/history?limit=10&cursor=${first.next}`)
  equal(ids([...first.data, ...second.data]), plain(stack, 'agent', {}).slice(1, 21))
})

test('a name finds the calls of the contacts that it names', async stack => {
  const name = stack.sql(`select contact_name from calls where contact_type = 'person' and user_id = '${stack.seed.agent.user_id}' limit 1`)
  const rows = await pages(stack, `/api/voip/calls/history?limit=100&search=${encodeURIComponent(name)}`)
  const wanted = stack.sql(`select c.id from calls c where user_id = '${stack.seed.agent.user_id}' and contact_id in
    (select id from persons where name = '${name.replace(/'/g, "''")}' union all select id from leads where name = '${name.replace(/'/g, "''")}') order by id desc`).split('\n')
  equal(ids(rows), wanted)
  equal(await pages(stack, '/api/voip/calls/history?search=nobody+of+this+name'), [])
})

test('the calls of another organisation are nobody\'s here', async stack => {
  for (const who of ['agent', 'admin']) {
    const { api_token: token } = stack.seed[who]
    const mine = ids(await pages(stack, '/api/voip/calls/history?limit=100', token))
    const n = Number(stack.sql(`select count(*) from calls where org_id = '${stack.seed.org.id}' ${who === 'agent' ? `and user_id = '${stack.seed.agent.user_id}'` : ''}`))
    equal(mine.length, n, who)
    equal(new Set(mine).size, n, who)
  }
  stack.sql(`delete from calls where org_id = '${stack.seed.org.id}' and id = '${other}'`)
  equal((await request(stack, 'GET', `/api/voip/calls/${other}`, { token: stack.seed.admin.api_token })).status, 404)
})

test('the newest recording that is not deleted stands beside its call', async stack => {
  const { org, agent, admin } = stack.seed
  const call = plain(stack, 'agent', { status: 'completed' })[0]
  const add = (id, state) => stack.sql(`insert into recordings (org_id, id, call_id, state, format, duration_ms, bytes)
    values ('${org.id}', '01900000-0000-7000-8000-00000000000${id}', '${call}', '${state}', 'ogg', 1500, 42)`)
  const recording = async token => (await get(stack, `/api/voip/calls/${call}`, token)).data.recording
  equal(await recording(), null)
  add(1, 'stored')
  add(2, 'deleted')
  equal(await recording(), { id: '01900000-0000-7000-8000-000000000001', state: 'stored', format: 'ogg', duration_ms: 1500, bytes: 42, error: null, duration: 2 })
  add(3, 'open')
  equal((await recording()).state, 'open')
  stack.sql(`update recordings set state = 'failed', error = 'What came is no audio.' where state = 'open' and call_id = '${call}'`)
  equal([(await recording()).state, (await recording()).error], ['failed', 'What came is no audio.'])
  stack.sql(`delete from role_permissions where permission like 'voip.recordings%' and role_id in (select id from roles where name = 'agent')`)
  await until('the permission to be gone', async () => await recording(agent.api_token) === null, 60)
  check(await recording(admin.api_token), 'with it')
})

test('a page is read from the index, however deep', async stack => {
  // a partition of ten rows is read whole when autovacuum has counted it; the question is whether an index
  // gives the order at all, and without one both of these could not keep Sort and Seq Scan away
  const plan = stack.sql(`set enable_seqscan = off; set enable_sort = off; set plan_cache_mode = force_generic_plan; prepare p (uuid, uuid, uuid, uuid) as select * from calls where org_id = $1
    and user_id = $2 and id >= $3 and id < $4 order by id desc limit 26; explain execute p ('${stack.seed.org.id}', '${stack.seed.agent.user_id}',
    '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')`)
  check(/Index Scan/.test(plan) && !/Sort|Seq Scan/.test(plan), plan)
})

await run(prepare)
