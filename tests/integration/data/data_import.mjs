// Import: nothing that is valid is lost, nothing that is not goes unnamed, and twice is as once.
import { check, equal, get, request, run, test } from './tap.mjs'

const send = (stack, body, { type = 'text/csv', path = '/api/voip/import' } = {}) => request(stack, 'POST', path, { body, type })
const person = (stack, external) => JSON.parse(stack.sql(`select row_to_json(x) from (select p.name, p.email, p.company,
  (select array_agg(e164 || ' ' || label || ' ' || is_primary order by is_primary desc, e164) from contact_numbers n where n.entity_id = p.id) as numbers
  from persons p where external_id = '${external}') x`))

test('five thousand rows are stored in one request', async stack => {
  const rows = Array.from({ length: 5000 }, (_, i) => `Bulk Person ${i},+1212555${String(i).padStart(4, '0')},b${i}`)
  const begin = Date.now()
  const { status, json } = await send(stack, `name,phone,external_id\n${rows.join('\n')}\n`)
  equal([status, json.rows, json.created, json.updated, json.refused], [200, 5000, 5000, 0, 0])
  equal(stack.sql("select count(*) from persons where external_id like 'b%'"), '5000')
  equal(stack.sql("select count(*) from contact_numbers n join persons p on p.id = n.entity_id where p.external_id like 'b%'"), '5000')
  console.log(`# ${Date.now() - begin} ms`)
})

test('the same file again changes nothing but the time', async stack => {
  const rows = Array.from({ length: 5000 }, (_, i) => `Bulk Person ${i},+1212555${String(i).padStart(4, '0')},b${i}`)
  const { json } = await send(stack, `name,phone,external_id\n${rows.join('\n')}\n`)
  equal([json.created, json.updated, json.refused], [0, 5000, 0])
  equal(stack.sql("select count(*) || ' ' || count(distinct external_id) from persons where external_id like 'b%'"), '5000 5000')
  equal(stack.sql("select count(*) from contact_numbers n join persons p on p.id = n.entity_id where p.external_id like 'b%'"), '5000')
})

test('stored and refused add up, whatever the rows are', async stack => {
  const cells = ['', 'x', '=1', '+14155552671', '12', 'a@b.example', '"q ""q"""', '"multi\nline"', 'ümlaut', '   ', '1e5', 'deal', 'lead']
  let seed = 1
  const pick = () => cells[(seed = (seed * 48271) % 2147483647) % cells.length]
  const before = Number(stack.sql('select (select count(*) from persons) + (select count(*) from leads) + (select count(*) from deals)'))
  const body = 'type,name,phone,email,company,stage,amount\n' + Array.from({ length: 1000 }, () => [pick(), pick(), pick(), pick(), pick(), pick(), pick()].join(',')).join('\n')
  const { status, json } = await send(stack, body)
  equal(status, 200)
  equal(json.created + json.updated + json.refused, json.rows)
  equal(new Set(json.errors.map(e => e.row)).size, json.refused, 'each refused row is named')
  equal(Number(stack.sql('select (select count(*) from persons) + (select count(*) from leads) + (select count(*) from deals)')) - before, json.created)
  equal(stack.sql("select count(*) from persons where name ~ '^[=+@-]' or company ~ '^[=+@-]'"), '0', 'no formula came in')
})

test('an update fills what is empty and keeps what the file leaves out', async stack => {
  await send(stack, 'name,phone,mobile,email,company,external_id\nUp Date,+14155556001,+14155556002,u@x.example,Old,u1\n')
  await send(stack, 'name,phone,company,external_id\nUp Dated,+14155556003,New,u1\n')
  equal(person(stack, 'u1'), { name: 'Up Dated', email: 'u@x.example', company: 'New',
    numbers: ['+14155556001 work true', '+14155556002 mobile false', '+14155556003 work false'] })
})

test('twelve imports of the same people at once make each of them once', async stack => {
  const file = order => `name,phone,external_id\n${Array.from({ length: 200 }, (_, i) => order(i)).map(i => `Par Allel ${i},+1646555${String(i).padStart(4, '0')},p${i}`).join('\n')}\n`
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => send(stack, file(i => n % 2 ? i : 199 - i))))
  equal(answers.map(a => a.status), Array(12).fill(200))
  equal(answers.reduce((sum, a) => sum + a.json.created, 0), 200)
  equal(answers.reduce((sum, a) => sum + a.json.updated, 0), 11 * 200)
  equal(stack.sql("select count(*) from persons where external_id like 'p%' and name like 'Par%'"), '200')
})

test('files from spreadsheets of several countries are read', async stack => {
  for (const [i, text] of ['\ufeffname;phone\r\nSemi;+1415555700', 'name\tphone\nTab\t+1415555700', 'NAME , Phone\n"Com, ma",+1415555700'].entries()) {
    equal((await send(stack, `${text}${i}\r\n`)).json.created, 1, text)
  }
  equal((await get(stack, '/api/voip/contacts?search=com%20ma')).data.map(c => c.name), ['Com, ma'])
})

test('a file that cannot be read stores nothing and says why', async stack => {
  const before = stack.sql('select count(*) from persons')
  for (const [body, word] of [['name\nA\n"B', 'bad_csv'], ['nome\nA', 'bad_csv'], ['', 'empty'], ['name\n', 'empty'], ['name\nA\0B', 'bad_csv']]) {
    const { status, json } = await send(stack, body)
    equal([status, json.error], [400, word], body)
  }
  equal(stack.sql('select count(*) from persons'), before)
})

test('JSON and a type for the whole file', async stack => {
  const { json } = await send(stack, JSON.stringify([{ name: 'J One', title: '12 seats' }, { type: 'deal', name: 'J Two', amount: 99.5, stage: 'won' }]),
    { type: 'application/json', path: '/api/voip/import?type=lead' })
  equal([json.created, json.refused], [2, 0])
  equal(stack.sql("select amount || ' ' || stage from deals where name = 'J Two'"), '99.50 won')
  equal(stack.sql("select title from leads where name = 'J One'"), '12 seats')
})

test('the audit log counts it', async stack => {
  equal(JSON.parse(stack.sql("select detail from audit_log where action = 'contacts.imported' order by id limit 1")), { created: 5000, updated: 0 })
  check(Number(stack.sql("select count(*) from audit_log where action = 'contacts.imported'")) > 10, 'each one')
})

await run()
