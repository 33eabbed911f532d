// The short double tone of a pressed key (ITU-T Q.23), quiet and for the ear only.
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1209, 1336, 1477]
const KEYS = '123456789*0#'
const LENGTH_S = 0.09
const LEVEL = 0.05

let context: AudioContext | null = null

export function playKeyTone(key: string): void {
  const at = KEYS.indexOf(key)
  if (at < 0) return
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
  const gain = context.createGain()
  gain.gain.value = LEVEL
  gain.connect(context.destination)
  for (const hz of [ROWS[Math.floor(at / 3)], COLUMNS[at % 3]]) {
    const oscillator = context.createOscillator()
    oscillator.frequency.value = hz ?? 0
    oscillator.connect(gain)
    oscillator.start()
    oscillator.stop(context.currentTime + LENGTH_S)
  }
}
