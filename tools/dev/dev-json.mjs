// Writes .run/dev.json, by which tests, benchmarks and tools find everything (docs/design.md section 8).
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'

const run = process.argv[2]
const read = file => JSON.parse(readFileSync(`${run}/${file}`, 'utf8'))
const ports = read('ports.json')
const seed = read('seed.json')
const count = name => Number(process.env[name])
const each = (n, f) => Array.from({ length: n }, (_, i) => f(i + 1))

const carrier = await (await fetch(`http://127.0.0.1:${ports.carrier_control}/`)).json()

const admin = { bus: 'bus', 'token-issuer': 'token', router: 'router', recorder: 'recorder', 'webhook-ingest': 'webhook' }
const services = {}
for (const name of readdirSync(`${run}/sv`).filter(n => !n.startsWith('.'))) {
  const [, base, number = '1'] = /^(.*?)(?:-(\d+))?$/.exec(name)
  const key = admin[base] ?? { gateway: `gateway_${number}`, 'call-controller': `cc_${number}`, media: `media_${number}` }[base]
  services[name] = {
    pid: Number(readFileSync(`${run}/sv/${name}/supervise/pid`, 'utf8')),
    pid_file: `${run}/sv/${name}/supervise/pid`,
    metrics: key ? `http://127.0.0.1:${ports[`admin_${key}`]}/metrics` : null,
    log: `${run}/log/${name}.log`,
  }
}
const sip = i => ({ udp: `127.0.0.1:${ports[`sip_${i}`]}`, tcp: `127.0.0.1:${ports[`sip_${i}`]}`, tls: `127.0.0.1:${ports[`sips_${i}`]}` })

// Only what ./dev up --sims started.
const sim = name => (existsSync(`${run}/sims/${name}.ready.json`) ? { [name]: read(`sims/${name}.ready.json`) } : {})

const dev = {
  base_url: `http://localhost:${ports.http_1}`,
  https_url: `https://localhost:${ports.https_1}`,
  gateways: each(count('SCALE_GATEWAY'), i => `http://localhost:${ports[`http_${i}`]}`),
  admin: seed.admin,
  agent: seed.agent,
  database_url: process.env.DATABASE_URL,
  webhook_url: process.env.VOIP_WEBHOOK_URL || `http://127.0.0.1:${ports.webhook}`,
  webhook_ingest: `http://127.0.0.1:${ports.webhook}`,
  bus: `127.0.0.1:${ports.bus_pub}+${ports.bus_sub}`,
  sip: { ...sip(1), rtp_ports: '20000-39999' },
  controllers: each(count('SCALE_CC'), sip),
  trunks: { lab: seed.trunks?.lab ?? { source: '127.0.0.2' } },
  demo_carrier: {
    sip: `127.0.0.1:${ports.carrier}`,
    control: `http://127.0.0.1:${ports.carrier_control}`,
    out: `${run}/carrier`,
    numbers: carrier.numbers,
    caller: carrier.caller,
  },
  sims: { ...sim('twilio'), ...sim('telnyx') },
  secrets: { kek: `${run}/secrets/kek` },
  seed,
  services,
}
writeFileSync(`${run}/dev.json`, JSON.stringify(dev, null, 2) + '\n', { mode: 0o600 })
