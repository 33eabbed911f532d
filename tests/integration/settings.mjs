// What `--check` says of settings that a service takes apart itself: each fault, beside all others, and nothing is started.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { equal, main, ok, test } from '../sip/lib/tap.mjs'

const build = process.env.RINGMAIN_BUILD_DIR
const program = name => `services/${name}/voip-${name}`

function check(name, env) {
  const { status, stdout, stderr } = spawnSync(join(build, program(name)), ['--check'], { encoding: 'utf8', env: { ...process.env, VOIP_ENV_FILE: '/dev/null', ...env } })
  return { status, text: stdout + stderr }
}
const networks = 'wants networks or addresses by spaces, such as 10.20.0.0/16 192.168.7.9, at most 32 ('

for (const [name, faults] of Object.entries({
  gateway: {
    VOIP_TRUNK_NETWORKS: ['10.20.0.0/33', networks],
    VOIP_TRUSTED_PROXIES: ['10.0.0.5;10.0.0.6', networks],
    VOIP_CARRIER_HOSTS: ["wss://a.example; script-src 'unsafe-inline'", 'wants hosts by spaces, such as wss://'],
    VOIP_TOKEN_TTL: ['1', 'wants a whole number between'],
  },
  'call-controller': { VOIP_TRUNK_NETWORKS: ['lan', networks], VOIP_MAX_CALLS: ['0', 'wants a whole number between'] },
  'webhook-ingest': { VOIP_TRUSTED_PROXIES: ['proxy', networks], VOIP_WEBHOOK_SPOOL_MIB: ['0', 'wants a whole number between'] },
})) {
  test(`${name} tells every malformed setting at once`, () => {
    const { status, text } = check(name, Object.fromEntries(Object.entries(faults).map(([key, [value]]) => [key, value])))
    equal(status, 78, text)
    for (const [key, [value, want]] of Object.entries(faults)) ok(text.includes(`${key}: is '${value}', ${want}`), `${key}\n${text}`)
    ok(/VOIP_BUS: is not set/.test(text), text)
  })
}

await main({ up: () => {}, down: () => {}, log: () => '', dir: '' })
