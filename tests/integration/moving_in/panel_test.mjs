// What the wizard, .env and the import stored is what the panel's API shows and changes.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, equal, request, run, test } from '../data/tap.mjs'
import { Laravel } from './crm.mjs'
import { program } from './place.mjs'

const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`
const TOKEN = 'fedcba9876543210'.repeat(2)
const voip = (stack, args, { input = '', env = {} } = {}) => {
  const done = spawnSync(program, args, { encoding: 'utf8', input, cwd: stack.dir, env: { ...stack.env, VOIP_KEK_FILE: join(stack.dir, 'secrets/kek'), ...env } })
  equal(done.status, 0, `voip ${args.join(' ')}: ${done.stdout}${done.stderr}`)
}
const admin = stack => ({ token: stack.seed.admin.api_token })
const shown = async (stack, name) => {
  const { status, json } = await request(stack, 'GET', '/admin/voip/providers', admin(stack))
  equal(status, 200)
  const { id } = json.data.find(p => p.name === name)
  return (await request(stack, 'GET', `/admin/voip/providers/${id}`, admin(stack))).json.data
}

test('a SIP provider of the wizard', async stack => {
  voip(stack, ['setup', '--interactive', '--driver', 'sip'], { input: `${['Carrier', 'sip.carrier.example', '', 'tls', '', '1000', 'trunk-word-9', '', 'y', '+14155550111', 'n', 'y', 'n'].join('\n')}\n` })
  const provider = await shown(stack, 'Carrier')
  equal([provider.driver, provider.is_active, provider.config.sip_server, provider.config.transport, String(provider.config.sip_port), provider.config.username, provider.config.password.set], ['sip', false, 'sip.carrier.example', 'tls', '5061', '1000', true])
  const put = config => request(stack, 'PUT', `/admin/voip/providers/${provider.id}`, { ...admin(stack), body: { config } })
  // a blank password on edit keeps the stored one, but takes it to no other server
  const kept = await put({ username: '1001', password: '' })
  equal([kept.status, kept.json.data?.config.username, kept.json.data?.config.password.set], [200, '1001', true], JSON.stringify(kept.json))
  const refused = await put({ sip_server: 'sip2.carrier.example', password: '' })
  equal([refused.status, Object.keys(refused.json.fields)], [422, ['password']], JSON.stringify(refused.json))
  const changed = await put({ sip_server: 'sip2.carrier.example', password: 'trunk-word-10' })
  equal([changed.status, changed.json.data?.config.sip_server, changed.json.data?.config.password.last4], [200, 'sip2.carrier.example', 'd-10'], JSON.stringify(changed.json))
  equal(stack.sql('select host from trunks where name = \'Carrier\''), 'sip2.carrier.example')
})

test('a Twilio provider of .env, changed in the panel', async stack => {
  voip(stack, ['migrate-config'], { env: { TWILIO_SID: ACCOUNT, TWILIO_TOKEN: TOKEN, TWILIO_NUMBER: '+14155550111' } })
  const provider = await shown(stack, 'Twilio')
  equal([provider.driver, provider.is_active, provider.config.account_sid, provider.config.auth_token.last4, provider.config.from_number], ['twilio', true, ACCOUNT, TOKEN.slice(-4), '+14155550111'])
  const changed = await request(stack, 'PUT', `/admin/voip/providers/${provider.id}`, { ...admin(stack), body: { version: provider.version, config: { from_number: '+14155550122', auth_token: '' } } })
  equal(changed.status, 200, JSON.stringify(changed.json))
  equal([changed.json.data.config.from_number, changed.json.data.config.auth_token.last4], ['+14155550122', TOKEN.slice(-4)])
})

test('providers, trunks and history of a dump', async stack => {
  const laravel = new Laravel()
  const at = new Date(Date.now() - 86400_000).toISOString().slice(0, 19).replace('T', ' ')
  writeFileSync(join(stack.dir, 'key'), laravel.appKey)
  writeFileSync(join(stack.dir, 'crm.sql'), `CREATE TABLE voip_providers (id int, name text, driver text, config text, is_active int);
    INSERT INTO voip_providers VALUES (1,'Old trunk','sip','${laravel.seal(JSON.stringify({ sip_server: 'sip.old.example', sip_port: 5060, username: '7', password: 'trunk-word-8', transport: 'udp' }))}',0);
    CREATE TABLE voip_trunks (id int, voip_provider_id int, name text, host text, sip_username text, password text, is_active int);
    INSERT INTO voip_trunks VALUES (1,1,'Second','sip3.old.example','8','trunk-word-7',1),(2,NULL,'Alone','sip4.old.example','9','trunk-word-6',1);
    CREATE TABLE users (id int, email text, name text); INSERT INTO users VALUES (7,'agent@demo.test','Agent');
    CREATE TABLE voip_calls (id int, sid text, direction text, status text, from_number text, to_number text, user_id int, started_at text, duration int);
    INSERT INTO voip_calls VALUES (1,'CAold1','inbound','completed','+14155550177','+14155550100',7,'${at}',42);`)
  voip(stack, ['import-laravel', 'crm.sql', '--app-key-file', 'key'])
  const provider = await shown(stack, 'Old trunk')
  equal([provider.is_active, provider.config.sip_server, provider.config.password.set], [false, 'sip.old.example', true])
  const alone = await shown(stack, 'Alone')
  equal([alone.config.sip_server, alone.config.username, alone.config.password.set], ['sip4.old.example', '9', true])
  const changed = await request(stack, 'PUT', `/admin/voip/providers/${alone.id}`, { ...admin(stack), body: { version: alone.version, config: { sip_server: 'sip5.old.example', password: 'trunk-word-5' } } })
  equal(changed.status, 200, JSON.stringify(changed.json))
  const trunks = (await request(stack, 'GET', '/admin/voip/trunks', admin(stack))).json.data.map(t => t.name)
  for (const name of ['Second', 'Alone', 'Old trunk']) check(trunks.includes(name), `${name}: ${trunks}`)
  const { json } = await request(stack, 'GET', '/api/voip/calls/history?direction=inbound', {})
  const call = json.data.find(c => c.sid === 'CAold1')
  equal([call?.status, call?.duration, call?.from_number], ['completed', 42, '+14155550177'])
})

await run()
