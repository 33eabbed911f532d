import { useNow } from '@vueuse/core'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** "5 min. ago", and the full time for older things and for hovering. */
export function useRelativeTime() {
  const { locale } = useI18n()
  const now = useNow({ interval: 30_000 })
  const words = computed(
    () => new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto', style: 'short' }),
  )
  const full = computed(
    () => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }),
  )

  function relative(time: string): string {
    const seconds = Math.min(0, (Date.parse(time) - now.value.getTime()) / 1000)
    const step = STEPS.find(([, size]) => -seconds >= size)
    if (!step) return words.value.format(0, 'minute')
    return words.value.format(Math.trunc(seconds / step[1]), step[0])
  }

  return { relative, absolute: (time: string) => full.value.format(new Date(time)) }
}
