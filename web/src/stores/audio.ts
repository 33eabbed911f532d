// The person's devices and sound settings, kept in this browser.
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { openMicrophone } from '@/calls/microphone'

interface AudioSettings {
  deviceId: string
  speakerId: string
  ringerId: string
  noiseSuppression: boolean
  echoCancellation: boolean
  ringVolume: number
}

const DEFAULTS: AudioSettings = {
  deviceId: '',
  speakerId: '',
  ringerId: '',
  noiseSuppression: true,
  echoCancellation: true,
  ringVolume: 0.6,
}

export const useAudio = defineStore('audio', () => {
  const settings = useLocalStorage<AudioSettings>('ringmain.audio', DEFAULTS, {
    mergeDefaults: true,
  })
  const devices = shallowRef<MediaDeviceInfo[]>([])
  const microphones = computed(() => devices.value.filter((d) => d.kind === 'audioinput'))
  const speakers = computed(() => devices.value.filter((d) => d.kind === 'audiooutput'))

  async function refresh(): Promise<void> {
    devices.value = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? []
  }

  /** Asks for the microphone and lets it go: afterwards devices have names. */
  async function allowMicrophone(): Promise<void> {
    const stream = await openMicrophone(settings.value)
    for (const track of stream.getTracks()) track.stop()
    await refresh()
  }

  navigator.mediaDevices?.addEventListener('devicechange', () => void refresh())

  return { settings, microphones, speakers, refresh, allowMicrophone }
})
