// Every REST call goes through here: the CSRF token goes out, refusals come back as ApiError.
import createClient, { type Middleware } from 'openapi-fetch'
import { ApiError } from './http-error'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

let csrfToken: string | null = null
let onSignedOut: () => void = () => undefined

export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

/** Told when the server says that the session is over. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

const guard: Middleware = {
  onRequest({ request }) {
    if (csrfToken && !SAFE.has(request.method)) request.headers.set('X-CSRF-Token', csrfToken)
    return request
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) return response
    if (response.status === 401 && schemaPath !== '/api/auth/login') onSignedOut()
    throw await toError(response)
  },
  onError({ error }) {
    return error instanceof ApiError ? error : new ApiError(0, 'offline', '')
  },
}

async function toError(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as Partial<Schemas['Error']>
  const wait = Number(response.headers.get('Retry-After')) || 0
  const code = body.error ?? (response.status >= 500 ? 'unavailable' : 'internal')
  return new ApiError(response.status, code, body.message ?? '', wait, body.fields)
}

export const http = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '' })
http.use(guard)

/** The answer's body; a refusal has already been thrown. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer
  if (data === undefined) throw new ApiError(0, 'internal', '')
  return data
}
