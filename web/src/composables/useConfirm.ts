// A question before something happens: it happens, the dialog closes; or it says why not.
import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/http-error'

export function useConfirm(open: Ref<boolean>, act: () => Promise<void>) {
  const { t } = useI18n()
  const busy = ref(false)
  const problem = ref('')

  watch(open, () => (problem.value = ''))

  async function confirm(): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      await act()
      open.value = false
    } catch (error) {
      problem.value = (error instanceof ApiError && error.message) || t('providers.askFailed')
    }
    busy.value = false
  }

  return { busy, problem, confirm }
}
