// A browser leg by itself: the handshake with Chromium, also while this process is too busy to answer in time.
import { expect, test } from '@playwright/test'
import { startPageServer, openPage } from './lib/page.js'
import { Peer } from '../../tools/sim-lib/rtc/peer.js'

const BUSY_MS = 140
const PAUSE_MS = 5

// Chromium repeats each DTLS message after 50 ms: everything arrives several times.
function stayBusy() {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const timer = setInterval(() => Atomics.wait(cell, 0, 0, BUSY_MS), PAUSE_MS)
  return () => clearInterval(timer)
}

test('messages of a handshake that come twice do no harm', async ({ page }) => {
  const pages = await startPageServer()
  await openPage(page, pages.url)
  for (let round = 0; round < 8; round++) {
    const peer = await Peer.open()
    const offer = await page.evaluate(async () => {
      window.pc = new RTCPeerConnection()
      window.pc.addTrack((await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()[0])
      await window.pc.setLocalDescription(await window.pc.createOffer())
      return window.pc.localDescription.sdp
    })
    const answer = peer.answer(offer)
    const connected = page.evaluate(async sdp => {
      const open = new Promise(resolve => { window.pc.onconnectionstatechange = () => { if (['connected', 'failed'].includes(window.pc.connectionState)) resolve(window.pc.connectionState) } })
      await window.pc.setRemoteDescription({ type: 'answer', sdp })
      return Promise.race([open, new Promise(resolve => setTimeout(resolve, 12_000, 'still connecting'))])
    }, answer)
    const rest = stayBusy()
    const state = await connected
    rest()
    expect(`${round} ${state}`).toBe(`${round} connected`)
    await peer.ready
    expect(peer.failure).toBe(null)
    await page.evaluate(() => window.pc.close())
    peer.close()
  }
  await pages.stop()
})

test('the browser\'s packets may overtake its answer; a foreign certificate is refused', async ({ page }) => {
  const pages = await startPageServer()
  await openPage(page, pages.url)
  const answerTo = offer => page.evaluate(async sdp => {
    window.pc = new RTCPeerConnection()
    await window.pc.setRemoteDescription({ type: 'offer', sdp })
    await window.pc.setLocalDescription(await window.pc.createAnswer())
    await new Promise(resolve => { window.pc.onconnectionstatechange = () => window.pc.connectionState === 'connected' && resolve() })
    return window.pc.localDescription.sdp
  }, offer)

  const peer = await Peer.open()
  const answer = await answerTo(peer.offer())
  expect(peer.report()).toMatchObject({ connected: false, failure: null })
  peer.accept(answer)
  await peer.ready
  expect(peer.report().connected).toBe(true)
  peer.close()

  let why
  const wary = await Peer.open({ onGone: reason => { why = reason } })
  const other = await answerTo(wary.offer())
  wary.accept(other.replace(/^(a=fingerprint:sha-256 )\S+/m, `$1${Array(32).fill('00').join(':')}`))
  expect(why).toMatch(/certificate/)
  expect(wary.report().connected).toBe(false)
  await pages.stop()
})
