import { body, http, setCsrfToken, type Schemas } from './http'

export type Me = Schemas['Me']

function remember(me: Me): Me {
  setCsrfToken(me.csrf_token)
  return me
}

export async function login(email: string, password: string): Promise<Me> {
  return remember(await body(http.POST('/api/auth/login', { body: { email, password } })))
}

export async function me(): Promise<Me> {
  return remember(await body(http.GET('/api/auth/me')))
}

export async function logout(): Promise<void> {
  await http.POST('/api/auth/logout')
  setCsrfToken(null)
}
