// @telnyx/webrtc in a page, unmodified, led to the simulator by its options.
import { until } from '../../lib/until.mjs'

export async function makePhone(page, login, host) {
  await page.evaluate(([creds, ws]) => {
    window.log = []
    window.client = new TelnyxRTC({ ...creds, host: ws, iceServers: [], enableCallReports: false })
    window.client.remoteElement = 'far'
    for (const name of ['telnyx.ready', 'telnyx.socket.close']) window.client.on(name, () => window.log.push(name))
    window.client.on('telnyx.error', e => window.log.push(`error ${e.error?.code ?? e.code ?? ''}`))
    window.client.on('telnyx.warning', e => window.log.push(`warning ${e.warning?.code ?? ''}`))
    window.client.on('telnyx.notification', n => {
      if (n.type !== 'callUpdate') return
      window.call = n.call
      window.log.push(`call ${n.call.state}`)
    })
    window.client.connect()
  }, [login, host])
}

export const logOf = page => page.evaluate(() => window.log)
export const logged = (page, word, seconds) => until(`'${word}' in the page`, async () => (await logOf(page)).includes(word), seconds)
  .catch(async error => { throw new Error(`${error.message}; the page says: ${await logOf(page)}`) })
