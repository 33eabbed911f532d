// The voice SDK in a page, unmodified, led to the simulator by its options.
import { until } from '../../lib/until.mjs'

// Everything that happens is kept as words in page.evaluate(() => window.log).
export async function makeDevice(page, token, signal, options = {}) {
  await page.evaluate(([jwt, host, more]) => {
    const names = ['incoming', 'outgoing', 'disconnect', 'dtmf0', 'dtmf1', 'dtmf2', 'dtmf3', 'dtmf4', 'dtmf5', 'dtmf6', 'dtmf7', 'dtmf8', 'dtmf9', 'dtmfs', 'dtmfh']
    window.log = []
    window.device = new Twilio.Device(jwt, {
      chunderw: host, eventgw: host, publishEvents: false, logLevel: 'silent', codecPreferences: ['pcmu', 'opus'],
      sounds: Object.fromEntries(names.map(name => [name, `https://${host}/${name}.mp3`])), ...more })
    for (const name of ['registered', 'unregistered', 'tokenWillExpire']) window.device.on(name, () => window.log.push(name))
    window.device.on('error', error => window.log.push(`error ${error.code}`))
    window.follow = call => {
      window.call = call
      for (const name of ['accept', 'ringing', 'disconnect', 'cancel', 'reject', 'reconnecting', 'reconnected']) call.on(name, () => window.log.push(`call ${name}`))
      call.on('error', error => window.log.push(`call error ${error.code}`))
      call.on('mute', muted => window.log.push(`call mute ${muted}`))
    }
    window.device.on('incoming', call => {
      window.log.push('incoming')
      window.follow(call)
    })
  }, [token, signal, options])
}

export const logOf = page => page.evaluate(() => window.log)
export const logged = (page, word, seconds) => until(`'${word}' in the page`, async () => (await logOf(page)).includes(word), seconds)
  .catch(async error => { throw new Error(`${error.message}; the page says: ${await logOf(page)}`) })
export const callSid = page => page.evaluate(() => window.call.parameters.CallSid)
