// Keys, one after the other. The SDK's tone and the gap behind it take 230 ms, and a key that comes meanwhile
// would cut it off; `w` waits, as the SDK has it.
const KEY_MS = 250
const WAIT_MS = 500

export class Keys {
  private waiting = ''
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly send: (key: string) => void) {}

  press(digits: string): void {
    this.waiting += digits.replaceAll(',', 'w').replace(/[^0-9*#w]/g, '')
    if (!this.timer) this.next()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.waiting = ''
  }

  private next(): void {
    const key = this.waiting[0]
    this.waiting = this.waiting.slice(1)
    this.timer = undefined
    if (!key) return
    if (key !== 'w') this.send(key)
    this.timer = setTimeout(() => this.next(), key === 'w' ? WAIT_MS : KEY_MS)
  }
}
