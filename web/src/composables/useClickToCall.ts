// Any element of the page can call: the window event `voip:call` and every tel: link.
import { useEventListener } from '@vueuse/core'
import { parseNumber } from '@/calls/number'
import type { DialTarget } from '@/calls/state'
import { usePanel } from '@/stores/panel'
import { usePhone } from '@/stores/phone'

export function useClickToCall(): void {
  const panel = usePanel()
  const phone = usePhone()

  function begin(target: DialTarget, now: boolean): void {
    const parsed = parseNumber(target.to, phone.region)
    panel.fill(target)
    if (!now || parsed.kind !== 'number') return
    void phone.dial({ ...target, to: parsed.dial, after: parsed.after })
  }

  useEventListener(window, 'voip:call', ({ detail }) => {
    if (typeof detail?.number !== 'string') return
    const { number, autoCall, name, entityType, entityId } = detail
    begin({ to: number, name, entityType, entityId }, Boolean(autoCall))
  })

  useEventListener(document, 'click', (event: MouseEvent) => {
    const link = (event.target as Element | null)?.closest?.('a[href^="tel:"]')
    if (!link || event.defaultPrevented) return
    event.preventDefault()
    begin({ to: decodeURIComponent(link.getAttribute('href') ?? '').slice(4) }, false)
  })
}
