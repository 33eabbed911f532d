// Contacts: what was sent is what is stored, searched and shown; nobody sees another organisation's.
import { check, equal, get, pages, random, request, run, test } from './tap.mjs'

const people = []
const firsts = ['Ann', 'Anna', 'Johann', 'Zoë', 'Ümit', 'Li', 'Mary Ann', 'O', 'Per', 'Perry', '50%', 'A_b', 'C:\\d', "O'Neil", 'Jean-Luc']
const lasts = ['Smith', 'Smithers', 'Ann', 'Van der Berg', 'Berg', '李', 'Ñandú', 'von Ärzten', '_x', '%', 'Li', '']

async function prepare(stack) {
  stack.sql('delete from contact_numbers; delete from deals; delete from leads; delete from persons')
  const r = random(7)
  const rows = []
  for (let i = 0; i < 400; i++) {
    const name = `${r.of(firsts)} ${r.of(lasts)}`.trim()
    const type = r.of(['person', 'person', 'lead', 'deal'])
    people.push({ name, type })
    rows.push({ type, name, phone: `+1415555${String(2000 + i).padStart(4, '0')}` })
  }
  const { status, json } = await request(stack, 'POST', '/api/voip/import', { body: rows })
  if (status !== 200 || json.created !== 400) throw new Error(JSON.stringify(json).slice(0, 500))
}

const key = name => name.toLowerCase()
const starts = (name, prefix) => key(name).startsWith(prefix)
const last = name => key(name).split(' ').pop()
const names = rows => rows.map(r => `${r.type} ${r.name}`).sort()

// What a search should find, said plainly: names that begin with it; those whose last word begins with the last
// one typed while the others begin words; if there are none, any part.
function expected(words) {
  const typed = words.map(key)
  const others = typed.slice(0, -1)
  const near = people.filter(p => starts(p.name, typed.join(' ')) ||
    (last(p.name).startsWith(typed.at(-1)) && others.every(w => ` ${key(p.name)}`.includes(` ${w}`))))
  const anywhere = people.filter(p => typed.join(' ').length >= 3 && typed.every(w => key(p.name).includes(w)))
  return near.length ? { rows: near, whole: true } : { rows: anywhere, whole: false }
}

test('every search finds what the names say, over all pages', async stack => {
  const searches = ['ann', 'AN', 'a', 'smith', 'ann smi', 'smith ann', 'li', '李', 'ü', 'ÜMIT', 'zoë', 'per', 'berg', 'van', 'der', 'von ä', 'o', "o'n", 'jean',
    'hann', 'mith', 'nothing', 'ann zzz', 'mary ann', 'Smithers, Per', '50%', 'a_', '_x', 'c:\\', '\\', 'ñ']
  for (const text of searches) {
    const got = names(await pages(stack, `/api/voip/contacts?limit=7&search=${encodeURIComponent(text)}`))
    const { rows, whole } = expected(text.split(/[ ,]+/).filter(Boolean))
    const wanted = names(rows)
    // what stands in the middle fills one page and no more
    if (whole) equal(got, wanted, text)
    else {
      equal(got.length, Math.min(7, wanted.length), text)
      check(got.every(n => wanted.includes(n)), `${text}: ${got}`)
    }
  }
})

test('without a search all come, by name, each once', async stack => {
  const rows = await pages(stack, '/api/voip/contacts?limit=33')
  equal(names(rows), names(people))
  equal(new Set(rows.map(r => r.id)).size, 400)
  const keys = rows.map(r => Buffer.from(key(r.name)))
  check(keys.every((k, i) => i === 0 || Buffer.compare(keys[i - 1], k) <= 0), 'not in order')
  equal(names(await pages(stack, '/api/voip/contacts?limit=50&type=lead')), names(people.filter(p => p.type === 'lead')))
})

test('a number finds its contact by the whole, the beginning and the end', async stack => {
  const find = async text => (await get(stack, `/api/voip/contacts?limit=100&search=${encodeURIComponent(text)}`)).data.map(c => c.phone)
  for (const text of ['+14155552123', '001 415 555 2123', '(415) 555-2123', '552123', '5552123']) equal(await find(text), ['+14155552123'], text)
  equal((await find('+141555521')).length, 100)
  equal(await find('+14155559'), [])
  equal((await find('99')).every(n => n.endsWith('99')), true)
})

test('a number that was stored abroad is found by its last nine digits', async stack => {
  await request(stack, 'POST', '/api/voip/persons', { body: { name: 'Far Away', phone: '+49 30 901820 99' } })
  equal((await get(stack, '/api/voip/contacts?search=%2B1%20309%20018%202099')).data.map(c => c.name), ['Far Away'], 'the caller came without its country code')
  equal((await get(stack, '/api/voip/contacts?search=90182099')).data.map(c => c.name), ['Far Away'])
})

