// A page of a list as Twilio gives it.
import { readFields, text, whole } from './fields.js'

export const PAGING = { PageSize: whole(1, 1000), Page: whole(0, 1e6), PageToken: text }

// filters: the further fields of the query; items newest first
export function page(ctx, name, all, render) {
  const { PageSize: size = 50, Page: number = 0 } = ctx.paging
  const start = number * size
  const items = all.slice(start, start + size)
  const at = wanted => {
    const query = new URLSearchParams(ctx.query)
    query.set('PageSize', size)
    query.set('Page', wanted)
    if (wanted > 0) query.set('PageToken', `PA${wanted}`)
    return `${ctx.path}?${query}`
  }
  ctx.json(200, {
    [name]: items.map(render),
    end: Math.max(start, start + items.length - 1),
    first_page_uri: at(0),
    next_page_uri: start + size < all.length ? at(number + 1) : null,
    page: number,
    page_size: size,
    previous_page_uri: number > 0 ? at(number - 1) : null,
    start,
    uri: ctx.path + ctx.search,
  })
}

export function filters(ctx, table) {
  const { PageSize, Page, PageToken: _token, ...rest } = readFields(ctx.query, { ...table, ...PAGING })
  ctx.paging = { PageSize, Page }
  return rest
}

export const newestFirst = map => [...map.values()].reverse()
