import { ref, shallowRef } from 'vue'
import { history, type HistoryCall } from '@/api/calls'

const SHOWN = 20

/** The newest calls, for the phone's own list. */
export function useRecent() {
  const calls = shallowRef<HistoryCall[]>([])
  const busy = ref(false)
  const failed = ref(false)

  async function load(): Promise<void> {
    busy.value = true
    failed.value = false
    try {
      calls.value = (await history({ limit: SHOWN })).data
    } catch {
      failed.value = true
    }
    busy.value = false
  }

  return { calls, busy, failed, load }
}
