import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '@/stores/session'

/** The pages of the left navigation, by task; those one may not see are not there. */
export function useNavItems() {
  const { t } = useI18n()
  const session = useSession()
  return computed(() => [
    { name: 'calls', label: t('nav.calls'), icon: 'i-lucide-history', testid: 'nav-calls' },
    { name: 'contacts', label: t('nav.contacts'), icon: 'i-lucide-users', testid: 'nav-contacts' },
    ...(session.may('voip.providers')
      ? [{ name: 'providers', label: t('nav.providers'), icon: 'i-lucide-radio-tower', testid: 'nav-providers' }]
      : []),
  ])
}
