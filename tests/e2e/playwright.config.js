import { defineConfig } from '@playwright/test'
import { writeTone } from '../lib/tone.mjs'

// The microphone: 440 Hz in bursts, since a browser's noise suppression takes a steady tone for noise.
export const MICROPHONE_HZ = 440
const microphone = writeTone('microphone.wav', { hz: MICROPHONE_HZ, on: 0.6, off: 0.2, seconds: 8 })

export const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${microphone}`,
    '--autoplay-policy=no-user-gesture-required',
  ],
}

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  workers: 1, // one demo carrier, two cores
  timeout: 90_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  use: {
    browserName: 'chromium',
    headless: true,
    permissions: ['microphone'],
    launchOptions,
  },
})
