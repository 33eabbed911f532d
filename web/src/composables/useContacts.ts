// The contacts page's rows: search and kind live in the URL, pages come by key.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { contacts as fetchContacts, type Contact, type ContactType } from '@/api/contacts'
import { usePhone } from '@/stores/phone'

const PAGE = 50
export const KINDS: readonly ContactType[] = ['person', 'lead', 'deal']

export function useContacts() {
  const route = useRoute()
  const router = useRouter()
  const phone = usePhone()
  const rows = shallowRef<Contact[]>([])
  const next = ref<string | null>(null)
  const busy = ref(true)
  const failed = ref(false)
  const search = computed(() => String(route.query.search ?? ''))
  const kind = computed(() => KINDS.find((k) => k === route.query.type))
  let running: AbortController | null = null

  async function fetchPage(cursor?: string): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    busy.value = true
    failed.value = false
    try {
      const query = { search: search.value.trim() || undefined, type: kind.value, limit: PAGE }
      const page = await fetchContacts({ ...query, cursor }, mine.signal)
      rows.value = cursor ? [...rows.value, ...page.data] : page.data
      next.value = page.next
    } catch {
      failed.value = !mine.signal.aborted
    }
    if (mine === running) busy.value = false
  }

  const load = (): Promise<void> => fetchPage()

  async function more(): Promise<void> {
    if (next.value && !busy.value) await fetchPage(next.value)
  }

  function setQuery(change: Record<string, string | undefined>): void {
    const query = { ...route.query, ...change }
    for (const key of Object.keys(query)) if (!query[key]) delete query[key]
    void router.replace({ query })
  }

  watch([search, kind], load, { immediate: true })
  watch(() => phone.news.contact, load)

  return { rows, next, busy, failed, search, kind, load, more, setQuery }
}
