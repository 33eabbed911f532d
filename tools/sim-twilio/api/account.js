// The account itself, its balance and keys. A key has no access to accounts and keys.
import { ApiError } from '../errors.js'
import { rfc2822 } from '../dates.js'
import { form, text } from './fields.js'
import { filters, newestFirst, page } from './list.js'

export function accountRoutes(server, sim) {
  const { account } = sim
  const mainOnly = ctx => { if (ctx.byKey) throw new ApiError(20003, 'an API key may not read accounts and keys') }
  const keyOf = ctx => {
    mainOnly(ctx)
    const key = account.keys.get(ctx.params.key)
    if (!key) throw new ApiError(20404, 'no such key')
    return key
  }
  server.on('GET', '/2010-04-01/Accounts/{account}.json', ctx => {
    mainOnly(ctx)
    ctx.json(200, renderAccount(account))
  })
  server.on('GET', '/2010-04-01/Accounts/{account}/Balance.json', ctx =>
    ctx.json(200, { account_sid: account.sid, balance: '100.00', currency: 'USD' }))
  server.on('POST', '/2010-04-01/Accounts/{account}/Keys.json', ctx => {
    mainOnly(ctx)
    const { FriendlyName = '' } = form(ctx, { FriendlyName: text })
    const key = account.addKey(FriendlyName)
    ctx.json(201, { ...renderKey(key), secret: key.secret })
  })
  server.on('GET', '/2010-04-01/Accounts/{account}/Keys.json', ctx => {
    mainOnly(ctx)
    filters(ctx, {})
    page(ctx, 'keys', newestFirst(account.keys), renderKey)
  })
  server.on('GET', '/2010-04-01/Accounts/{account}/Keys/{key}.json', ctx => ctx.json(200, renderKey(keyOf(ctx))))
  server.on('DELETE', '/2010-04-01/Accounts/{account}/Keys/{key}.json', ctx => {
    account.keys.delete(keyOf(ctx).sid)
    ctx.send(204, '')
  })
}

const renderKey = key => ({ sid: key.sid, friendly_name: key.friendlyName, date_created: rfc2822(key.created), date_updated: rfc2822(key.created) })

const renderAccount = account => ({
  sid: account.sid, owner_account_sid: account.sid, friendly_name: account.friendlyName, status: account.status, type: account.type,
  auth_token: account.authToken, date_created: rfc2822(account.created), date_updated: rfc2822(account.created),
  uri: `/2010-04-01/Accounts/${account.sid}.json`, subresource_uris: {},
})
