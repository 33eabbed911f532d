// Other people's SIP: Kamailio as a proxy on the way, baresip as the far side.
import { expect, test } from '@playwright/test'
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../lib/ports.mjs'
import { Phone, inCall } from './lib/phone.js'
import { api, carrier, dev, numbers, sql, until, voip } from './lib/system.js'
import { readWav, toneShare, writeTone } from '../lib/tone.mjs'
import { MICROPHONE_HZ } from '../lib/chromium.mjs'
import { spawn } from '../lib/child.mjs'

// Runs a peer, makes it the active provider as an operator would, and puts all back afterwards.
async function withPeer({ name, command, args, port }, f) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', d => { output += d })
  child.stderr.on('data', d => { output += d })
  const gone = new Promise(resolve => child.once('exit', resolve))
  const active = sql('select name from voip.providers where is_active')
  try {
    voip('provider', 'add', 'sip', '--name', name, '--host', '127.0.0.1', '--port', String(port), '--transport', 'udp', '--codecs', 'PCMU,PCMA')
    await until(`the controllers see the trunk ${name}`, () =>
      Object.entries(dev.services).filter(([service]) => service.startsWith('call-controller'))
        .every(([, { log }]) => readFileSync(log, 'utf8').split('\n')
          .some(line => line.includes('"trunk.up"') && line.includes(`"trunk":"${name}"`))), 20)
    await f()
  } catch (error) {
    throw new Error(`${error.message}\n${name} said:\n${output.slice(-3000)}`, { cause: error })
  } finally {
    voip('provider', 'activate', active)
    // it must not stand in for others in later calls
    sql(`delete from voip.trunks where name = '${name}'; delete from voip.providers where name = '${name}'`)
    child.kill('SIGTERM')
    await gone
  }
}

test('a call through Kamailio: route set, audio both ways, hang-up from the far side', async ({ page }) => {
  const port = await freePort()
  await withPeer({
    name: `kamailio-${port}`,
    command: 'kamailio',
    args: ['-DD', '-E', '-f', 'peers/kamailio.cfg', '-A', `LISTEN=udp:127.0.0.1:${port}`,
      '-A', `CARRIER="sip:${dev.demo_carrier.sip}"`, '-Y', mkdtempSync(join(tmpdir(), 'kamailio-'))],
    port,
  }, async () => {
    const { phone, far } = await inCall(page)
    await phone.hears(1000)
    await until('the microphone at the carrier', async () =>
      Math.abs((await carrier.call(far.id)).dominant_hz - MICROPHONE_HZ) <= 20)
    await carrier.hangup(far.id)
    await expect(phone.at('ended-reason')).toBeVisible()
    const row = await until('history', () => api.newestCall(c => c.to_number === numbers.tone && c.ended_at))
    expect(row.status).toBe('completed')
  })
})

test('a call to baresip: audio both ways, hang-up from here', async ({ page }) => {
  const port = await freePort('127.0.0.1', 2) // it takes the next one for TLS
  const folder = mkdtempSync(join(tmpdir(), 'baresip-'))
  const number = '+14155550130'
  const tone = writeTone('baresip.wav', { hz: 1000, on: 1, off: 0, seconds: 30, rate: 8000 })
  writeFileSync(join(folder, 'config'), [
    `sip_listen 127.0.0.1:${port}`,
    'net_interface 127.0.0.1', `audio_source aufile,${tone}`, 'audio_player aubridge,nobody', `snd_path ${folder}`, 'audio_alert aufile,/dev/null',
    'ausrc_srate 8000', 'auplay_srate 8000', 'ausrc_channels 1', 'auplay_channels 1',
    'module_path /usr/lib/baresip/modules', 'module g711.so', 'module aufile.so', 'module aubridge.so', 'module sndfile.so',
    'module_app account.so', 'module_app menu.so', ''].join('\n'))
  writeFileSync(join(folder, 'accounts'), `<sip:${number}@127.0.0.1:${port}>;regint=0;answermode=auto\n`)
  writeFileSync(join(folder, 'contacts'), '')
  await withPeer({ name: `baresip-${port}`, command: 'baresip', args: ['-f', folder, '-v'], port }, async () => {
    const phone = await new Phone(page).signIn()
    await phone.dial(number)
    await phone.status('in-progress')
    const answered = Date.now()
    await phone.hears(1000)
    await until('four seconds for its ear', () => Date.now() - answered > 4000)
    await phone.at('hangup-button').click()
    await expect(phone.at('ended-reason')).toBeVisible()
    const row = await until('history', () => api.newestCall(c => c.to_number === number && c.ended_at))
    expect(row.status).toBe('completed')
    expect(Math.abs(row.duration - (Date.now() - answered) / 1000)).toBeLessThanOrEqual(2)
  })
  // baresip keeps what it decoded, and closes the file when it ends
  const heard = readdirSync(folder).find(file => file.endsWith('dec.wav'))
  const { rate, samples } = readWav(readFileSync(join(folder, heard)))
  let best = 0
  for (let at = 0; at + rate / 4 <= samples.length; at += rate / 8)
    best = Math.max(best, toneShare(samples.slice(at, at + rate / 4), rate, MICROPHONE_HZ))
  expect(best, 'the microphone at baresip').toBeGreaterThan(0.5)
})
