// A closed tab ends the call: the browser asks first while one is going on.
import { useEventListener } from '@vueuse/core'
import { usePhone } from '@/stores/phone'

export function useLeaveGuard(): void {
  const phone = usePhone()
  useEventListener(window, 'beforeunload', (event: BeforeUnloadEvent) => {
    if (phone.view.main && phone.view.main.media !== 'none') event.preventDefault()
  })
}