test('a change keeps what it does not name, a replacement does not', async stack => {
  const at = '/api/voip/leads'
  const { json } = await request(stack, 'POST', at, { body: { name: 'Keep Me', title: 'T', status: 'hot', email: 'k@x.example', company: 'C',
    numbers: ['+14155553001', { number: '+14155553002', label: 'mobile', primary: true }] } })
  const { id } = json.data
  equal([json.data.phone, json.data.numbers.length], ['+14155553002', 2])
  const changed = (await request(stack, 'PATCH', `${at}/${id}`, { body: { company: 'D' } })).json.data
  equal([changed.company, changed.title, changed.status, changed.email, changed.phone, changed.numbers.length], ['D', 'T', 'hot', 'k@x.example', '+14155553002', 2])
  const fewer = (await request(stack, 'PATCH', `${at}/${id}`, { body: { numbers: ['+14155553002'] } })).json.data
  equal(fewer.numbers, [{ label: 'work', number: '+14155553002', primary: true }])
  const replaced = (await request(stack, 'PUT', `${at}/${id}`, { body: { name: 'Other' } })).json.data
  equal([replaced.name, replaced.company, replaced.title, replaced.status, replaced.phone, replaced.numbers], ['Other', null, null, 'new', null, []])
  equal(stack.sql(`select count(*) from contact_numbers where entity_id = '${id}'`), '0')
})

test('a refused change changes nothing', async stack => {
  const { json } = await request(stack, 'POST', '/api/voip/deals', { body: { name: 'Deal', amount: '10.50', phone: '+14155553003' } })
  const at = `/api/voip/deals/${json.data.id}`
  equal((await request(stack, 'PATCH', at, { body: { name: 'New', amount: 'x', phone: null } })).status, 422)
  equal((await request(stack, 'PATCH', at, { body: { name: 'New', person_id: json.data.id } })).status, 422, 'a deal is no person')
  const after = (await get(stack, at)).data
  equal([after.name, after.amount, after.phone, after.updated_at === json.data.updated_at], ['Deal', '10.50', '+14155553003', true])
})

test('who changed what is in the audit log', async stack => {
  const { json } = await request(stack, 'POST', '/api/voip/persons', { body: { name: 'Audited' } })
  await request(stack, 'PATCH', `/api/voip/persons/${json.data.id}`, { body: { name: 'Audited Twice' } })
  equal(stack.sql(`select actor_type || ' ' || action || ' ' || (actor_id = '${stack.seed.agent.user_id}') from audit_log
    where object_id = '${json.data.id}' order by id`).split('\n'), ['token person.created true', 'token person.changed true'])
})

test('another organisation\'s contact is not there', async stack => {
  stack.sql(`insert into orgs (id, name) values ('01900000-0000-7000-8000-0000000000fe', 'Other');
    insert into persons (org_id, id, name) values ('01900000-0000-7000-8000-0000000000fe', '01900000-0000-7000-8000-0000000000fd', 'Secret Person');
    insert into contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9) values ('01900000-0000-7000-8000-0000000000fe', '+14155559999', 'person', '01900000-0000-7000-8000-0000000000fd', '', '155559999')`)
  const at = '/api/voip/persons/01900000-0000-7000-8000-0000000000fd'
  const { api_token: token } = stack.seed.admin
  equal((await request(stack, 'GET', at, { token })).status, 404)
  equal((await request(stack, 'PATCH', at, { token, body: { name: 'Taken' } })).status, 404)
  equal((await request(stack, 'PUT', at, { token, body: { name: 'Taken', phone: '+14155559998' } })).status, 404)
  for (const search of ['secret', 'person', 'ecret', '+14155559999', '9999']) equal((await get(stack, `/api/voip/contacts?search=${encodeURIComponent(search)}`, token)).data, [], search)
  equal((await request(stack, 'POST', '/api/voip/deals', { token, body: { name: 'D', person_id: '01900000-0000-7000-8000-0000000000fd' } })).status, 422)
  equal(stack.sql("select name from persons where id = '01900000-0000-7000-8000-0000000000fd'"), 'Secret Person')
})

test('ten that change one contact at once leave one whole state', async stack => {
  const { json } = await request(stack, 'POST', '/api/voip/persons', { body: { name: 'Race' } })
  const at = `/api/voip/persons/${json.data.id}`
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => request(stack, 'PATCH', at, { body: { name: `Race ${i}`, numbers: [`+1415555400${i}`, '+14155554999'] } })))
  check(answers.every(a => [200, 500, 503].includes(a.status)), JSON.stringify(answers.map(a => a.status)))
  const after = (await get(stack, at)).data
  check(/^Race \d$/.test(after.name), after.name)
  check(after.numbers.some(n => n.number === '+14155554999'), JSON.stringify(after.numbers))
})

await run(prepare)
