// The simulated telephone network: what each number does when it is called. Numbers and kinds are those of the demo carrier
// (tools/demo-carrier/numbers.c); every other number is unknown.
const RING_MS = 500
const FOR_EVER = Infinity

const kinds = {
  echo: { ring_ms: RING_MS, sound: 'echo' },
  speech: { ring_ms: RING_MS, sound: 'speech' },
  tone: { ring_ms: RING_MS, sound: 'tone', hz: 1000 },
  busy: { ring_ms: 0, refuse: 'busy' },
  no_answer: { ring_ms: FOR_EVER, sound: 'silence' },
  early_media: { ring_ms: 3000, sound: 'tone', hz: 1000, early: true },
  unknown: { ring_ms: 0, refuse: 'unknown' },
  unavailable: { ring_ms: 0, refuse: 'unavailable' },
  hangup: { ring_ms: RING_MS, sound: 'tone', hz: 1000, hangup_ms: 3000 },
  hold: { ring_ms: RING_MS, sound: 'tone', hz: 1000, hold_ms: 2000 },
  slow: { ring_ms: 5000, sound: 'tone', hz: 1000 },
  declined: { ring_ms: RING_MS, refuse: 'declined' },
  silent: { ring_ms: RING_MS, sound: 'silence' },
}

const table = ['echo', 'speech', 'tone', 'busy', 'no_answer', 'early_media', 'unknown', 'unavailable', 'hangup', 'hold', 'slow',
  'declined', 'silent']

export class Numbers {
  constructor() {
    this.byNumber = new Map(table.map((kind, i) => [`+141555501${String(i + 1).padStart(2, '0')}`, kind]))
  }

  // Throws with a sentence when there is no such kind.
  add(number, kind) {
    if (!Object.hasOwn(kinds, kind)) throw new Error(`no kind '${kind}'; there are: ${Object.keys(kinds).join(', ')}`)
    if (!isE164(number)) throw new Error(`'${number}' is not a number like +14155550199`)
    this.byNumber.set(number, kind)
  }

  plan(number) {
    const kind = this.byNumber.get(number) ?? 'unknown'
    return { kind, ...kinds[kind] }
  }

  list() {
    return Object.fromEntries([...this.byNumber].map(([number, kind]) => [kind, number]))
  }
}

export const isE164 = text => /^\+[1-9]\d{6,14}$/.test(text)

// Why a call ended, with the SIP code of it.
export const SIP_CODES = { busy: 486, unknown: 404, unavailable: 503, declined: 603, no_answer: 487, canceled: 487, completed: 200 }
