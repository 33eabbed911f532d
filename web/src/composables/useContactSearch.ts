import { watchDebounced } from '@vueuse/core'
import { ref, shallowRef, type Ref } from 'vue'
import { contacts as fetchContacts, type Contact } from '@/api/contacts'

const SHOWN = 20
const PAUSE_MS = 200

/** Contacts for what is typed; an answer that comes late is dropped. */
export function useContactSearch(search: Ref<string>) {
  const contacts = shallowRef<Contact[]>([])
  const busy = ref(true)
  const failed = ref(false)
  let running: AbortController | null = null

  async function load(): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    busy.value = true
    failed.value = false
    try {
      const text = search.value.trim() || undefined
      const page = await fetchContacts({ search: text, limit: SHOWN }, mine.signal)
      contacts.value = page.data
    } catch {
      failed.value = !mine.signal.aborted
    }
    if (mine === running) busy.value = false
  }

  watchDebounced(search, load, { debounce: PAUSE_MS, immediate: true })
  return { contacts, busy, failed, load }
}
