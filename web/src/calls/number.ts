// What the number field says about what was typed or pasted. The server decides in the end; this
// is for the eye: a preview in international form, the country, and a fault in words.
import {
  AsYouType,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/min'

export type NumberProblem = 'too-short' | 'too-long' | 'not-a-number' | 'unknown-country' | null

export interface ParsedNumber {
  kind: 'empty' | 'name' | 'number'
  /** What is sent to the server: E.164 when it is sure, else the bare digits. */
  dial: string
  e164: string | null
  international: string | null
  country: CountryCode | null
  /** Digits behind ";ext=", "," ";" "p" or "w": to be sent after the answer. */
  after: string
  problem: NumberProblem
}

const EMPTY: ParsedNumber = {
  kind: 'empty',
  dial: '',
  e164: null,
  international: null,
  country: null,
  after: '',
  problem: null,
}

/** Digits, and the marks people write between them (spaces, dashes and dots of every kind). */
const NUMBER_SHAPE = /^\+?[\d\s().\-/*#\u00a0\u2010-\u2015]+$/
const AFTER = /(?:;ext=|\bext\.?\s*|(?<=[\d\s)])x(?=\s*\d)|[,;pPwW]+)\s*([\d*#,;pPwW\s]+)$/
const LONGEST_DIGITS = 15
/** With fewer, the country is not what is missing. */
const SHORTEST_ABROAD = 7

/** Ahead of the rest: a tel: link, full-width digits, the (0) of "+49 (0)30". */
function clean(input: string): string {
  return input
    .normalize('NFKC')
    .trim()
    .replace(/^(tel|callto|sip):/i, '')
    .replace(/%20/g, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/^(\+\d{1,3}\s*)\(0\)/, '$1')
}

function splitAfter(text: string): { number: string; after: string } {
  const match = AFTER.exec(text)
  if (!match) return { number: text, after: '' }
  return {
    number: text.slice(0, match.index).trim(),
    after: (match[1] ?? '').replace(/[^\d*#]/g, ''),
  }
}

function problemOf(digits: string, parsed: PhoneNumber | undefined): NumberProblem {
  if (parsed?.isPossible()) return null
  if (digits.length === 0) return 'not-a-number'
  if (digits.length > LONGEST_DIGITS) return 'too-long'
  if (parsed) return parsed.nationalNumber.length > 9 ? 'too-long' : 'too-short'
  return digits.length < SHORTEST_ABROAD ? 'too-short' : 'unknown-country'
}

export function parseNumber(input: string, region: string = 'US'): ParsedNumber {
  const { number, after } = splitAfter(clean(input))
  if (number === '' || number === '+') return EMPTY
  if (!NUMBER_SHAPE.test(number)) return { ...EMPTY, kind: 'name' }
  const digits = number.replace(/[^\d*#]/g, '')
  const plus = number.startsWith('+')
  const parsed = parsePhoneNumberFromString(number, region as CountryCode)
  const sure = parsed?.isPossible() ?? false
  return {
    kind: 'number',
    dial: sure && parsed ? parsed.number : (plus ? '+' : '') + digits,
    e164: sure && parsed ? parsed.number : null,
    international: sure && parsed ? parsed.formatInternational() : null,
    country: (sure && parsed?.country) || null,
    after,
    problem: problemOf(digits, parsed),
  }
}

/** The shortest that any network knows: 110, 112, 911. */
const SHORTEST_DIGITS = 3

/** May the call button be pressed? A short number may be a service or an extension: the server knows. */
export function canDial(parsed: ParsedNumber): boolean {
  const digits = parsed.dial.replace('+', '').length
  return parsed.kind === 'number' && digits >= SHORTEST_DIGITS && digits <= LONGEST_DIGITS
}

/** For the eye: "+44 20 7946 0018"; whatever cannot be read stays as it is. */
export function formatNumber(number: string): string {
  const parsed = number.startsWith('+') ? parsePhoneNumberFromString(number) : undefined
  return parsed?.formatInternational() ?? number
}

export function formatTyping(input: string, region: string): string {
  return new AsYouType(region as CountryCode).input(input)
}
