// Every case of the vectors, one that no webhook and no token's request can say too, through the gateway: the carriers'
// rules as the running build decides them.
import { damaged, turned } from '../../vectors/cases.mjs'
import { equal, main, ok, test } from '../gateway/providers_kit.mjs'
import { VectorStack, sets } from './kit.mjs'

const stack = new VectorStack()
const check = async cases => (await stack.want(200, 'POST', '/admin/voip/debug/vectors', { cases })).json

for (const { file, cases } of sets) {
  test(`all ${cases.length} of ${file} pass`, async () => {
    const { success, passed, failed, data } = await check(cases)
    equal(data.filter(r => !r.passed && !r.optional), [], file)
    equal([success, passed, failed], [true, cases.length, 0], file)
    equal(data.map(r => [r.id, r.optional]), cases.map(c => [c.id, c.optional === true]), 'each by its name, in order')
    console.log(`# optional, decided as the official libraries do: ${data.filter(r => r.optional).map(r => r.id).join(' ') || 'none'}`)
  })
  test(`all of ${file} fail when their verdicts are turned`, async () => {
    const { success, passed, failed, data } = await check(cases.map(c => ({ ...turned(c), optional: undefined })))
    equal([success, passed, failed], [false, 0, cases.length], file)
    ok(data.every(r => r.why.length > 0), 'each says why')
  })
}
test('damaged cases fail, each with a reason', async () => {
  const { failed, data } = await check(damaged)
  equal([failed, data.length], [damaged.length, damaged.length], 'each')
  ok(data.every(r => r.id && r.why), JSON.stringify(data))
})
test('what is no list of cases, or too long a one, is refused with the way out', async () => {
  for (const cases of [undefined, 7, [], Array(201).fill({})]) {
    const { json } = await stack.want(422, 'POST', '/admin/voip/debug/vectors', { cases })
    ok(/1 to 200/.test(json.fields.cases), JSON.stringify(json))
  }
  await stack.want(413, 'POST', '/admin/voip/debug/vectors', { cases: ['x'.repeat(1 << 20)] })
})
test('no secret of a case is told again', async () => {
  const cases = sets.flatMap(s => s.cases).filter(c => c.auth_token || c.secret || c.input?.api_key_secret).slice(0, 200)
  const { text } = await stack.want(200, 'POST', '/admin/voip/debug/vectors', { cases: cases.map(turned) })
  for (const secret of new Set(cases.map(c => c.auth_token ?? c.secret ?? c.input.api_key_secret))) {
    ok(!text.includes(secret) && !stack.logs().includes(secret), 'a secret in the answer or in a log')
  }
})

await main(stack, { services: ['bus', 'gateway'] })
