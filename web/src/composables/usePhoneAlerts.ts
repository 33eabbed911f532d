// What makes a person notice a call: the ringing sound, the tab's title, a desktop notification.
import { useEventListener, useTitle } from '@vueuse/core'
import { computed, onScopeDispose, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { Ringtone } from '@/calls/ringtone'
import { useAudio } from '@/stores/audio'
import { usePanel } from '@/stores/panel'
import { usePhone } from '@/stores/phone'
import { useCallText } from './useCallText'

const ringtone = new Ringtone()
/** False while a call rings in a page that may not sound yet. */
export const soundArmed = ref(true)

/** For the settings: a short sample on the chosen device. */
export async function testRing(volume: number, deviceId: string): Promise<void> {
  await ringtone.arm()
  await ringtone.setDevice(deviceId)
  await ringtone.start(volume)
  setTimeout(() => ringtone.stop(), 1500)
}

export function usePhoneAlerts(): void {
  const phone = usePhone()
  const panel = usePanel()
  const audio = useAudio()
  const { t } = useI18n()
  const { peerName } = useCallText()
  const title = useTitle()
  const plainTitle = title.value ?? ''
  let notice: Notification | null = null

  const ringing = computed(() => {
    const { name, main, waiting } = phone.view
    return name === 'incoming' ? main : (waiting[0] ?? null)
  })

  async function begin(): Promise<void> {
    await ringtone.setDevice(audio.settings.ringerId)
    // a second call rings softly under the conversation
    const level = phone.view.name === 'incoming' ? 1 : 0.3
    soundArmed.value = await ringtone.start(audio.settings.ringVolume * level)
  }

  function notify(): void {
    if (!ringing.value || !document.hidden || Notification?.permission !== 'granted') return
    const name = peerName(ringing.value.call)
    notice = new Notification(t('alert.incoming', { name }), { tag: 'ringmain-call' })
    notice.onclick = () => window.focus()
  }

  function end(): void {
    ringtone.stop()
    soundArmed.value = true
    notice?.close()
    notice = null
    title.value = plainTitle
  }

  watch(
    () => ringing.value?.call.id,
    (id) => {
      end()
      if (!id || !ringing.value) return
      panel.open = true
      title.value = `☎ ${t('alert.incoming', { name: peerName(ringing.value.call) })}`
      notify()
      void begin()
    },
    { immediate: true },
  )

  // the first touch of the page wakes the sound, also in the middle of ringing
  useEventListener(document, ['pointerdown', 'keydown'], () => {
    if (!ringtone.armed) void ringtone.arm().then((armed) => (soundArmed.value ||= armed))
  })
  onScopeDispose(end)
}
