// The key file and the data keys turn while real services run: nothing fails, nothing is lost when a rotation is
// killed, and what was retired opens nothing.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, equal, get, random, run, test } from '../data/tap.mjs'
import { spawn } from '../../lib/child.mjs'

const ORGS = 30
const TRUNKS = 10 // an organisation's
const FRESH = 300
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const voipBin = join(process.env.RINGMAIN_BUILD_DIR, 'tools/voip/voip')

const kek = stack => join(stack.dir, 'secrets/kek')
const environment = (stack, file = kek(stack)) => ({ ...stack.env, VOIP_KEK_FILE: file })
const voip = (stack, args, file) => {
  const done = spawnSync(voipBin, args, { encoding: 'utf8', env: environment(stack, file), cwd: stack.dir })
  return { code: done.status, out: done.stdout, err: done.stderr }
}
const rotate = (stack, args = [], file = undefined) => {
  const done = voip(stack, ['keys', 'rotate', ...args], file)
  if (done.code !== 0) throw new Error(`voip keys rotate ${args}: ${done.code} ${done.out} ${done.err}`)
  return done.out
}
const asGateway = stack => stack.owner.replace(/\/\/[^@]*@/, '//voip_gateway@')
const peerEnv = (stack, file = kek(stack)) => ({ ...environment(stack, file), VOIP_DB_URL: asGateway(stack) })
const peer = (stack, args, file) => {
  const done = spawnSync(process.env.SECRETS_PEER, args, { encoding: 'utf8', env: peerEnv(stack, file) })
  try { return { ...JSON.parse(done.stdout), err: done.stderr } } catch { throw new Error(`peer ${args}: ${done.status} ${done.stdout} ${done.stderr}`) }
}
const loop = async (stack, file) => {
  const child = spawn(process.env.SECRETS_PEER, ['loop'], { env: peerEnv(stack, file), stdio: ['ignore', 'pipe', 'pipe'] })
  let out = '', err = ''
  child.stdout.on('data', data => { out += data })
  child.stderr.on('data', data => { err += data })
  while (!out.includes('started')) {
    if (child.exitCode !== null) throw new Error(`the peer ended: ${err}`)
    await pause(10)
  }
  return async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await new Promise(resolve => child.once('exit', resolve))
    return { ...JSON.parse(out.slice(out.indexOf('{'))), err }
  }
}
const allOpen = (stack, what, file) => {
  const seen = peer(stack, ['open'], file)
  equal([seen.opened, seen.failed], [secrets(stack), 0], `${what}: ${seen.err.slice(0, 300)}`)
}
const noneOpens = (stack, file, what) => {
  const seen = peer(stack, ['open'], file)
  equal([seen.opened, seen.failed], [0, secrets(stack)], what)
}
const secrets = stack => Number(stack.sql("select count(*) from trunks where secret <> ''"))
const ids = file => readFileSync(file, 'utf8').split('\n').filter(line => line && !line.startsWith('#')).map(line => line.split(' ')[0])
const keep = (stack, name) => {
  const file = join(stack.dir, name)
  copyFileSync(kek(stack), file)
  return file
}
const log = stack => readFileSync(join(stack.dir, 'voip-call-controller.log'), 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))

// Inactive trunks are secrets like others; call-controller reads the active ones.
const fill = (stack, prefix, active, version) => {
  stack.sql(`insert into orgs (id, name) select md5('${prefix}' || o)::uuid, '${prefix} ' || o from generate_series(1, ${ORGS}) o on conflict do nothing;
    insert into providers (org_id, id, name, driver) select id, id, name, 'sip' from orgs where name like '${prefix} %' on conflict do nothing;
    insert into trunks (org_id, id, provider_id, name, host, sip_username, is_active, options_interval_s)
      select o.id, md5(o.name || t)::uuid, o.id, o.name || ' secret ' || t, '127.0.0.1', 'u', ${active} and t = 1, 0 from orgs o, generate_series(1, ${TRUNKS}) t where o.name like '${prefix} %'`)
  const seen = peer(stack, ['fill', version])
  equal(seen.failed, 0, seen.err)
}

