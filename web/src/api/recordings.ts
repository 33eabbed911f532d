import { body, http, type Schemas } from './http'

export type Peaks = Schemas['PeaksAnswer']['data']

export async function peaks(id: string): Promise<Peaks> {
  return (await body(http.GET('/api/voip/recordings/{id}/peaks', { params: { path: { id } } }))).data
}

/** The media element streams it by Range, so nothing is fetched before it is played. */
export function audioUrl(id: string): string {
  return `/api/voip/recordings/${encodeURIComponent(id)}`
}

export function downloadUrl(id: string): string {
  return `${audioUrl(id)}?download=1`
}
