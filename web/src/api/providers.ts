import { body, http, type Schemas } from './http'

export type Provider = Schemas['Provider']
export type Driver = Schemas['DriverInfo']
export type DriverField = Schemas['DriverField']
export type ProviderInput = Schemas['ProviderInput']
export type ProviderChange = Schemas['ProviderChange']
export type Report = Schemas['Report']
export type TrunkHealth = Schemas['TrunkHealth']

const ALL = 500
const at = (id: string) => ({ params: { path: { id } } })

export async function drivers(): Promise<Driver[]> {
  return (await body(http.GET('/admin/voip/drivers'))).data
}

export async function providers(): Promise<Provider[]> {
  const query = { limit: ALL }
  return (await body(http.GET('/admin/voip/providers', { params: { query } }))).data
}

export async function createProvider(input: ProviderInput): Promise<Provider> {
  return (await body(http.POST('/admin/voip/providers', { body: input }))).data
}

export async function changeProvider(id: string, input: ProviderChange): Promise<Provider> {
  return (await body(http.PATCH('/admin/voip/providers/{id}', { ...at(id), body: input }))).data
}

export async function deleteProvider(id: string): Promise<void> {
  await body(http.DELETE('/admin/voip/providers/{id}', at(id)))
}

export async function activateProvider(id: string): Promise<void> {
  await body(http.POST('/admin/voip/providers/{id}/activate', at(id)))
}

export function testProvider(id: string): Promise<Report> {
  return body(http.POST('/admin/voip/providers/{id}/test', at(id)))
}

export function provisionProvider(id: string): Promise<Report> {
  return body(http.POST('/admin/voip/providers/{id}/provision', at(id)))
}

export async function trunkHealth(): Promise<TrunkHealth[]> {
  const query = { limit: ALL }
  return (await body(http.GET('/admin/voip/debug/trunks', { params: { query } }))).data
}
