import { ApiError } from '../errors.js'
import { rfc2822 } from '../dates.js'
import { form, method, oneOf, text, url } from './fields.js'
import { filters, newestFirst, page } from './list.js'
import { announceAll } from '../announcements.js'
import { ROOT } from './index.js'

export function conferenceRoutes(server, sim) {
  server.on('GET', `${ROOT}/Conferences.json`, ctx => {
    const f = filters(ctx, { FriendlyName: text, Status: oneOf('init', 'in-progress', 'completed') })
    page(ctx, 'conferences', newestFirst(sim.conferences).filter(c => (!f.FriendlyName || c.name === f.FriendlyName) && (!f.Status || c.status === f.Status)), renderConference)
  })
  server.on('GET', `${ROOT}/Conferences/{conference}.json`, ctx => ctx.json(200, renderConference(findConference(sim, ctx))))
  server.on('POST', `${ROOT}/Conferences/{conference}.json`, ctx => {
    const conference = findConference(sim, ctx)
    const f = form(ctx, { Status: oneOf('completed'), AnnounceUrl: url, AnnounceMethod: method })
    if (!conference.live) throw new ApiError(21220, 'the conference is over')
    if (f.AnnounceUrl) announceAll(sim, conference, { url: f.AnnounceUrl, method: f.AnnounceMethod })
    if (f.Status) conference.end('conference-ended-via-api')
    ctx.json(200, renderConference(conference))
  })
}

export function findConference(sim, ctx) {
  const conference = sim.conferences.get(ctx.params.conference)
  if (!conference) throw new ApiError(20404, 'no such conference')
  return conference
}

function renderConference(c) {
  const { account } = c.sim
  const uri = `/2010-04-01/Accounts/${account.sid}/Conferences/${c.sid}`
  return {
    sid: c.sid, account_sid: account.sid, friendly_name: c.name, status: c.status, region: account.region, api_version: '2010-04-01',
    reason_conference_ended: c.reason ?? null, call_sid_ending_conference: c.endedBy ?? null,
    date_created: rfc2822(c.created), date_updated: rfc2822(c.created), uri: `${uri}.json`,
    subresource_uris: { participants: `${uri}/Participants.json`, recordings: `${uri}/Recordings.json` },
  }
}
