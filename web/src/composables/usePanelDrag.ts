// Moves the open panel by its header and keeps it inside the window; the place is remembered.
import { useEventListener, useWindowSize } from '@vueuse/core'
import { computed, type Ref } from 'vue'
import { usePanel } from '@/stores/panel'

const MARGIN = 8
/** On a narrow window the panel fills the width and stays at the bottom. */
const NARROW = 640

export function usePanelDrag(box: Readonly<Ref<HTMLElement | null>>) {
  const panel = usePanel()
  const { width, height } = useWindowSize()
  let grip: { x: number; y: number } | null = null

  const style = computed(() => {
    if (!panel.place || width.value < NARROW) return undefined
    const size = box.value?.getBoundingClientRect()
    const left = clamp(panel.place.x, width.value - (size?.width ?? 0))
    const top = clamp(panel.place.y, height.value - (size?.height ?? 0))
    return { left: `${left}px`, top: `${top}px`, right: 'auto', bottom: 'auto' }
  })

  function clamp(value: number, most: number): number {
    return Math.max(MARGIN, Math.min(value, most - MARGIN))
  }

  function startDrag(event: PointerEvent): void {
    if (event.button !== 0 || width.value < NARROW || !box.value) return
    const { left, top } = box.value.getBoundingClientRect()
    grip = { x: event.clientX - left, y: event.clientY - top }
  }

  useEventListener(window, 'pointermove', (event: PointerEvent) => {
    if (grip) panel.place = { x: event.clientX - grip.x, y: event.clientY - grip.y }
  })
  useEventListener(window, ['pointerup', 'pointercancel'], () => (grip = null))

  function dock(): void {
    panel.place = null
  }

  return { style, startDrag, dock }
}
