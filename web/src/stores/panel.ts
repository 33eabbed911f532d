// Where the phone stands on the page, and what is written in its number field.
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { DialTarget } from '@/calls/state'

export type PanelTab = 'keypad' | 'recent' | 'contacts'

/** On a narrower page (Tailwind's xl) the open phone lies over what is there, so it starts closed. */
const NARROW = 1280

export const usePanel = defineStore('panel', () => {
  const open = useLocalStorage('ringmain.panel.open', window.innerWidth >= NARROW)
  /** Null: docked at the bottom right. */
  const place = useLocalStorage<{ x: number; y: number } | null>('ringmain.panel.place', null, {
    serializer: {
      read: (text) => JSON.parse(text) as { x: number; y: number } | null,
      write: JSON.stringify,
    },
  })
  const tab = ref<PanelTab>('keypad')
  const text = ref('')
  /** Who the text belongs to, when it came from a contact. */
  const target = ref<DialTarget | null>(null)
  /** The number of ours that calls show; empty: the server chooses. */
  const from = useLocalStorage('ringmain.panel.from', '')
  const settings = ref(false)
  /** Grows when something asks for the cursor in the number field. */
  const focusRequests = ref(0)

  function fill(wanted: DialTarget): void {
    open.value = true
    settings.value = false
    tab.value = 'keypad'
    text.value = wanted.to
    target.value = wanted
  }

  function clear(): void {
    text.value = ''
    target.value = null
  }

  function type(key: string): void {
    text.value += key
  }

  function back(): void {
    text.value = text.value.slice(0, -1)
  }

  return { open, place, tab, text, target, from, settings, focusRequests, fill, clear, type, back }
})
