import { describe, expect, it } from 'vitest'
import { initials } from '@/calls/initials'

describe('initials', () => {
  it.each([
    ['Carla Demo', 'CD'],
    ['Alder & Sons: 12 seats, annual', 'AS'],
    ['élan', 'É'],
    ["Seán O'Connor", 'SO'],
    ['  Jürgen   van der Berg ', 'JV'],
    ['(Ada) Admin', 'AA'],
    ['& – !', ''],
    ['', ''],
    [null, ''],
  ])('of %j are %j', (name, letters) => {
    expect(initials(name)).toBe(letters)
  })
})
