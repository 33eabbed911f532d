import { ApiError } from '../errors.js'
import { rfc2822 } from '../dates.js'
import { bool, callbackUrl, form, method, text, url } from './fields.js'
import { filters, newestFirst, page } from './list.js'
import { ROOT } from './index.js'

const FIELDS = { FriendlyName: text, VoiceUrl: url, VoiceMethod: method, VoiceFallbackUrl: url, VoiceFallbackMethod: method,
  StatusCallback: callbackUrl, StatusCallbackMethod: method, VoiceCallerIdLookup: bool }

export function applicationRoutes(server, sim) {
  const { applications } = sim.account
  const find = ctx => {
    const app = applications.get(ctx.params.app)
    if (!app) throw new ApiError(20404, 'no such application')
    return app
  }
  const render = app => renderApplication(app, sim)
  server.on('POST', `${ROOT}/Applications.json`, ctx => ctx.json(201, render(sim.account.addApplication(form(ctx, FIELDS)))))
  server.on('GET', `${ROOT}/Applications.json`, ctx => {
    const { FriendlyName } = filters(ctx, { FriendlyName: text })
    page(ctx, 'applications', newestFirst(applications).filter(a => !FriendlyName || a.FriendlyName === FriendlyName), render)
  })
  server.on('GET', `${ROOT}/Applications/{app}.json`, ctx => ctx.json(200, render(find(ctx))))
  server.on('POST', `${ROOT}/Applications/{app}.json`, ctx => ctx.json(200, render(Object.assign(find(ctx), form(ctx, FIELDS), { updated: new Date() }))))
  server.on('DELETE', `${ROOT}/Applications/{app}.json`, ctx => {
    applications.delete(find(ctx).sid)
    ctx.send(204, '')
  })
}

const renderApplication = (app, sim) => ({
  sid: app.sid, account_sid: sim.account.sid, api_version: '2010-04-01', friendly_name: app.FriendlyName,
  voice_url: app.VoiceUrl, voice_method: app.VoiceMethod, voice_fallback_url: app.VoiceFallbackUrl, voice_fallback_method: app.VoiceFallbackMethod,
  voice_caller_id_lookup: app.VoiceCallerIdLookup === true, status_callback: app.StatusCallback, status_callback_method: app.StatusCallbackMethod,
  message_status_callback: null, sms_url: null, sms_method: 'POST', sms_fallback_url: null, sms_fallback_method: 'POST', sms_status_callback: null,
  date_created: rfc2822(app.created), date_updated: rfc2822(app.updated),
  uri: `/2010-04-01/Accounts/${sim.account.sid}/Applications/${app.sid}.json`,
})
