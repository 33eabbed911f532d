// What an account holds besides calls: keys, applications, phone numbers.
import { randomBytes } from 'node:crypto'
import { sid } from './ids.js'
import { ApiError } from './errors.js'

export class Account {
  constructor({ accountSid, authToken, keySid, keySecret, appSid, numbers, voiceUrl = '', region = 'us1' }) {
    Object.assign(this, { sid: accountSid, authToken, region, status: 'active', tokenLife: Infinity, type: 'Full', friendlyName: 'Simulated account' })
    this.created = new Date()
    this.keys = new Map()
    this.applications = new Map()
    this.numbers = new Map()
    this.addKey('simulated key', keySid, keySecret)
    this.addApplication({ FriendlyName: 'Ringmain', VoiceUrl: voiceUrl }, appSid)
    for (const number of numbers) this.addNumber(number)
  }

  addKey(friendlyName, keySid = sid('SK'), secret = randomBytes(16).toString('hex')) {
    const key = { sid: keySid, secret, friendlyName, created: new Date() }
    this.keys.set(key.sid, key)
    return key
  }

  addApplication(fields, appSid = sid('AP')) {
    const app = { sid: appSid, created: new Date(), updated: new Date(), FriendlyName: '', VoiceUrl: '', VoiceMethod: 'POST', VoiceFallbackUrl: '',
      VoiceFallbackMethod: 'POST', StatusCallback: '', StatusCallbackMethod: 'POST', VoiceCallerIdLookup: 'false', ...fields }
    this.applications.set(app.sid, app)
    return app
  }

  addNumber(phoneNumber) {
    const number = { sid: sid('PN'), phoneNumber, created: new Date(), updated: new Date(), FriendlyName: phoneNumber, VoiceUrl: '', VoiceMethod: 'POST',
      VoiceFallbackUrl: '', VoiceFallbackMethod: 'POST', VoiceApplicationSid: '', StatusCallback: '', StatusCallbackMethod: 'POST',
      TrunkSid: '', VoiceReceiveMode: 'voice', VoiceCallerIdLookup: 'false' }
    this.numbers.set(number.sid, number)
    return number
  }

  numberOf(phoneNumber) {
    return [...this.numbers.values()].find(n => n.phoneNumber === phoneNumber) ?? null
  }

  // Who may speak: the account by its token, or one of its keys. Keys of a suspended account work no more than its token.
  authenticate(user, password) {
    const right = user === this.sid ? password === this.authToken : this.keys.get(user)?.secret === password
    if (!right) throw new ApiError(20003)
    if (this.status !== 'active') throw new ApiError(20005, `it is ${this.status}`)
  }

  secretOf(keySid) {
    return this.keys.get(keySid)?.secret ?? null
  }

  // Where a call that reaches an application or a number gets its instructions.
  handlerOfApplication(appSid) {
    const app = this.applications.get(appSid)
    return app ? handler(app, app.sid) : null
  }

  handlerOfNumber(number) {
    const app = number.VoiceApplicationSid && this.applications.get(number.VoiceApplicationSid)
    return app ? handler(app, app.sid) : handler(number, null)
  }
}

const handler = (fields, applicationSid) => ({
  applicationSid,
  url: fields.VoiceUrl,
  method: fields.VoiceMethod,
  fallbackUrl: fields.VoiceFallbackUrl,
  fallbackMethod: fields.VoiceFallbackMethod,
  callback: fields.StatusCallback
    ? { url: fields.StatusCallback, method: fields.StatusCallbackMethod, events: new Set(['completed']) }
    : null,
})
