// A call in words: who, in which state, and why it ended.
import { useI18n } from 'vue-i18n'
import type { Call } from '@/api/messages'
import { formatNumber } from '@/calls/number'
import type { PhoneFault } from '@/calls/state'

export function otherNumber(call: Call): string {
  return call.direction === 'inbound' ? call.from_number : call.to_number
}

export function useCallText() {
  const { t, te } = useI18n()

  function peerName(call: Call): string {
    return call.contact?.name || formatNumber(otherNumber(call)) || t('call.withheld')
  }

  /** "Acme · Lead", or the number when the name is shown above it. */
  function peerDetail(call: Call): string {
    const { contact } = call
    if (!contact) return ''
    return [contact.company, t(`contact.type.${contact.type}`)].filter(Boolean).join(' · ')
  }

  function endReason(call: Call): string {
    const cause = call.cause ?? ''
    if (te(`ended.${cause}`)) return t(`ended.${cause}`)
    if (call.message && call.status !== 'completed') return call.message
    if (call.status === 'completed') {
      return call.hangup_by === 'customer' ? t('ended.by_customer') : t('ended.completed')
    }
    return t(`ended.${call.status}`)
  }

  function faultText(fault: PhoneFault): string {
    if (te(`fault.${fault.code}`)) return t(`fault.${fault.code}`)
    return fault.message || t('fault.internal')
  }

  return { peerName, peerDetail, endReason, faultText }
}
