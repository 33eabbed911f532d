// The providers page: what is configured, how it is now, and what one may do with it.
import { useIntervalFn } from '@vueuse/core'
import { computed, reactive, ref, shallowRef } from 'vue'
import * as api from '@/api/providers'
import { ApiError } from '@/api/http-error'
import { useSession } from '@/stores/session'

const REFRESH_MS = 10_000

/** What a test or set-up of one provider says; report null: it is under way. */
export interface Outcome {
  kind: 'test' | 'provision'
  report: api.Report | null
  problem: string
}

/** The active one first, then in the order they are tried, then by name. */
export function inOrder(list: readonly api.Provider[]): api.Provider[] {
  return [...list].sort(
    (a, b) =>
      Number(b.is_active) - Number(a.is_active) || a.priority - b.priority || a.name.localeCompare(b.name),
  )
}

export function useProviders() {
  const session = useSession()
  const list = shallowRef<api.Provider[]>([])
  const drivers = shallowRef<api.Driver[]>([])
  const trunks = shallowRef<api.TrunkHealth[]>([])
  const busy = ref(true)
  const failed = ref(false)
  const outcomes = reactive(new Map<string, Outcome>())
  const seesTrunks = computed(() => session.may('voip.trunks'))

  async function fetchAll(): Promise<void> {
    const [some, kinds, health] = await Promise.all([
      api.providers(),
      drivers.value.length > 0 ? drivers.value : api.drivers(),
      seesTrunks.value ? api.trunkHealth() : [],
    ])
    list.value = inOrder(some)
    drivers.value = kinds
    trunks.value = health
  }

  async function load(): Promise<void> {
    busy.value = true
    failed.value = false
    await fetchAll().catch(() => (failed.value = true))
    busy.value = false
  }

  /** In the background a lost answer is no news: the next one comes soon. */
  const refresh = (): Promise<void> => fetchAll().catch(() => undefined)
  useIntervalFn(refresh, REFRESH_MS)

  async function ask(provider: api.Provider, kind: Outcome['kind']): Promise<void> {
    outcomes.set(provider.id, { kind, report: null, problem: '' })
    const outcome: Outcome = { kind, report: null, problem: '' }
    try {
      const run = kind === 'test' ? api.testProvider : api.provisionProvider
      outcome.report = await run(provider.id)
    } catch (error) {
      outcome.problem = error instanceof ApiError && error.message ? error.message : 'failed'
    }
    outcomes.set(provider.id, outcome)
    await refresh()
  }

  async function activate(provider: api.Provider): Promise<void> {
    await api.activateProvider(provider.id)
    await refresh()
  }

  async function remove(provider: api.Provider): Promise<void> {
    await api.deleteProvider(provider.id)
    outcomes.delete(provider.id)
    await refresh()
  }

  const driverOf = (provider: api.Provider) => drivers.value.find((d) => d.name === provider.driver)

  void load()
  return { list, drivers, trunks, busy, failed, outcomes, seesTrunks, load, refresh, ask, activate, remove, driverOf }
}
