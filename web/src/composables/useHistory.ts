// The history page's rows: filters live in the URL, pages come by key, new calls are noticed.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { history, type HistoryCall, type HistoryQuery } from '@/api/calls'
import { usePhone } from '@/stores/phone'

export interface HistoryFilters {
  direction?: string
  status?: string
  from?: string
  to?: string
  search?: string
  contact_type?: string
  contact_id?: string
}

const KEYS = ['direction', 'status', 'from', 'to', 'search', 'contact_type', 'contact_id'] as const
const PAGE = 25
const DAY = /^\d{4}-\d{2}-\d{2}$/

export function readFilters(query: LocationQuery): HistoryFilters {
  const filters: HistoryFilters = {}
  for (const key of KEYS) {
    const value = query[key]
    if (typeof value === 'string' && value !== '') filters[key] = value
  }
  return filters
}

/** Half a date, or one letter of a name, is not worth a refusal by the server. */
export function toQuery(filters: HistoryFilters): HistoryQuery {
  const { from, to, search, ...rest } = filters
  return {
    ...(rest as HistoryQuery),
    date_from: from && DAY.test(from) ? from : undefined,
    date_to: to && DAY.test(to) ? to : undefined,
    search: search && search.trim().length > 1 ? search.trim() : undefined,
    limit: PAGE,
  }
}

export function useHistory() {
  const route = useRoute()
  const router = useRouter()
  const phone = usePhone()
  const calls = shallowRef<HistoryCall[]>([])
  const next = ref<string | null>(null)
  const busy = ref(true)
  const failed = ref(false)
  /** New calls wait while the person reads further down. */
  const outdated = ref(false)
  const filters = computed(() => readFilters(route.query))
  const filtered = computed(() => Object.keys(filters.value).length > 0)
  let running: AbortController | null = null

  async function fetchPage(cursor?: string): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    busy.value = true
    failed.value = false
    try {
      const page = await history({ ...toQuery(filters.value), cursor }, mine.signal)
      calls.value = cursor ? [...calls.value, ...page.data] : page.data
      next.value = page.next
    } catch {
      failed.value = !mine.signal.aborted
    }
    if (mine === running) busy.value = false
  }

  function load(): Promise<void> {
    outdated.value = false
    return fetchPage()
  }

  async function more(): Promise<void> {
    if (next.value && !busy.value) await fetchPage(next.value)
  }

  function setFilters(change: HistoryFilters): void {
    const merged = readFilters({ ...filters.value, ...change })
    void router.replace({ query: { ...merged } })
  }

  function reset(): void {
    void router.replace({ query: {} })
  }

  watch(() => JSON.stringify(filters.value), load, { immediate: true })
  watch([() => phone.news.ended, () => phone.news.recording], () => {
    if (calls.value.length <= PAGE) void load()
    else outdated.value = true
  })

  return { calls, next, busy, failed, outdated, filters, filtered, load, more, setFilters, reset }
}
