import { defineConfig } from '@playwright/test'
import { anyCertificate } from '../lib/chromium.mjs'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  outputDir: '../../.run/sims-output',
  workers: 1, // one of each simulator, two cores
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  use: {
    browserName: 'chromium',
    headless: true,
    ignoreHTTPSErrors: true,
    permissions: ['microphone'],
    launchOptions: anyCertificate,
  },
})
