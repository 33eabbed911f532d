// What travels over /api/voip/ws, named for the app; the shapes come from proto/asyncapi.yaml.
import type { components } from './socket-schema'

type Schemas = components['schemas']

export type Call = Schemas['Call']
export type CallStatus = Schemas['CallStatus']
export type EntityType = Schemas['EntityType']
export type Reply = Schemas['Reply']

export type ServerMessage =
  | Schemas['Hello']
  | Schemas['Reply']
  | Schemas['CallMedia']
  | Schemas['CallChanged']
  | Schemas['CallQuality']
  | Schemas['DtmfReceived']
  | Schemas['ContactChanged']
  | Schemas['ProvidersChanged']
  | Schemas['RecordingStored']
  | Schemas['Bye']

type WithId =
  | Schemas['Dial']
  | Schemas['Answer']
  | Schemas['Attach']
  | Schemas['Decline']
  | Schemas['Hangup']
  | Schemas['Hold']
  | Schemas['Unhold']
  | Schemas['Dtmf']
  | Schemas['Ping']

type Unsent<T> = T extends { id: string } ? Omit<T, 'id'> : never

/** A request as callers write it; the socket adds the id. */
export type ClientRequest = Unsent<WithId>
