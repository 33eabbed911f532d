// The pure functions that stand beside composables.
import { describe, expect, it, vi } from 'vitest'

vi.mock('@/stores/phone', () => ({ usePhone: () => ({}) }))

const { formatDuration, formatTalk } = await import('@/composables/useDuration')
const { readFilters, toQuery } = await import('@/composables/useHistory')
const { toInput } = await import('@/composables/useContactForm')
const { isCsv } = await import('@/composables/useImport')
const { waveColors } = await import('@/composables/usePlayer')

describe('a duration', () => {
  it.each([
    [0, '00:00'],
    [59.9, '00:59'],
    [61, '01:01'],
    [3600, '1:00:00'],
    [36_061, '10:01:01'],
    [-5, '00:00'],
  ])('of %d s reads %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('of a call in the list is a dash only where nobody took it', () => {
    expect(formatTalk({ duration: 0, status: 'completed' })).toBe('00:00')
    expect(formatTalk({ duration: 61, status: 'completed' })).toBe('01:01')
    expect(formatTalk({ duration: 0, status: 'busy' })).toBe('–')
  })
})

describe('the filters of the history', () => {
  it('are read from the URL, without what is empty, doubled or unknown', () => {
    const query = { status: 'busy', direction: '', from: ['a', 'b'], evil: '1', search: 'anna' }
    expect(readFilters(query)).toEqual({ status: 'busy', search: 'anna' })
  })

  it('become a query that the server accepts', () => {
    const query = toQuery({ from: '2026-11-01', to: '2026-1', search: ' a ', status: 'busy' })
    expect(query).toMatchObject({ date_from: '2026-11-01', status: 'busy' })
    expect(query.date_to).toBeUndefined()
    expect(query.search).toBeUndefined()
    expect(toQuery({ search: ' anna ' }).search).toBe('anna')
  })
})

describe('the contact form', () => {
  const form = {
    type: 'person' as const,
    name: ' Anna ',
    company: '',
    email: ' a@example.com',
    title: 'T',
    amount: '5.00',
    currency: 'eur',
    numbers: [{ number: '+14155550132', label: 'work' }, { number: '  ', label: 'mobile' }],
  }

  it('sends trimmed fields, null for empty ones, and no empty number', () => {
    expect(toInput(form)).toEqual({
      name: 'Anna',
      company: null,
      email: 'a@example.com',
      numbers: [{ number: '+14155550132', label: 'work' }],
    })
  })

  it('sends only the fields of its kind', () => {
    expect(toInput({ ...form, type: 'lead' })).toMatchObject({ title: 'T' })
    expect(toInput({ ...form, type: 'deal' })).toMatchObject({ amount: '5.00', currency: 'EUR' })
    expect(toInput({ ...form, type: 'deal' })).not.toHaveProperty('title')
  })
})

describe('a file to import', () => {
  it.each([
    ['a.csv', 'name\nA', true],
    ['A.CSV', '', true],
    ['a.json', '[]', false],
    ['export', '\ufeffname;phone\nA;1', true],
    ['export', '\ufeff  [{"name":"A"}]', false],
  ])('%s with %j is CSV: %s', async (name, text, csv) => {
    expect(await isCsv(new File([text], name))).toBe(csv)
  })
})

describe('the wave of a recording', () => {
  it('shows what was played in the colour that stands out', () => {
    const light = waveColors(0, false)
    const dark = waveColors(0, true)
    expect(dark.progressColor).toBe(light.waveColor)
    expect(dark.waveColor).toBe(light.progressColor)
    expect(waveColors(1, true)).not.toEqual(dark)
  })
})
