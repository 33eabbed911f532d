// What an account holds besides calls: the two kinds of connection, numbers, credentials of browser users.
import { ApiError } from './errors.js'
import { numericId, secret, uuid } from './ids.js'

const USER = uuid()

export class Account {
  constructor({ apiKey, callControlId = numericId(), credentialConnectionId = numericId(), numbers, webhookUrl = '' }) {
    this.apiKey = apiKey
    this.active = true
    this.connections = new Map()
    this.numbers = new Map()
    this.credentials = new Map()
    this.addConnection('call_control_application', { application_name: 'Ringmain', webhook_event_url: webhookUrl }, callControlId)
    this.addConnection('credential_connection', { connection_name: 'Ringmain browsers', user_name: 'ringmain', password: secret(12), webhook_event_url: webhookUrl,
      inbound: { simultaneous_ringing: 'enabled' }, outbound: { call_parking_enabled: true } }, credentialConnectionId)
    for (const number of numbers) this.addNumber(number, callControlId)
  }

  addConnection(kind, fields, id = numericId()) {
    const connection = { id, kind, created: new Date(), updated: new Date(), active: true, webhook_api_version: '2', webhook_event_url: '',
      webhook_event_failover_url: '', webhook_timeout_secs: null, dtmf_type: 'RFC 2833', inbound: {}, outbound: {}, ...fields }
    this.connections.set(id, connection)
    return connection
  }

  connection(id, kind = null) {
    const connection = this.connections.get(id)
    return connection && (!kind || connection.kind === kind) ? connection : null
  }

  addNumber(phoneNumber, connectionId = null) {
    const number = { id: numericId(), phoneNumber, connectionId, created: new Date(), updated: new Date(), tags: [], customer_reference: null }
    this.numbers.set(number.id, number)
    return number
  }

  numberOf(phoneNumber) {
    return [...this.numbers.values()].find(n => n.phoneNumber === phoneNumber) ?? null
  }

  addCredential({ connection_id, name = '', tag = null, expires_at = null }) {
    const now = new Date()
    const credential = { id: uuid(), connectionId: connection_id, name, tag, expiresAt: expires_at, username: `gencred${secret(24).replace(/[-_]/g, 'x')}`,
      password: secret(24), user: USER, created: now, updated: now }
    this.credentials.set(credential.id, credential)
    return credential
  }

  // By the name and password of a credential or of a credential connection; gives { id, connection, username }.
  byLogin(username, password) {
    const credential = [...this.credentials.values()].find(c => c.username === username && c.password === password)
    if (credential) return this.identity(credential.id)
    const connection = [...this.connections.values()].find(c => c.user_name === username && c.password === password)
    return connection ? { id: connection.id, connection, username } : null
  }

  identity(credentialId) {
    const credential = this.credentials.get(credentialId)
    if (!credential || (credential.expiresAt && Date.parse(credential.expiresAt) <= Date.now())) return null
    return { id: credential.id, connection: this.connections.get(credential.connectionId), username: credential.username }
  }

  authenticate(header) {
    if (header !== `Bearer ${this.apiKey}`) throw new ApiError(10001, 'The API key looks malformed or is not one of this account')
    if (!this.active) throw new ApiError(10009, 'The account is not active')
  }
}
