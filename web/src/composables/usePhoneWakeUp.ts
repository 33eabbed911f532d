// After sleep, a new network or a hidden tab the link may be dead without knowing: look at once.
import { useEventListener } from '@vueuse/core'
import { usePhone } from '@/stores/phone'

export function usePhoneWakeUp(): void {
  const phone = usePhone()
  useEventListener(window, 'online', phone.check)
  useEventListener(window, 'pageshow', phone.check)
  useEventListener(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') phone.check()
  })
}
