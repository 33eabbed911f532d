import { body, http, type Schemas } from './http'

export type Contact = Schemas['Contact']
export type ContactPage = Schemas['ContactPage']
export type ContactType = Schemas['ContactType']
export type ContactInput = Schemas['PersonInput'] & Schemas['LeadInput'] & Schemas['DealInput']
export type ContactDetail = Schemas['Person'] | Schemas['Lead'] | Schemas['Deal']
export type ImportResult = Schemas['ImportResult']

export interface ContactQuery {
  search?: string
  type?: ContactType
  cursor?: string
  limit?: number
}

export function contacts(query: ContactQuery, signal?: AbortSignal): Promise<ContactPage> {
  return body(http.GET('/api/voip/contacts', { params: { query }, signal }))
}

export async function contact(type: ContactType, id: string): Promise<ContactDetail> {
  const params = { path: { id } }
  switch (type) {
    case 'person':
      return (await body(http.GET('/api/voip/persons/{id}', { params }))).data
    case 'lead':
      return (await body(http.GET('/api/voip/leads/{id}', { params }))).data
    case 'deal':
      return (await body(http.GET('/api/voip/deals/{id}', { params }))).data
  }
}

export async function createContact(type: ContactType, input: ContactInput): Promise<ContactDetail> {
  switch (type) {
    case 'person':
      return (await body(http.POST('/api/voip/persons', { body: input }))).data
    case 'lead':
      return (await body(http.POST('/api/voip/leads', { body: input }))).data
    case 'deal':
      return (await body(http.POST('/api/voip/deals', { body: input }))).data
  }
}

export async function changeContact(
  type: ContactType,
  id: string,
  input: Partial<ContactInput>,
): Promise<ContactDetail> {
  const options = { params: { path: { id } }, body: input }
  switch (type) {
    case 'person':
      return (await body(http.PATCH('/api/voip/persons/{id}', options))).data
    case 'lead':
      return (await body(http.PATCH('/api/voip/leads/{id}', options))).data
    case 'deal':
      return (await body(http.PATCH('/api/voip/deals/{id}', options))).data
  }
}

/** The file goes as it is: the server reads JSON and CSV and reports row by row. */
export function importContacts(type: ContactType, file: Blob, csv: boolean): Promise<ImportResult> {
  return body(
    http.POST('/api/voip/import', {
      params: { query: { type } },
      body: file as unknown as string,
      bodySerializer: (content) => content as unknown as Blob,
      headers: { 'Content-Type': csv ? 'text/csv' : 'application/json' },
    }),
  )
}
