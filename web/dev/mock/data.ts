// Invented people and calls (numbers of the ranges that regulators keep for fiction).
const PEOPLE = [
  ['person', 'Anna Novak', 'Acme Ltd', '+442079460018'],
  ['lead', 'Jonas Weber', 'Nordlicht GmbH', '+493023125001'],
  ['person', 'María Fernández-Castellanos de la Torre', 'Consultoría Internacional y Asociados', '+34910000001'],
  ['deal', 'Renewal 2027', 'Blue Harbor Inc', '+14155550132'],
  ['person', 'Ole Hansen', '', '+4522123456'],
  ['lead', 'Priya Raman', 'Sundar Textiles', '+14155550178'],
  ['person', 'Zoë Meyer', 'Kleinwerk', '+493023125044'],
] as const

export const CONTACTS = PEOPLE.map(([type, name, company, number], i) => ({
  id: `00000000-0000-7000-8000-00000000000${i}`,
  type,
  name,
  company: company || null,
  email: `${name.split(' ')[0]?.toLowerCase()}@example.com`,
  phone: number,
  ...(type !== 'person' && { lead_id: `00000000-0000-7000-8000-00000000000${i}` }),
  numbers: [{ number, label: i % 2 ? 'mobile' : 'work', primary: true }],
}))

const STATUSES = ['completed', 'completed', 'no-answer', 'completed', 'busy', 'failed', 'canceled'] as const
export const US = '+15551230100'

export function pastCalls(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const contact = i % 4 === 3 ? null : CONTACTS[i % CONTACTS.length]
    const status = STATUSES[i % STATUSES.length] ?? 'completed'
    const direction = i % 3 === 0 ? 'inbound' : 'outbound'
    const number = contact?.phone ?? (i % 8 === 7 ? '' : `+1415555${String(1000 + i).slice(-4)}`)
    const started = new Date(Date.now() - (i * 47 + 3) * 60_000)
    const duration = status === 'completed' ? 20 + ((i * 37) % 900) : 0
    return {
      id: `00000000-0000-7000-9000-${String(count - i).padStart(12, '0')}`,
      sid: `mock-${i}`,
      direction,
      status,
      contact_name: contact?.name ?? null,
      phone_number: number,
      from_number: direction === 'inbound' ? number : US,
      to_number: direction === 'inbound' ? US : number,
      did: direction === 'inbound' ? US : '',
      duration,
      started_at: started.toISOString(),
      answered_at: duration ? started.toISOString() : null,
      ended_at: new Date(started.getTime() + duration * 1000).toISOString(),
      created_at: started.toISOString(),
      contact: contact && { type: contact.type, id: contact.id, name: contact.name, company: contact.company },
      user_id: null,
      user_name: 'Sam Agent',
      recording: duration
        ? { id: `rec-${i}`, state: i === 1 ? 'open' : 'stored', format: 'wav', duration: 12, duration_ms: 12_000, bytes: 1, error: null }
        : null,
      cause: status === 'failed' ? 'trunk_down' : null,
      message: null,
      hangup_by: null,
      click_to_call: false,
    }
  })
}
