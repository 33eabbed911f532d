import { ApiError } from '../errors.js'
import { rfc2822 } from '../dates.js'
import { isSid } from '../ids.js'
import { bool, callbackUrl, form, method, oneOf, text, url } from './fields.js'
import { filters, newestFirst, page } from './list.js'
import { ROOT } from './index.js'

const sidOr = prefix => value => {
  if (value !== '' && !isSid(value, prefix)) throw new ApiError(prefix === 'AP' ? 21218 : 21620, `'${value}'`)
  return value
}

const FIELDS = { FriendlyName: text, VoiceUrl: url, VoiceMethod: method, VoiceFallbackUrl: url, VoiceFallbackMethod: method, VoiceApplicationSid: sidOr('AP'),
  StatusCallback: callbackUrl, StatusCallbackMethod: method, TrunkSid: sidOr('TK'), VoiceReceiveMode: oneOf('voice', 'fax'), VoiceCallerIdLookup: bool }

export function numberRoutes(server, sim) {
  const { numbers, applications } = sim.account
  const find = ctx => {
    const number = numbers.get(ctx.params.number)
    if (!number) throw new ApiError(20404, 'no such phone number')
    return number
  }
  const render = number => renderNumber(number, sim)
  server.on('GET', `${ROOT}/IncomingPhoneNumbers.json`, ctx => {
    const { PhoneNumber, FriendlyName } = filters(ctx, { PhoneNumber: text, FriendlyName: text, Beta: bool, Origin: text })
    // a + of a query that was not escaped arrives as a space; Twilio matches parts of a number
    const part = PhoneNumber?.replace(/[^\d]/g, '')
    page(ctx, 'incoming_phone_numbers', newestFirst(numbers)
      .filter(n => (!part || n.phoneNumber.includes(part)) && (!FriendlyName || n.FriendlyName === FriendlyName)), render)
  })
  server.on('GET', `${ROOT}/IncomingPhoneNumbers/{number}.json`, ctx => ctx.json(200, render(find(ctx))))
  server.on('POST', `${ROOT}/IncomingPhoneNumbers/{number}.json`, ctx => {
    const number = find(ctx)
    const fields = form(ctx, FIELDS)
    if (fields.VoiceApplicationSid && !applications.has(fields.VoiceApplicationSid)) throw new ApiError(21218, 'no such application')
    ctx.json(200, render(Object.assign(number, fields, { updated: new Date() })))
  })
}

const renderNumber = (n, sim) => ({
  sid: n.sid, account_sid: sim.account.sid, phone_number: n.phoneNumber, friendly_name: n.FriendlyName, api_version: '2010-04-01',
  voice_url: n.VoiceUrl, voice_method: n.VoiceMethod, voice_fallback_url: n.VoiceFallbackUrl, voice_fallback_method: n.VoiceFallbackMethod,
  voice_application_sid: n.VoiceApplicationSid, voice_caller_id_lookup: n.VoiceCallerIdLookup === true, voice_receive_mode: n.VoiceReceiveMode,
  status_callback: n.StatusCallback, status_callback_method: n.StatusCallbackMethod, trunk_sid: n.TrunkSid || null,
  capabilities: { voice: true, sms: false, mms: false, fax: false }, status: 'in-use', origin: 'twilio', beta: false,
  date_created: rfc2822(n.created), date_updated: rfc2822(n.updated),
  uri: `/2010-04-01/Accounts/${sim.account.sid}/IncomingPhoneNumbers/${n.sid}.json`,
})
