// The events of one application, each let through by the official verifier, in the order in which they happened.
import { until } from '../../lib/until.mjs'
import { believed } from './telnyx_client.js'

export async function eventsOf(application, client, path = '/telnyx') {
  const all = await Promise.all(application.at(path).map(request => believed(client, request)))
  return all.map(event => event.data).sort((a, b) => (a.occurred_at < b.occurred_at ? -1 : 1))
}

export const eventOf = (application, client, type, fits = () => true, seconds) =>
  until(`the event ${type}`, async () => (await eventsOf(application, client)).find(e => e.event_type === type && fits(e.payload)), seconds)
    .then(event => event.payload)
