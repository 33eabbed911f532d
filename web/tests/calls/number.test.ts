import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canDial, formatNumber, parseNumber } from '@/calls/number'

interface Vector {
  typed: string
  region: string
  number?: string
  fault?: string
}

const file = new URL('../../../tests/vectors/e164.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] }
const numbers = cases.filter((c) => c.number)
const faults = cases.filter((c) => c.fault)

describe('the vectors shared with the server', () => {
  it.each(numbers)('$typed in "$region" is $number', ({ typed, region, number }) => {
    const parsed = parseNumber(typed, region)
    expect(parsed).toMatchObject({ kind: 'number', e164: number, dial: number, problem: null })
    expect(canDial(parsed)).toBe(true)
  })

  it.each(faults)('$typed in "$region" is refused: $fault', ({ typed, region, fault }) => {
    const { kind, e164, problem } = parseNumber(typed, region)
    expect(e164).toBeNull()
    const said = kind === 'number' ? problem?.replace('-', '_') : { empty: 'empty', name: 'bad_character' }[kind]
    expect(said).toBe(fault)
  })
})

describe('what stands behind the number', () => {
  it.each([
    ['+1 415 555 0132;ext=89', '89'],
    ['tel:+14155550132,,1234#', '1234#'],
    ['+1 415 555 0132 ext. 7', '7'],
    ['+14155550132x204', '204'],
    ['+1 415 555 0132 p12w34', '1234'],
    ['+1 415 555 0132', ''],
  ])('%s gives the digits "%s"', (typed, after) => {
    expect(parseNumber(typed, 'US')).toMatchObject({ e164: '+14155550132', after })
  })
})

describe('names and numbers', () => {
  it.each(['Anna', 'anna 2', 'zoë', 'O’Neil', 'Ext Ltd', '株式会社', 'Weber; Jonas'])('%s is a name', (typed) => {
    expect(parseNumber(typed, 'DE').kind).toBe('name')
  })

  it('reads a national number by the region', () => {
    expect(parseNumber('030 23125001', 'DE')).toMatchObject({ e164: '+493023125001', country: 'DE' })
    expect(parseNumber('(415) 555-0132', 'US').international).toBe('+1 415 555 0132')
  })
})

describe('the call button', () => {
  it.each([
    ['', false],
    ['12', false],
    ['112', true],
    ['5551234', true],
    ['Anna', false],
    ['+4420718387501234567', false],
  ])('for "%s" is usable: %s', (typed, usable) => {
    expect(canDial(parseNumber(typed, 'US'))).toBe(usable)
  })

  it('sends what cannot be read as bare digits, for the server to judge', () => {
    expect(parseNumber('555-1234', 'US').dial).toBe('5551234')
    expect(parseNumber('+999 12', 'US').dial).toBe('+99912')
  })
})

describe('a number for the eye', () => {
  it.each([
    ['+442079460018', '+44 20 7946 0018'],
    ['600', '600'],
    ['', ''],
    ['anonymous', 'anonymous'],
  ])('%s is shown as %s', (number, shown) => {
    expect(formatNumber(number)).toBe(shown)
  })
})
