import { body, http, type Schemas } from './http'

export type HistoryCall = Schemas['Call']
export type CallPage = Schemas['CallPage']
/** Without `password`, which is always null. */
export type ClientConfig = Omit<Schemas['ClientConfig'], 'password'>

export interface HistoryQuery {
  direction?: Schemas['Direction']
  status?: Schemas['CallStatus']
  date_from?: string
  date_to?: string
  search?: string
  contact_type?: Schemas['ContactType']
  contact_id?: string
  cursor?: string
  limit?: number
}

/** Days are those of the person who looks, so the zone goes along. */
export function history(query: HistoryQuery, signal?: AbortSignal): Promise<CallPage> {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone
  return body(http.GET('/api/voip/calls/history', { params: { query: { ...query, tz } }, signal }))
}

const SETTLING_MS = [0, 100, 300, 1000, 3000]

/**
 * Waits until the history has a call's end, which is told live before it is written. Not for long: the database may be
 * away, and somebody else's call is not shown.
 */
export async function settled(id: string): Promise<void> {
  for (const ms of SETTLING_MS) {
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    const call = await body(http.GET('/api/voip/calls/{id}', { params: { path: { id } } })).catch(() => null)
    if (call?.data.ended_at) return
  }
}

export function clientConfig(): Promise<ClientConfig> {
  return body(http.GET('/api/voip/client-config'))
}

/** What the phone of this provider signs in with. */
export function phoneToken(providerId: string): Promise<Schemas['ClientToken']> {
  return body(http.POST('/api/voip/token', { body: { provider_id: providerId } }))
}
