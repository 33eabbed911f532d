// Strict reading of a form or a query: each field is known, appears once unless it may be repeated, and is what it must be.
import { ApiError } from '../errors.js'

const isUrl = text => {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol)
  } catch {
    return false
  }
}

const check = (code, accept) => value => {
  if (!accept(value)) throw new ApiError(code, `'${value}'`)
  return value
}

export const text = value => value
export const url = check(21205, value => value === '' || isUrl(value))
export const callbackUrl = check(21609, value => value === '' || isUrl(value))
export const method = value => check(21403, v => ['GET', 'POST'].includes(v))(value.toUpperCase())
export const bool = value => check(21620, v => ['true', 'false'].includes(v))(value.toLowerCase()) === 'true'
export const whole = (min, max) => value => Number(check(21620, v => /^\d+$/.test(v) && Number(v) >= min && Number(v) <= max)(value))
export const oneOf = (...words) => check(21620, value => words.includes(value))
export const many = reader => Object.assign(value => reader(value), { many: true })
// Lists arrive as repeated fields or as words in one.
export const words = (...allowed) => Object.assign(value => value.split(/[\s,]+/).map(oneOf(...allowed)), { many: true })

// The fields that were given, read by the table; the others are missing from the result.
export function readFields(params, table) {
  const out = {}
  for (const name of new Set(params.keys())) {
    const reader = Object.hasOwn(table, name) ? table[name] : null
    if (!reader) throw new ApiError(20001, `'${name}'; known here: ${Object.keys(table).join(', ')}`)
    const values = params.getAll(name)
    if (values.length > 1 && !reader.many) throw new ApiError(21620, `'${name}' appears ${values.length} times`)
    out[name] = reader.many ? values.flatMap(reader) : reader(values[0])
  }
  return out
}

export const form = (ctx, table) => {
  const type = ctx.headers['content-type'] ?? ''
  if (ctx.body.length && !type.startsWith('application/x-www-form-urlencoded')) {
    throw new ApiError(20001, `the body must be a form, not '${type}'`)
  }
  return readFields(new URLSearchParams(ctx.body.toString('utf8')), table)
}

// Of several fields exactly one.
export function exactlyOne(fields, names) {
  const given = names.filter(name => fields[name] !== undefined && fields[name] !== '')
  if (given.length !== 1) throw new ApiError(21205, `exactly one of ${names.join(', ')} is needed, ${given.length} were given`)
  return given[0]
}

// { url, method, events } of fields NAME, NAMEMethod, NAMEEvent, or null.
export function callbackFields(fields, name, events) {
  if (!fields[name]) return null
  const asked = fields[`${name}Event`]
  return { url: fields[name], method: fields[`${name}Method`] ?? 'POST', events: new Set(asked?.length ? asked : events) }
}
