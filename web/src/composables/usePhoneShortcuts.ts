// Keys that work everywhere: Ctrl+Shift+letter for the call, digits while the keypad is open.
import { useEventListener } from '@vueuse/core'
import { usePanel } from '@/stores/panel'
import { usePhone } from '@/stores/phone'

export const SHORTCUTS = [
  { key: 'A', action: 'answer' },
  { key: 'D', action: 'decline' },
  { key: 'M', action: 'mute' },
  { key: 'H', action: 'hold' },
  { key: 'K', action: 'keypad' },
  { key: 'E', action: 'end' },
] as const

export type ShortcutAction = (typeof SHORTCUTS)[number]['action']

function inTextField(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  return Boolean(target?.closest?.('input, textarea, select, [contenteditable="true"]'))
}

export function usePhoneShortcuts(keypadOpen: { value: boolean }): void {
  const phone = usePhone()
  const panel = usePanel()

  function ringingId(): string | undefined {
    const { name, main, waiting } = phone.view
    return (name === 'incoming' ? main : waiting[0])?.call.id
  }

  const actions: Record<ShortcutAction, () => void> = {
    answer: () => withId(phone.answer),
    decline: () => withId(phone.decline),
    mute: () => phone.toggleMute(),
    hold: () => void phone.toggleHold(),
    keypad: () => (keypadOpen.value = !keypadOpen.value),
    end: () => void phone.hangup(),
  }

  function withId(act: (id: string) => Promise<void>): void {
    const id = ringingId()
    if (id) void act(id)
  }

  function onPlainKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && panel.open && !event.defaultPrevented && !inDialog(event)) {
      panel.open = false
    } else if (inTextField(event)) return
    else if (event.key === '/' && phone.view.name === 'ready') {
      event.preventDefault()
      panel.open = true
      panel.focusRequests++
    } else if (keypadOpen.value && phone.view.name === 'connected' && /^[\d*#]$/.test(event.key)) {
      event.preventDefault()
      void phone.sendDigits(event.key)
    }
  }

  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (!(event.ctrlKey && event.shiftKey)) {
      if (!event.ctrlKey && !event.altKey && !event.metaKey) onPlainKey(event)
      return
    }
    const shortcut = SHORTCUTS.find((s) => event.code === `Key${s.key}`)
    if (!shortcut || phone.view.name === 'ready') return
    event.preventDefault()
    actions[shortcut.action]()
  })
}

function inDialog(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  return Boolean(target?.closest?.('[role="dialog"], [role="listbox"], [role="menu"]'))
}
