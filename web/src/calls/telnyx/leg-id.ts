// For which call of ours a leg rings. Our server dials it with a header and with a state of its own, and
// Telnyx shows the one, the other, or both.
import type { SdkLeg } from './sdk'

const HEADER = 'x-call-id'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function ofState(text: string): string | null {
  try {
    return new URLSearchParams(atob(text)).get('call')
  } catch {
    return null // no base64: not ours
  }
}

export function callOf({ options }: Pick<SdkLeg, 'options'>): string | null {
  const header = options.customHeaders?.find(({ name }) => name.toLowerCase() === HEADER)
  const id = (header?.value ?? ofState(options.clientState ?? ''))?.toLowerCase() ?? ''
  return UUID.test(id) ? id : null
}

const GONE: ReadonlySet<string> = new Set(['hangup', 'destroy', 'purge'])

export function isGone(state: string): boolean {
  return GONE.has(state)
}
