/// <reference types="vite/client" />

interface VoipCallDetail {
  number: string
  /** Dial at once; else the number waits in the field. */
  autoCall?: boolean
  name?: string
  entityType?: 'person' | 'lead' | 'deal'
  entityId?: string
}

interface WindowEventMap {
  'voip:call': CustomEvent<VoipCallDetail>
}
