// Seconds as people read them, and a clock that ticks with the server's.
import { useNow } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'

export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, '0'))
  const hours = Math.floor(whole / 3600)
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':')
}

// Of a call in a list: one that was taken lasted, be it less than a second; the others did not.
export function formatTalk({ duration, status }: { duration: number; status: string }): string {
  return duration > 0 || status === 'completed' ? formatDuration(duration) : '–'
}

export function useSecondsSince(
  since: () => string | null | undefined,
  skewMs: () => number,
): ComputedRef<number> {
  const now = useNow({ interval: 500 })
  return computed(() => {
    const start = since()
    return start ? (now.value.getTime() + skewMs() - Date.parse(start)) / 1000 : 0
  })
}