test('secrets of the time before data keys get one with the first rotation', async stack => {
  fill(stack, 'Old', false, 'v1')
  fill(stack, 'New', true, 'v2')
  allOpen(stack, 'before')
  check(new RegExp(`${ORGS * TRUNKS} still sealed by the key file`).test(voip(stack, ['doctor']).out), voip(stack, ['doctor']).out)
  const old = keep(stack, 'kek.first')
  chmodSync(kek(stack), 0o400)
  if (process.getuid() === 0) chownSync(kek(stack), 10001, 10001)
  const rights = file => { const { mode, uid, gid } = statSync(file); return [mode, uid, gid] }
  const before = rights(kek(stack))
  const out = rotate(stack)
  check(/older keys open nothing/.test(out), out)
  equal(rights(kek(stack)), before, 'owner and rights')
  equal(stack.sql("select count(*) from trunks where secret like 'v1.%'"), '0')
  equal(ids(kek(stack)).length, 1)
  check(!ids(kek(stack)).includes(ids(old)[0]), 'another key')
  allOpen(stack, 'after')
  noneOpens(stack, old, 'with the old key file')
  check(/cannot be opened/.test(voip(stack, ['doctor'], old).out), 'the doctor with the old key file')
  check(/stored secrets open/.test(voip(stack, ['doctor']).out), 'the doctor with the new one')
  chmodSync(kek(stack), 0o644)
  check(/others may read/.test(voip(stack, ['doctor']).out), 'the doctor with a file for everybody')
  chmodSync(kek(stack), 0o400)
})

test('the list names keys, organisations and how many secrets they seal, and no key', async stack => {
  const { out } = voip(stack, ['keys', 'list'])
  const [id] = ids(kek(stack))
  check(new RegExp(`${id} +active +${2 * ORGS} data keys`).test(out), out)
  check(new RegExp(`New 7\\n  [0-9a-f-]{36} active +of \\d{4}-\\d\\d-\\d\\d, wrapped by ${id}, seals ${TRUNKS} secrets`).test(out), out)
  check(!out.includes(readFileSync(kek(stack), 'utf8').split(' ')[1].trim()), 'the key itself')
  check(/NOT IN THE FILE/.test(voip(stack, ['keys', 'list'], join(stack.dir, 'kek.first')).out), 'an old file')
  equal(voip(stack, ['keys', 'list', '--org', 'New 7']).out.match(/seals/g).length, 1)
})

