// Picks the driver that the server's configuration names.
import { clientConfig, type ClientConfig } from '@/api/calls'
import { CallError, type CallClient, type CallClientEvents } from './client'
import type { MicSettings } from './microphone'
import { SipClient } from './sip/sip-client'

export interface ClientOptions {
  events: CallClientEvents
  signedIn: () => Promise<boolean>
  settings: () => MicSettings & { speakerId: string }
}

/** Renewed a little early, so that a call made now does not start with dead TURN credentials. */
const EARLY_S = 60

function socketUrl(path: string): string {
  const { protocol, host } = window.location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${path}`
}

/** TURN credentials expire; the ones in hand are used until then, and when no new ones come. */
function iceServersOf(first: ClientConfig): () => Promise<RTCIceServer[]> {
  let config = first
  return async () => {
    const stale = config.ice_servers.length > 0 && Date.now() / 1000 > config.expires_at - EARLY_S
    if (stale) config = await clientConfig().catch(() => config)
    return config.ice_servers
  }
}

export function createClient(config: ClientConfig, options: ClientOptions): CallClient {
  if (config.provider !== 'sip') throw new CallError('driver_missing')
  const able = (what: ClientConfig['capabilities'][number]) => config.capabilities.includes(what)
  return new SipClient({
    ...options,
    can: {
      hold: able('hold'),
      dtmf: able('dtmf'),
      mute: able('mute'),
      chooseSpeaker: 'setSinkId' in HTMLMediaElement.prototype,
    },
    url: () => socketUrl(config.ws_path),
    iceServers: iceServersOf(config),
  })
}
