// Puts the client together from what the server's configuration names.
import { clientConfig, phoneToken, type ClientConfig } from '@/api/calls'
import type { MakePhone } from './carrier/phone'
import { Phones, type PhoneProvider } from './carrier/phones'
import { CallError, type CallClient, type CallClientEvents } from './client'
import type { MicSettings } from './microphone'
import { ServerClient } from './server-client'

export interface ClientOptions {
  events: CallClientEvents
  signedIn: () => Promise<boolean>
  settings: () => MicSettings & { speakerId: string }
}

/** Renewed a little early, so that a call made now does not start with dead TURN credentials. */
const EARLY_S = 60

/** Large, and of use to who has the carrier only: each is a file of its own. */
const phoneCode: Partial<Record<PhoneProvider['driver'], () => Promise<MakePhone>>> = {
  telnyx: async () => (await import('./telnyx/phone')).makePhone,
  twilio: async () => {
    const { TwilioPhone } = await import('./twilio/phone')
    return (options) => new TwilioPhone(options)
  },
}

async function loadPhone(driver: PhoneProvider['driver']): Promise<MakePhone> {
  const load = phoneCode[driver]
  if (!load) throw new CallError('driver_missing')
  return load()
}

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

/** Pages of one organisation hear of a change at the same moment, and ask one after the other. */
const SPREAD_MS = 2_000

/** Those of the first answer, then what the server says now. */
function providersOf(first: ClientConfig): () => Promise<ClientConfig['phones']> {
  let known: ClientConfig['phones'] | null = first.phones
  return async () => {
    if (known) {
      const phones = known
      known = null
      return phones
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_MS))
    return (await clientConfig()).phones
  }
}

export function createClient(config: ClientConfig, options: ClientOptions): CallClient {
  const able = (what: ClientConfig['capabilities'][number]) => config.capabilities.includes(what)
  const { events, settings } = options
  return new ServerClient({
    ...options,
    can: {
      hold: able('hold'),
      dtmf: able('dtmf'),
      mute: able('mute'),
      chooseSpeaker: 'setSinkId' in HTMLMediaElement.prototype,
    },
    url: () => socketUrl(config.ws_path),
    iceServers: iceServersOf(config),
    providers: providersOf(config),
    phones: new Phones({
      load: loadPhone,
      token: phoneToken,
      settings,
      events: { media: events.media, quality: events.quality, mic: events.mic, ready: events.phone },
    }),
  })
}
