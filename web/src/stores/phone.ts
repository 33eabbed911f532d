// The phone of this tab: holds the state, owns the driver, and turns clicks into commands.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { ApiError } from '@/api/http-error'
import { backoff } from '@/api/backoff'
import { clientConfig, settled, type ClientConfig } from '@/api/calls'
import type { Call } from '@/api/messages'
import { AudioLock } from '@/calls/audio-lock'
import { CallError, type CallClient, type CallClientEvents, type Capabilities } from '@/calls/client'
import { createClient } from '@/calls/create-client'
import { watchMicPermission } from '@/calls/microphone'
import { ownsAudio, reduce } from '@/calls/reducer'
import { initialState, isOver, isRefused, type Action, type DialTarget, type Entry } from '@/calls/state'
import { phoneView } from '@/calls/view'
import { useAudio } from './audio'
import { usePanel } from './panel'
import { useSession } from './session'

export const usePhone = defineStore('phone', () => {
  const session = useSession()
  const audio = useAudio()
  const panel = usePanel()
  const state = shallowRef(initialState)
  const view = computed(() => phoneView(state.value))
  /** Counts what changed on the server, for lists that want to reload. */
  const news = shallowRef({ contact: 0, recording: 0, ended: 0 })
  const region = shallowRef('US')
  /** Our numbers that a call of this user may show. */
  const numbers = shallowRef<ClientConfig['numbers']>([])
  const can = shallowRef<Capabilities>({ hold: false, dtmf: false, mute: false, chooseSpeaker: false })
  const lock = new AudioLock({ locks: navigator.locks, notes: sessionStorage })
  let client: CallClient | null = null
  let starting = 0

  function dispatch(action: Action): void {
    state.value = reduce(state.value, action)
  }

  const events: CallClientEvents = {
    link(link) {
      dispatch({ type: 'link', state: link })
      if (link === 'signed-out') session.forget()
    },
    hello(greeting) {
      dispatch({ type: 'hello', ...greeting })
      for (const call of greeting.calls) void adoptOrphan(call)
      for (const { call, lost, media } of Object.values(state.value.calls)) {
        if (lost && media !== 'none') client?.release(call.id)
      }
    },
    changed(call) {
      const before = state.value.calls[call.id]
      dispatch({ type: 'changed', call })
      if (isOver(call)) onEnded(call)
      else if (before && before.media !== 'none' && call.session && !ownsAudio(state.value, call)) {
        client?.release(call.id)
      }
    },
    media(callId, media) {
      const known = state.value.calls[callId]
      // the call ended while its audio was still being set up
      if (known && isOver(known.call) && media !== 'none') return client?.release(callId)
      dispatch({ type: 'media', callId, state: media })
      if (media === 'none') lock.drop(callId)
      else lock.take(callId)
    },
    mic: (mic) => dispatch({ type: 'mic', state: mic }),
    failed(callId, { code, message }) {
      const call = state.value.calls[callId]?.call
      // nobody else may take a call that was dialled here
      if (call?.direction === 'outbound' && !call.click_to_call) void guard(client?.hangup(callId))
      dispatch({ type: 'fault', fault: { code, message } })
    },
    phone: (driver, ready, why) => dispatch({ type: 'phone', driver, why: ready ? null : why }),
    gone: (callId) => dispatch({ type: 'lost', callId }),
    quality: (callId, quality) => dispatch({ type: 'quality', callId, quality }),
    digit: () => undefined,
    news: (what) => (news.value = { ...news.value, [what]: news.value[what] + 1 }),
  }

  function onEnded(call: Call): void {
    lock.drop(call.id)
    void settled(call.id).then(() => (news.value = { ...news.value, ended: news.value.ended + 1 }))
  }

  /** A live call without our audio: after a reload of this tab it is taken up again. */
  async function adoptOrphan(call: Call): Promise<void> {
    const talking = call.status === 'in-progress' || (call.direction === 'outbound' && call.session)
    if (isOver(call) || !talking || state.value.calls[call.id]?.media !== 'none') return
    if (await lock.heldByOtherTab(call.id)) {
      return dispatch({ type: 'holder', callId: call.id, holder: 'other-tab' })
    }
    if (lock.wasOurs(call.id)) await attach(call.id)
  }

  async function start(attempt = 0): Promise<void> {
    const turn = ++starting
    if (client) return
    dispatch({ type: 'link', state: 'connecting' })
    try {
      const config = await clientConfig()
      if (turn !== starting) return
      region.value = config.default_region
      numbers.value = config.numbers
      client = createClient(config, { events, settings: () => audio.settings, signedIn })
      can.value = client.can
      client.start()
      dispatch({ type: 'fault', fault: null })
    } catch (error) {
      if (turn === starting) onStartFailed(error, attempt)
    }
  }

  function onStartFailed(error: unknown, attempt: number): void {
    const { code, message } = error as CallError
    const passing = error instanceof ApiError && (error.status === 0 || error.status >= 429)
    if (passing) setTimeout(() => void (client ?? start(attempt + 1)), backoff(attempt + 2))
    else dispatch({ type: 'fault', fault: { code: code ?? 'internal', message: message ?? '' } })
  }

  async function signedIn(): Promise<boolean> {
    await session.load()
    return session.signedIn
  }

  function stop(): void {
    starting++
    client?.stop()
    client = null
    state.value = initialState
  }

  function faultOf(error: unknown): { code: string; message: string } {
    if (error instanceof CallError) return { code: error.code, message: error.message }
    return { code: 'internal', message: '' }
  }

  async function guard(work: Promise<void> | undefined): Promise<boolean> {
    try {
      await work
      return true
    } catch (error) {
      dispatch({ type: 'fault', fault: faultOf(error) })
      return false
    }
  }

  async function dial(target: DialTarget): Promise<void> {
    if (!client || state.value.dialling || view.value.main?.media === 'connecting') return
    const { main } = view.value
    const key = crypto.randomUUID()
    dispatch({ type: 'dialling', key, target })
    try {
      await park(main)
      const callId = await client.dial({ ...target, from: target.from ?? chosenFrom() }, key)
      // hung up while the call had no id yet
      if (!isDialling(key)) return await client.hangup(callId)
      dispatch({ type: 'dialled', key, callId })
    } catch (error) {
      dispatch({ type: 'dial-failed', key, fault: faultOf(error) })
    }
  }

  function chosenFrom(): string | undefined {
    return numbers.value.find(({ number }) => number === panel.from)?.number
  }

  function isDialling(key: string): boolean {
    return state.value.dialling?.key === key
  }

  /** A second call puts the first on hold; it never ends it. */
  async function park(entry: Entry | null): Promise<void> {
    if (entry?.call.status !== 'in-progress' || entry.call.held || entry.media === 'none') return
    await guard(client?.hold(entry.call.id, true))
  }

  async function answer(callId: string): Promise<void> {
    const entry = state.value.calls[callId]
    if (!entry || entry.answering || isOver(entry.call)) return
    const { main } = view.value
    dispatch({ type: 'answering', callId, on: true })
    await park(main)
    const done = await client?.answer(callId).then(
      () => null,
      (error: unknown) => faultOf(error),
    )
    dispatch({ type: 'answering', callId, on: false })
    // a colleague or another tab was faster: the next message says so
    if (done && done.code !== 'already_answered') dispatch({ type: 'fault', fault: done })
  }

  async function attach(callId: string): Promise<void> {
    await guard(client?.attach(callId))
  }

  async function hangup(): Promise<void> {
    const { main } = view.value
    const { dialling } = state.value
    if (dialling) dispatch({ type: 'dial-canceled', key: dialling.key })
    else if (main) await guard(client?.hangup(main.call.id))
  }

  async function decline(callId: string): Promise<void> {
    await guard(client?.decline(callId))
  }

  function ignore(callId: string): void {
    dispatch({ type: 'ignored', callId })
  }

  function toggleMute(): void {
    const { main } = view.value
    if (!main) return
    client?.mute(main.call.id, !main.muted)
    dispatch({ type: 'muted', callId: main.call.id, on: !main.muted })
  }

  async function setHold(callId: string, on: boolean): Promise<void> {
    if (!on) await park(view.value.main)
    await guard(client?.hold(callId, on))
  }

  async function toggleHold(): Promise<void> {
    const { main } = view.value
    if (main) await setHold(main.call.id, !main.call.held)
  }

  async function sendDigits(digits: string): Promise<void> {
    const { main } = view.value
    if (!main) return
    const callId = main.call.id
    dispatch({ type: 'digits', callId, digits })
    if (digits === main.after) dispatch({ type: 'after-sent', callId })
    await guard(client?.digits(callId, digits))
  }

  function dismiss(): void {
    dispatch({ type: 'dismiss' })
    if (!client && session.signedIn) void start()
  }

  async function redial(): Promise<void> {
    const target = state.value.lastTarget
    if (target) await dial(target)
  }

  async function allowMicrophone(): Promise<void> {
    try {
      await audio.allowMicrophone()
      dispatch({ type: 'mic', state: 'granted' })
      dispatch({ type: 'fault', fault: null })
    } catch (error) {
      const mic = faultOf(error).code.replace('mic_', '')
      if (isRefused(mic)) dispatch({ type: 'mic', state: mic })
    }
  }

  void watchMicPermission(events.mic)

  return {
    state,
    view,
    news,
    region,
    numbers,
    can,
    start,
    stop,
    check: () => client?.check(),
    dial,
    redial,
    answer,
    attach,
    hangup,
    decline,
    ignore,
    toggleMute,
    setHold,
    toggleHold,
    sendDigits,
    dismiss,
    allowMicrophone,
    applyDevices: () => client?.applyDevices(),
  }
})
