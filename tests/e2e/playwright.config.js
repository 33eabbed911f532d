import { defineConfig } from '@playwright/test'
import { launchOptions } from '../lib/chromium.mjs'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  globalSetup: './lib/left-over.js',
  workers: 1, // one demo carrier, two cores
  timeout: 180_000, // patient, as until()
  expect: { timeout: 30_000 },
  forbidOnly: true,
  use: {
    browserName: 'chromium',
    headless: true,
    permissions: ['microphone'],
    launchOptions,
  },
})
