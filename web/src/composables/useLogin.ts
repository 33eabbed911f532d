// The login form's behaviour: what is asked, what went wrong, how long to wait.
import { useIntervalFn } from '@vueuse/core'
import { ref } from 'vue'
import { ApiError } from '@/api/http-error'
import { useSession } from '@/stores/session'

export type LoginProblem = 'empty' | 'wrong' | 'offline' | 'disabled' | 'other'

function problemOf(error: unknown): LoginProblem {
  if (!(error instanceof ApiError)) return 'other'
  if (error.status === 401) return 'wrong'
  if (error.status === 403) return 'disabled'
  return error.status === 0 || error.status >= 500 ? 'offline' : 'other'
}

export function useLogin() {
  const session = useSession()
  const busy = ref(false)
  const waitSeconds = ref(0)
  const problem = ref<LoginProblem | null>(null)
  const ticker = useIntervalFn(
    () => {
      waitSeconds.value = Math.max(0, waitSeconds.value - 1)
      if (waitSeconds.value === 0) ticker.pause()
    },
    1000,
    { immediate: false },
  )

  function onRefused(error: unknown): void {
    if (error instanceof ApiError && error.status === 429) {
      waitSeconds.value = error.retryAfter || 30
      ticker.resume()
    } else problem.value = problemOf(error)
  }

  async function submit(email: string, password: string): Promise<void> {
    problem.value = null
    if (!email.trim() || !password) return void (problem.value = 'empty')
    busy.value = true
    await session.login(email.trim(), password).catch(onRefused)
    busy.value = false
  }

  return { busy, waitSeconds, problem, submit }
}
