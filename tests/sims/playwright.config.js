import { defineConfig } from '@playwright/test'
import { writeTone } from '../lib/tone.mjs'

// The microphone: bursts, since a browser's noise suppression takes a steady tone for noise.
export const MICROPHONE_HZ = 440
const microphone = writeTone('microphone.wav', { hz: MICROPHONE_HZ, on: 0.6, off: 0.2, seconds: 8 })

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  outputDir: '../../.run/sims-output',
  workers: 1, // one of each simulator, two cores
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  use: {
    browserName: 'chromium',
    headless: true,
    ignoreHTTPSErrors: true,
    permissions: ['microphone'],
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--ignore-certificate-errors', // the signalling of the Twilio simulator has a certificate of this machine
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-audio-capture=${microphone}`,
        '--autoplay-policy=no-user-gesture-required',
      ],
    },
  },
})
