// Plays one recording: the media element streams it, the waveform draws the server's peaks.
import { useEventListener } from '@vueuse/core'
import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'
import type WaveSurfer from 'wavesurfer.js'
import { peaks as fetchPeaks } from '@/api/recordings'

const STEP_S = 5
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2]
/** A channel's strong and weak colour on a light page. */
const CHANNELS = [
  ['#4f46e5', '#a5b4fc'],
  ['#059669', '#6ee7b7'],
] as const

/** What was played stands out; on a dark page the bright colour does. */
export function waveColors(channel: number, dark: boolean) {
  const [strong, weak] = CHANNELS[channel % CHANNELS.length] ?? CHANNELS[0]
  return dark
    ? { waveColor: strong, progressColor: weak }
    : { waveColor: weak, progressColor: strong }
}

export function usePlayer(media: Ref<HTMLAudioElement | null>, wave: Ref<HTMLElement | null>) {
  const playing = ref(false)
  const position = ref(0)
  const duration = ref(0)
  const speed = ref(1)
  const broken = ref(false)
  const drawing = shallowRef<WaveSurfer | null>(null)

  async function draw(id: string): Promise<void> {
    const [data, { default: Wave }] = await Promise.all([fetchPeaks(id), import('wavesurfer.js')])
    if (!media.value || !wave.value) return
    duration.value = data.duration_ms / 1000
    const dark = document.documentElement.classList.contains('dark')
    drawing.value = Wave.create({
      container: wave.value,
      media: media.value,
      peaks: data.peaks,
      duration: duration.value,
      height: 36,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      cursorColor: '#64748b',
      dragToSeek: true,
      splitChannels: data.peaks.map((_, i) => waveColors(i, dark)),
    })
  }

  async function toggle(): Promise<void> {
    if (!media.value) return
    if (media.value.paused) await media.value.play().catch(() => undefined)
    else media.value.pause()
  }

  function seek(seconds: number): void {
    if (media.value) media.value.currentTime = Math.max(0, Math.min(seconds, duration.value))
  }

  function step(direction: -1 | 1): void {
    seek((media.value?.currentTime ?? 0) + direction * STEP_S)
  }

  const KEYS: Record<string, () => unknown> = {
    k: toggle,
    ' ': toggle,
    j: () => step(-1),
    ArrowLeft: () => step(-1),
    l: () => step(1),
    ArrowRight: () => step(1),
    Home: () => seek(0),
  }

  function onKey(event: KeyboardEvent): void {
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    void act()
  }

  useEventListener(media, 'play', () => (playing.value = true))
  useEventListener(media, ['pause', 'ended'], () => (playing.value = false))
  useEventListener(media, ['timeupdate', 'seeking'], () => {
    position.value = media.value?.currentTime ?? 0
  })
  useEventListener(media, 'durationchange', () => {
    const seconds = media.value?.duration ?? 0
    if (Number.isFinite(seconds) && seconds > 0) duration.value = seconds
  })
  useEventListener(media, 'error', () => (broken.value = true))
  watch(speed, (rate) => media.value && (media.value.playbackRate = rate))
  onBeforeUnmount(() => drawing.value?.destroy())

  return { playing, position, duration, speed, broken, draw, toggle, seek, step, onKey }
}
