// Pages of a list, and its filters: page[number], page[size], filter[name], filter[name][op].
import { ApiError } from '../errors.js'

// filters: { 'phone_number': (item, value) => boolean, 'created_at][gte': … }
export function page(ctx, all, render, filters = {}) {
  let items = all
  let number = 1
  let size = 20
  for (const [key, value] of ctx.query) {
    const filter = /^filter\[(.*)\]$/.exec(key)?.[1]
    if (filter && filters[filter]) items = items.filter(item => filters[filter](item, value))
    else if (key === 'page[number]') number = wholeOf(key, value, 1, 1e6)
    else if (key === 'page[size]') size = wholeOf(key, value, 1, 250)
    else throw new ApiError(10017, `${key}: this list knows page[number], page[size]${Object.keys(filters).map(f => `, filter[${f}]`).join('')}`)
  }
  const start = (number - 1) * size
  ctx.json(200, { data: items.slice(start, start + size).map(render),
    meta: { page_number: number, page_size: size, total_pages: Math.ceil(items.length / size), total_results: items.length } })
}

function wholeOf(key, value, min, max) {
  const number = Number(value)
  if (!Number.isInteger(number) || number < min || number > max) throw new ApiError(10015, `${key}: a whole number from ${min} to ${max}`)
  return number
}

export const found = (thing, what) => {
  if (!thing) throw new ApiError(10005, `The requested ${what} could not be found`)
  return thing
}

export const newestFirst = map => [...map.values()].reverse()
