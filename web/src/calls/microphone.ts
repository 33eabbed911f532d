// The microphone: asks for it, names what went wrong, and says beforehand whether it was granted.
import { CallError } from './client'
import type { MicState } from './state'

export interface MicSettings {
  deviceId: string
  noiseSuppression: boolean
  echoCancellation: boolean
}

const FAULTS: Record<string, MicState> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

export function micFault(error: unknown): MicState {
  const name = error instanceof DOMException ? error.name : ''
  return FAULTS[name] ?? 'missing'
}

function constraints(settings: MicSettings, deviceId: string): MediaStreamConstraints {
  const { noiseSuppression, echoCancellation } = settings
  const base = { noiseSuppression, echoCancellation, autoGainControl: noiseSuppression }
  return { audio: deviceId ? { ...base, deviceId: { exact: deviceId } } : base, video: false }
}

/** The chosen device when it is plugged in, else the system's. */
export async function openMicrophone(settings: MicSettings): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new CallError('mic_insecure')
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(settings, settings.deviceId))
  } catch (error) {
    if (!settings.deviceId || micFault(error) !== 'missing') throw asCallError(error)
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(settings, ''))
  } catch (error) {
    throw asCallError(error)
  }
}

function asCallError(error: unknown): CallError {
  return new CallError(`mic_${micFault(error)}`)
}

/** Firefox before 132 cannot be asked; the state then stays unknown until the first call. */
export async function watchMicPermission(onChange: (state: MicState) => void): Promise<void> {
  try {
    const status = await navigator.permissions.query({ name: 'microphone' as PermissionName })
    const tell = () => onChange(status.state)
    status.onchange = tell
    tell()
  } catch {
    onChange('unknown')
  }
}
