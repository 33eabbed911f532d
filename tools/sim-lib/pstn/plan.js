// What a simulated phone that calls in does once it is answered, as a test asks for it.
const SOUNDS = ['tone', 'speech', 'echo', 'silence']

export function planOf({ play = 'tone', tone = 1000, hangup_after = 0, ...unknown }) {
  const [strange] = Object.keys(unknown)
  if (strange) throw new Error(`unknown member '${strange}' (from, to, play, tone, hangup_after)`)
  if (!SOUNDS.includes(play)) throw new Error(`play must be one of ${SOUNDS.join(', ')}`)
  if (!(tone >= 100 && tone <= 3000)) throw new Error('tone must be a frequency from 100 to 3000')
  return { kind: 'caller', sound: play, hz: tone, hangup_ms: hangup_after * 1000 }
}
