import { ApiError } from '../errors.js'
import { bool, listOf, nullable, readBody, string } from '../fields.js'
import { iso } from '../ids.js'
import { found, newestFirst, page } from './list.js'

const UPDATE = { connection_id: nullable(string), customer_reference: nullable(string), tags: listOf(string), billing_group_id: nullable(string), hd_voice_enabled: bool, external_pin: nullable(string) }

export function numberRoutes(server, sim) {
  const { numbers, connections } = sim.account
  const render = n => ({ id: n.id, record_type: 'phone_number', phone_number: n.phoneNumber, status: 'active', connection_id: n.connectionId,
    connection_name: nameOf(connections.get(n.connectionId)), tags: n.tags, customer_reference: n.customer_reference, country_iso_alpha2: 'US', phone_number_type: 'local',
    external_pin: null, deletion_lock_enabled: false, purchased_at: iso(n.created), created_at: iso(n.created), updated_at: iso(n.updated) })
  const find = ctx => found([...numbers.values()].find(n => n.id === ctx.params.id || n.phoneNumber === ctx.params.id), 'phone number')
  server.on('GET', '/v2/phone_numbers', ctx => page(ctx, newestFirst(numbers), render, {
    phone_number: (n, v) => n.phoneNumber.includes(v.replace(/[^\d]/g, '')),
    connection_id: (n, v) => n.connectionId === v,
    status: (_, v) => v === 'active',
  }))
  server.on('GET', '/v2/phone_numbers/{id}', ctx => ctx.json(200, { data: render(find(ctx)) }))
  server.on('PATCH', '/v2/phone_numbers/{id}', ctx => {
    const number = find(ctx)
    const { connection_id, ...fields } = readBody(ctx, UPDATE)
    if (connection_id && !connections.has(connection_id)) throw new ApiError(10015, 'connection_id: no such connection', '/connection_id')
    Object.assign(number, fields, { updated: new Date() }, connection_id === undefined ? {} : { connectionId: connection_id })
    ctx.json(200, { data: render(number) })
  })
}

const nameOf = connection => connection?.connection_name ?? connection?.application_name ?? ''
