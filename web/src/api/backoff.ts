// How long to wait before the n-th try: the first comes at once or nearly, the rest spread out, so
// that a thousand browsers do not return in the same moment after a restart of the gateway.
const FIRST_MS = 300
const LONGEST_MS = 15_000

export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt)
  return Math.round(ceiling * (0.5 + random() / 2))
}
