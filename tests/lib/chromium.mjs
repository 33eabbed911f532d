// Chromium as a softphone's browser: a microphone that plays a file, and nothing that asks a person or the network.
import { writeTone } from './tone.mjs'

// The microphone: in bursts, since a browser's noise suppression takes a steady tone for noise.
export const MICROPHONE_HZ = 440

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
    `--use-file-for-fake-audio-capture=${writeTone('microphone.wav', { hz: MICROPHONE_HZ, on: 0.6, off: 0.2, seconds: 8 })}`,
    '--autoplay-policy=no-user-gesture-required',
  ],
}

// The signalling of the Twilio simulator has a certificate of this machine.
export const anyCertificate = { ...launchOptions, args: [...launchOptions.args, '--ignore-certificate-errors'] }
