// Webhooks of a leg: signed anew at each attempt, to its own URL or its connection's, then to the fail-over URL.
import { moment, uuid } from './ids.js'

const RETRY_MS = [500, 1500]

export function tell(leg, type, extra = {}) {
  const { sim, connection } = leg
  const url = leg.webhooks.urls?.[type] ?? leg.webhooks.url ?? connection.webhook_event_url
  if (!url) return
  const data = { record_type: 'event', event_type: type, id: uuid(), occurred_at: moment(), payload: { ...common(leg), ...extra } }
  const retries = leg.webhooks.retries?.[type]?.retries_ms ?? RETRY_MS
  const targets = [url, ...retries.map((_, i) => (i === retries.length - 1 && connection.webhook_event_failover_url) || url)]
  sim.hooks.event({ kind: 'event', call: leg.id, event: type, id: data.id }, attempt => {
    const target = targets[attempt - 1]
    const body = JSON.stringify({ data, meta: { attempt, delivered_to: target } })
    return { url: target, method: 'POST', body, timeout_ms: (connection.webhook_timeout_secs ?? 5) * 1000,
      headers: { 'content-type': 'application/json', 'user-agent': 'telnyx-webhooks', ...sim.signer.headers(body) } }
  }, retries)
}

const common = leg => ({
  call_control_id: leg.id,
  call_leg_id: leg.legId,
  call_session_id: leg.sessionId,
  client_state: leg.clientState,
  connection_id: leg.connection.id,
  from: leg.from,
  to: leg.to,
})

// The type of this event has no call_control_id, and does not name the recording: it is found by leg and session.
export function tellRecording(recording, type, extra) {
  const { leg } = recording
  tell(leg, type, { call_control_id: undefined, ...extra })
}
