// One simulator of each kind and one application for all tests of a file.
import { test as base } from '@playwright/test'
import { Application } from './application.js'
import { startPageServer } from './page.js'
import { makeCertificate, startSimulator } from './process.js'

export const test = base.extend({
  application: [async ({}, use) => {
    const app = await Application.start()
    await use(app)
    await app.stop()
  }, { scope: 'worker' }],
  pages: [async ({}, use) => {
    const server = await startPageServer()
    await use(server)
    await server.stop()
  }, { scope: 'worker' }],
  twilioSim: [async ({ application }, use) => {
    const sim = await startSimulator('sim-twilio', folder => {
      const { cert, key } = makeCertificate(folder)
      return ['--api', '0', '--signal', '0', '--control', '0', '--tls-cert', cert, '--tls-key', key, '--number', '+14155550100', '--number', '+14155550120',
        '--voice-url', `${application.base}/voice`, '--rewrite', `https://crm.example.com=${application.base}`]
    })
    await use(sim)
    await sim.stop()
  }, { scope: 'worker' }],
  telnyxSim: [async ({ application }, use) => {
    const sim = await startSimulator('sim-telnyx', () => ['--api', '0', '--rtc', '0', '--control', '0', '--number', '+14155550130', '--number', '+14155550131',
      '--webhook-url', `${application.base}/telnyx`, '--rewrite', `https://crm.example.com=${application.base}`])
    await use(sim)
    await sim.stop()
  }, { scope: 'worker' }],
})
export { expect } from '@playwright/test'