test('fifty rotations under load: no open, no seal, no request and no trunk fails', async stack => {
  // organisations whose first data key is made while the keys turn
  stack.sql(`insert into orgs (id, name) select md5('fresh' || o)::uuid, 'Fresh ' || o from generate_series(1, ${FRESH}) o;
    insert into providers (org_id, id, name, driver) select id, id, name, 'sip' from orgs where name like 'Fresh %';
    insert into trunks (org_id, id, provider_id, name, is_active) select id, id, id, name || ' secret', false from orgs where name like 'Fresh %'`)
  const ends = [await loop(stack), await loop(stack)]
  let asked = 0, stop = false
  const failed = []
  const ask = async () => {
    while (!stop) {
      try { await get(stack, '/api/auth/me'); asked++ } catch (error) { failed.push(error.message) }
    }
  }
  const turn = async () => {
    while (!stop) {
      stack.sql('update trunks set version = version + 1 where is_active')
      await pause(100)
    }
  }
  const load = [ask(), ask(), turn()]
  const started = log(stack).length
  const before = keep(stack, 'kek.before')
  for (let i = 0; i < 50; i++) {
    const args = i % 10 === 9 ? ['--data-keys'] : []
    const done = await new Promise(resolve => {
      const child = spawn(voipBin, ['keys', 'rotate', ...args], { env: environment(stack), stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      child.stdout.on('data', data => { said += data })
      child.stderr.on('data', data => { said += data })
      child.once('exit', code => resolve({ code, said }))
    })
    equal(done.code, 0, done.said)
  }
  stop = true
  await Promise.all(load)
  const [seen, other] = [await ends[0](), await ends[1]()]
  for (const key of ['opened', 'sealed', 'failed', 'err']) seen[key] += other[key]
  console.log(`# 50 rotations: ${seen.opened} opens, ${seen.sealed} seals that made ${FRESH} data keys, ${seen.failed} failed; ${asked} requests, ${failed.length} failed`)
  equal([seen.failed, failed], [0, []], seen.err.slice(0, 500))
  check(seen.opened > 10_000 && seen.sealed >= FRESH && asked > 50, 'there was hardly any load')
  allOpen(stack, 'afterwards')
  const lines = log(stack).slice(started)
  equal(lines.filter(line => ['ERROR', 'WARN'].includes(line.level?.toUpperCase()) && /trunk/.test(line.event)).map(line => `${line.event} ${line.err}`), [])
  check(lines.filter(line => line.event === 'trunks.loaded').length >= 3, 'call-controller read no trunk again')
  noneOpens(stack, before, 'the file from before')
})

test('a rotation that is killed at any moment loses nothing and is finished by the next', async stack => {
  const { below } = random(7)
  const first = keep(stack, 'kek.killed')
  const begun = Date.now()
  rotate(stack)
  const took = Date.now() - begun
  let killed = 0, done = 0, inTheMiddle = 0
  for (let i = 0; i < 60; i++) {
    const args = i % 3 === 2 ? ['--data-keys'] : []
    const child = spawn(voipBin, ['keys', 'rotate', ...args], { env: environment(stack), stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve(signal)))
    // from its first word on: before that nothing was begun
    if (i % 2) await new Promise(resolve => { child.stdout.once('data', resolve); child.once('exit', resolve) })
    await pause(below(took))
    child.kill('SIGKILL')
    if (await ended) killed++; else done++
    if (ids(kek(stack)).length > 1) inTheMiddle++
    allOpen(stack, `killed ${i} (${args})`)
  }
  console.log(`# ${killed} killed, ${inTheMiddle} of them with two keys in the file; ${done} were done before`)
  check(killed > 20 && inTheMiddle > 3, `killed ${killed}, in the middle ${inTheMiddle}`)
  rotate(stack, ['--data-keys'])
  rotate(stack)
  equal(ids(kek(stack)).length, 1)
  equal(stack.sql('select count(*) from data_key_rotations'), '0')
  check(!existsSync(`${kek(stack)}.new`), 'a half-written file is left')
  allOpen(stack, 'in the end')
  noneOpens(stack, first, 'the file from before')
})

test('each state that a rotation can be left in is finished by the next', async stack => {
  const line = () => `${randomBytes(4).toString('hex')} ${randomBytes(32).toString('base64')}\n`
  const put = text => { chmodSync(kek(stack), 0o600); writeFileSync(kek(stack), text) }
  const whole = () => readFileSync(kek(stack), 'utf8')
  const finished = (what, wanted) => {
    const out = rotate(stack)
    equal(ids(kek(stack)), [wanted], what)
    equal(stack.sql('select string_agg(distinct kek_id, \',\') from crypto_keys'), wanted, what)
    equal(stack.sql('select string_agg(id, \',\') from wrapping_keys where not retired'), wanted, what)
    allOpen(stack, what)
    return out
  }
  const known = text => stack.sql(`insert into wrapping_keys (id) values ('${text.split(' ')[0]}')`)
  const id = text => text.split(' ')[0]
  const old = whole()
  let fresh = line()
  put(fresh + old)
  check(/goes on/.test(finished('the key was added', id(fresh))), 'said so')
  fresh = line()
  put(fresh + whole())
  known(fresh)
  finished('the database knows it', id(fresh))
  put(whole() + old)
  finished('the old one was retired and is still in the file', id(fresh))
  put(old + whole())
  finished('a retired key came back in front', id(fresh))
  put(old)
  check(/which is not in/.test(voip(stack, ['keys', 'rotate']).err), 'the old file alone')
  put(fresh)
  const next = line()
  put(whole() + next)
  check(/prepared/.test(finished('a prepared one', id(next))), 'said so')
})

test('new data keys replace the old ones, which go an hour later', async stack => {
  const active = () => stack.sql("select string_agg(id::text, ',' order by id) from crypto_keys where state = 'active'").split(',')
  const before = active()
  rotate(stack, ['--data-keys'])
  const after = active()
  equal([after.length, after.filter(id => before.includes(id))], [before.length, []])
  equal(stack.sql("select count(*) from trunks t join crypto_keys k on t.secret like 'v2.' || k.id || '.%' where k.state <> 'active'"), '0')
  allOpen(stack, 'after')
  const retired = Number(stack.sql("select count(*) from crypto_keys where state = 'retired'"))
  check(retired >= before.length, `${retired} retired`)
  // one that a secret still names stays, however old it is
  stack.sql("update crypto_keys set retired_at = now() - interval '61 minutes' where state = 'retired'")
  const [{ org, key, secret }] = JSON.parse(stack.sql(`select json_agg(x) from (select t.org_id as org, k.id as key, t.secret from trunks t join crypto_keys k on k.org_id = t.org_id and k.state = 'active' where t.secret <> '' limit 1) x`))
  stack.sql(`update crypto_keys set state = 'retired', retired_at = now() - interval '2 hours' where org_id = '${org}' and id = '${key}'`)
  rotate(stack)
  equal(stack.sql("select string_agg(id::text, ',') from crypto_keys where state = 'retired'"), key, 'the one that is needed')
  check(secret.includes(key), secret)
  stack.sql(`update crypto_keys set state = 'active', retired_at = null where id = '${key}'`)
  allOpen(stack, 'in the end')
})

test('two hosts: the new key goes round before it is used', async stack => {
  const [old] = ids(kek(stack))
  const out = rotate(stack, ['--prepare'])
  equal(ids(kek(stack))[0], old, 'the old key stays the active one')
  const [, fresh] = ids(kek(stack))
  check(out.includes(fresh) && /not used yet/.test(out), out)
  const twice = voip(stack, ['keys', 'rotate', '--prepare'])
  check(twice.code === 1 && /2 keys already/.test(twice.err), twice.err)
  const elsewhere = keep(stack, 'kek.elsewhere')
  const end = await loop(stack, elsewhere)
  const said = rotate(stack)
  check(said.includes(`Key ${fresh}`) && /prepared/.test(said), said)
  equal(ids(kek(stack)), [fresh])
  allOpen(stack, 'on the other host', elsewhere)
  const seen = await end()
  equal(seen.failed, 0, seen.err)
  // there the retired key still stands first: a new organisation's data key takes the next
  stack.sql(`insert into orgs (id, name) values (md5('late')::uuid, 'Late'); insert into providers (org_id, id, name, driver) values (md5('late')::uuid, md5('late')::uuid, 'Late', 'sip');
    insert into trunks (org_id, id, provider_id, name, is_active) values (md5('late')::uuid, md5('late')::uuid, md5('late')::uuid, 'late secret', false)`)
  equal(peer(stack, ['fill', 'v2'], elsewhere).failed, 0)
  equal(stack.sql("select kek_id from crypto_keys where org_id = md5('late')::uuid"), fresh)
  allOpen(stack, 'here')
})

test('one rotation at a time', async stack => {
  const { openSync, closeSync } = await import('node:fs')
  const folder = openSync(join(stack.dir, 'secrets'), 'r')
  // the lock is held as the command holds it
  const held = spawn('flock', ['--exclusive', '--nonblock', join(stack.dir, 'secrets'), 'sh', '-c', 'echo held; read -r _'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise(resolve => held.stdout.once('data', resolve))
  const done = voip(stack, ['keys', 'rotate'])
  equal(done.code, 1)
  check(/Another `voip keys` is at work/.test(done.err), done.err)
  held.stdin.end()
  await new Promise(resolve => held.once('exit', resolve))
  closeSync(folder)
  rotate(stack)
})

test('a wrong, old or missing key file changes nothing and is said in words', async stack => {
  const state = () => stack.sql("select md5(string_agg(wrapped_dek, '' order by id)) from crypto_keys") + stack.sql("select md5(string_agg(secret, '' order by id)) from trunks")
  const before = state()
  const wrong = join(stack.dir, 'wrong')
  voip(stack, ['init-secrets', wrong])
  for (const [file, words] of [[join(wrong, 'kek'), /need key .* which is not in/], [join(stack.dir, 'kek.before'), /need key .* which is not in/],
    ['/no/such/file', /cannot be used: No such file/], ['/etc/passwd', /cannot be used/]]) {
    const bytes = existsSync(file) ? readFileSync(file, 'utf8') : null
    for (const args of [[], ['--data-keys'], ['--prepare']]) {
      const done = voip(stack, ['keys', 'rotate', ...args], file)
      equal(done.code, 1, `${file} ${args}`)
      check(words.test(done.err), done.err)
    }
    equal(existsSync(file) ? readFileSync(file, 'utf8') : null, bytes, `${file} was changed`)
  }
  equal(voip(stack, ['keys', 'rotate'], '').code, 1)
  equal(voip(stack, ['keys', 'rotate', '--data-keys', '--prepare']).code, 2)
  equal(state(), before)
})

test('a trunk whose password stays shut is said once, and comes when the key does', async stack => {
  const other = join(stack.dir, 'wrong/kek')
  const shut = () => log(stack).filter(line => line.event === 'trunk.password_shut' && line.trunk === 'shut')
  const gauge = async () => {
    const cc = stack.children.find(child => child.title === 'voip-call-controller')
    return /^voip_trunks_shut (\d+)/m.exec(await (await fetch(`http://127.0.0.1:${cc.admin}/metrics`)).text())[1]
  }
  const until = async (what, fine) => {
    for (const end = Date.now() + 20_000; !(await fine());) {
      if (Date.now() > end) throw new Error(what)
      await pause(100)
    }
  }
  const org = "md5('late')::uuid"
  stack.sql(`insert into trunks (org_id, id, provider_id, name, host, sip_username, options_interval_s, is_active) values (${org}, md5('shut')::uuid, ${org}, 'shut', '127.0.0.1', 'u', 0, false)`)
  equal(peer(stack, ['fill', 'v1'], other).failed, 0)
  stack.sql("update trunks set is_active = true where name = 'shut'")
  await until('it was never said', () => shut().length > 0)
  check(/key file/.test(shut()[0].advice), JSON.stringify(shut()[0]))
  await until('the gauge', async () => await gauge() === '1')
  const stopped = voip(stack, ['keys', 'rotate'])
  check(stopped.code === 1 && /need key/.test(stopped.err), 'a rotation does not leave it behind')
  await pause(6000) // another reading of the table
  equal(shut().length, 1, 'said once')
  writeFileSync(kek(stack), readFileSync(kek(stack), 'utf8') + readFileSync(other, 'utf8'))
  await until('it never came', async () => await gauge() === '0')
  rotate(stack)
  equal(ids(kek(stack)).length, 1)
  allOpen(stack, 'in the end')
})

await run(async () => {}, 'all')
