import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/** The pages of the left navigation, by task. */
export function useNavItems() {
  const { t } = useI18n()
  return computed(() => [
    { name: 'calls', label: t('nav.calls'), icon: 'i-lucide-history', testid: 'nav-calls' },
    { name: 'contacts', label: t('nav.contacts'), icon: 'i-lucide-users', testid: 'nav-contacts' },
  ])
}
