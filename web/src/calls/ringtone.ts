// The ringing sound, made here: two soft tones, two seconds on, two off. A browser lets a page
// sound only after the person has touched it once; `armed` says whether that is so.
const CADENCE_S = 4
const BURST_S = 1.6
const TONES_HZ = [440, 554.37]
const WARBLE_HZ = 12

type SinkContext = AudioContext & { setSinkId?: (id: string) => Promise<void> }

export class Ringtone {
  private context: SinkContext | null = null
  private timer: ReturnType<typeof setInterval> | undefined
  private volume = 0.6

  get armed(): boolean {
    return this.context?.state === 'running'
  }

  /** From a click or key press: wakes the sound for later. */
  async arm(): Promise<boolean> {
    this.context ??= new AudioContext()
    if (this.context.state !== 'running') await this.context.resume().catch(() => undefined)
    return this.armed
  }

  async setDevice(deviceId: string): Promise<void> {
    await this.context?.setSinkId?.(deviceId).catch(() => undefined)
  }

  async start(volume: number): Promise<boolean> {
    if (this.timer) return this.armed
    this.volume = volume
    this.timer = setInterval(() => this.burst(), CADENCE_S * 1000)
    // resume() stays pending without a gesture: the verdict must not wait for it
    void this.arm().then((armed) => armed && this.timer && this.burst())
    await new Promise((resolve) => setTimeout(resolve, 150))
    return this.armed
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
    this.fade?.()
    this.fade = null
  }

  private fade: (() => void) | null = null

  private burst(): void {
    const { context } = this
    if (!context || context.state !== 'running') return
    const now = context.currentTime
    const gain = context.createGain()
    gain.gain.setValueAtTime(0, now)
    gain.gain.linearRampToValueAtTime(this.volume * 0.25, now + 0.04)
    gain.gain.setValueAtTime(this.volume * 0.25, now + BURST_S - 0.2)
    gain.gain.linearRampToValueAtTime(0, now + BURST_S)
    gain.connect(context.destination)
    const oscillators = TONES_HZ.map((hz) => tone(context, hz, gain, now))
    this.fade = () => {
      gain.gain.cancelScheduledValues(context.currentTime)
      gain.gain.setTargetAtTime(0, context.currentTime, 0.02)
      for (const oscillator of oscillators) oscillator.stop(context.currentTime + 0.1)
    }
  }
}

/** A tone whose loudness trembles, as bells do. */
function tone(context: AudioContext, hz: number, out: AudioNode, now: number): OscillatorNode {
  const oscillator = context.createOscillator()
  const tremble = context.createOscillator()
  const depth = context.createGain()
  const level = context.createGain()
  oscillator.frequency.value = hz
  tremble.frequency.value = WARBLE_HZ
  depth.gain.value = 0.4
  level.gain.value = 0.6
  tremble.connect(depth).connect(level.gain)
  oscillator.connect(level).connect(out)
  for (const node of [oscillator, tremble]) {
    node.start(now)
    node.stop(now + BURST_S)
  }
  return oscillator
}
