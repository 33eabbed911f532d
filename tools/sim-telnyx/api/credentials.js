// On-demand credentials of browser users, and their login tokens.
import { ApiError } from '../errors.js'
import { nullable, readBody, string } from '../fields.js'
import { iso } from '../ids.js'
import { found, newestFirst, page } from './list.js'

const PER_TAG = 1000
const date = nullable((value, name) => {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw new ApiError(10015, `${name}: it must be a moment in ISO 8601`, `/${name}`)
  return value
})
const FIELDS = { connection_id: string, name: string, tag: string, expires_at: date }

export function credentialRoutes(server, sim) {
  const { account } = sim
  const find = ctx => found(account.credentials.get(ctx.params.id), 'telephony credential')
  const checkConnection = id => {
    if (!account.connection(id, 'credential_connection')) throw new ApiError(10015, 'connection_id: it must be a credential connection of this account', '/connection_id')
  }
  server.on('POST', '/v2/telephony_credentials', ctx => {
    const fields = readBody(ctx, FIELDS, ['connection_id'])
    checkConnection(fields.connection_id)
    const sameTag = [...account.credentials.values()].filter(c => fields.tag && c.tag === fields.tag)
    if (sameTag.length >= PER_TAG) throw new ApiError(10015, `tag: at most ${PER_TAG} credentials have one tag`, '/tag')
    ctx.json(201, { data: render(account.addCredential(fields)) })
  })
  server.on('GET', '/v2/telephony_credentials', ctx => page(ctx, newestFirst(account.credentials), render, {
    name: (c, v) => c.name === v, tag: (c, v) => c.tag === v, resource_id: (c, v) => `connection:${c.connectionId}` === v, sip_username: (c, v) => c.username === v,
  }))
  server.on('GET', '/v2/telephony_credentials/{id}', ctx => ctx.json(200, { data: render(find(ctx)) }))
  server.on('PATCH', '/v2/telephony_credentials/{id}', ctx => {
    const credential = find(ctx)
    const { connection_id, expires_at, ...fields } = readBody(ctx, FIELDS)
    if (connection_id !== undefined) checkConnection(connection_id)
    Object.assign(credential, fields, { updated: new Date() }, connection_id && { connectionId: connection_id }, expires_at !== undefined && { expiresAt: expires_at })
    ctx.json(200, { data: render(credential) })
  })
  server.on('DELETE', '/v2/telephony_credentials/{id}', ctx => {
    const credential = find(ctx)
    account.credentials.delete(credential.id)
    ctx.json(200, { data: render(credential) })
  })
  server.on('POST', '/v2/telephony_credentials/{id}/token', ctx => {
    const credential = find(ctx)
    if (ctx.body.length && ctx.body.toString() !== '{}') throw new ApiError(10017, 'this request has no body')
    if (expired(credential)) throw new ApiError(10015, 'the credential has expired')
    ctx.send(201, sim.tokens.make(credential.id, credential.expiresAt ? Date.parse(credential.expiresAt) : null), { 'content-type': 'text/plain; charset=utf-8' })
  })
}

const expired = c => Boolean(c.expiresAt) && Date.parse(c.expiresAt) <= Date.now()

const render = c => ({ id: c.id, record_type: 'credential', name: c.name, resource_id: `connection:${c.connectionId}`, sip_username: c.username, sip_password: c.password, user_id: c.user,
  expired: expired(c), expires_at: c.expiresAt, created_at: iso(c.created), updated_at: iso(c.updated) })
