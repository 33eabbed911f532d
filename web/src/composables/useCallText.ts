// A call in words: who, in which state, and why it ended.
import { useI18n } from 'vue-i18n'
import type { Call } from '@/api/messages'
import { formatNumber } from '@/calls/number'
import { isOver, type PhoneFault } from '@/calls/state'

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

  /** In the person's language where we know the word, else the server's sentence. */
  function causeText(cause: string, message: string): string {
    return te(`cause.${cause}`) ? t(`cause.${cause}`) : message
  }

  function endReason(call: Call): string {
    if (!isOver(call)) return t('ended.lost')
    const said = causeText(call.cause ?? '', call.message ?? '')
    if (said) return said
    if (call.status === 'completed' && call.hangup_by === 'customer') return t('cause.by_customer')
    return t(`ended.${call.status}`)
  }

  function faultText(fault: PhoneFault): string {
    return causeText(fault.code, fault.message) || t('cause.internal')
  }

  /** The one thing to do about it, where there is one. */
  function helpText(cause: string | null | undefined): string {
    return te(`help.${cause}`) ? t(`help.${cause}`) : ''
  }

  return { peerName, peerDetail, causeText, endReason, faultText, helpText }
}
