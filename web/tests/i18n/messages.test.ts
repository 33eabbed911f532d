import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import de from '@/i18n/de.json'
import fields from '@/i18n/driver-fields.de.json'
import en from '@/i18n/en.json'

type Tree = { [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') flat.set(prefix + key, value)
    else for (const [k, v] of flatten(value, `${prefix}${key}.`)) flat.set(k, v)
  }
  return flat
}

const english = flatten(en)
const german = flatten(de)
const root = new URL('../../src/', import.meta.url).pathname
const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/.test(name))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n')

const literal = [...source.matchAll(/\bte?\(\s*'([a-zA-Z_.-]+)'/g)].map((m) => m[1]!)
/** t(`status.${word}`) and keys built beforehand: what stands before the first hole. */
const prefixes = [...source.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g)].map((m) => m[1]!)
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe('the messages', () => {
  it('exist in both languages under the same keys', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('have the same holes and are not empty', () => {
    for (const [key, text] of english) {
      expect(holes(german.get(key) ?? ''), key).toEqual(holes(text))
      expect(german.get(key)?.trim(), key).not.toBe('')
    }
  })

  it('exist for every key that the source names', () => {
    expect(literal.length).toBeGreaterThan(100)
    expect(literal.filter((key) => !english.has(key))).toEqual([])
  })

  it('exist under every prefix that the source completes', () => {
    const keys = [...english.keys()]
    expect(prefixes.filter((p) => !keys.some((key) => key.startsWith(p)))).toEqual([])
  })

  it('are all used', () => {
    const used = new Set([...literal, ...[...source.matchAll(/'([a-z]+\.[a-zA-Z_.-]+)'/g)].map((m) => m[1]!)])
    const idle = [...english.keys()].filter((key) => !used.has(key) && !prefixes.some((p) => key.startsWith(p)))
    expect(idle).toEqual([])
  })
})

describe('the settings of carriers', () => {
  const drivers = new URL('../../../libcommon/provider/', import.meta.url).pathname
  const keys = ['twilio', 'telnyx', 'sip'].flatMap((name) =>
    [...readFileSync(join(drivers, name, 'driver.c'), 'utf8').matchAll(/\{\.key = "(\w+)",((?:(?!\},)[\s\S])*)/g)]
      .filter((m) => !m[2]!.includes('operator_only'))
      .map((m) => m[1]!),
  )

  it('are all there in German, and no others', () => {
    expect(keys.length).toBeGreaterThan(30)
    expect(Object.keys(fields).sort()).toEqual([...new Set(keys)].sort())
    expect(Object.values(fields).filter(({ label, help }) => !label || !help)).toEqual([])
  })
})

describe('no text stands in a template', () => {
  it('outside the messages', () => {
    const templates = [...source.matchAll(/<template>([\s\S]*)<\/template>/g)].map((m) => m[1]!)
    const words = templates
      .flatMap((template) => [...template.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)+)\s*</g)])
      .map((m) => m[1])
    expect(words).toEqual([])
  })
})
