// What a voice SDK asks for, by message type.
import { Call } from '../call.js'
import { TokenError } from '../token.js'
import { ClientLine } from './line.js'

const need = session => {
  if (session.sim.account.status !== 'active') throw new TokenError(31202, 'Account is not active')
  if (!session.grant) throw new TokenError(31204, 'JWT is invalid: no token was accepted on this connection')
}

const callOf = (session, callsid) => session.sim.signal.callOf(callsid)

export const handlers = {
  listen(session, { token }) {
    if (session.sim.account.status !== 'active') throw new TokenError(31202, 'Account is not active')
    session.listen(token)
  },

  register(session, { media }) {
    need(session)
    if (media?.audio === false) {
      session.registered = false
      return session.send('offline')
    }
    if (!session.grant.incoming) throw new TokenError(31201, 'The token does not allow incoming calls')
    session.registered = true
    session.send('ready')
  },

  invite(session, payload) {
    return payload.reconnect ? reconnect(session, payload) : dial(session, payload)
  },

  answer(session, { callsid, sdp }) {
    const line = session.sim.signal.offerOf(session, callsid)
    if (!line) return session.send('cancel', { callsid })
    session.sim.signal.accepted(line, sdp)
  },

  reject(session, { callsid }) {
    session.sim.signal.declined(session, callsid)
  },

  hangup(session, { callsid }) {
    callOf(session, callsid)?.end('completed', { tellLine: false })
  },

  dtmf(session, { callsid, dtmf }) {
    const call = callOf(session, callsid)
    if (call && /^[0-9*#wW]{1,64}$/.test(dtmf)) call.line.onDigits(dtmf.replace(/w/gi, ''))
  },

  reinvite(session, { callsid, sdp }) {
    const call = callOf(session, callsid)
    if (!call) return session.send('hangup', { callsid })
    session.send('answer', { callsid, sdp: call.line.peer.answer(sdp), reconnect: call.sid })
  },

  message(session, { callsid, voiceeventsid }) {
    session.send('ack', { acktype: 'message', callsid, voiceeventsid })
  },
}

// A browser calls: the application that its token names says what happens.
async function dial(session, { callsid, sdp, twilio }) {
  need(session)
  const { sim, grant, identity } = session
  const handler = grant.application_sid && sim.account.handlerOfApplication(grant.application_sid)
  if (!handler) {
    return session.send('hangup', { callsid, error: { code: 31002, message: 'The token names no application of this account' } })
  }
  const params = { ...grant.params, ...Object.fromEntries(new URLSearchParams(twilio?.params ?? '')) }
  const { To = '', ...extra } = params
  const call = new Call(sim, { from: `client:${identity}`, to: To, direction: 'inbound', callback: handler.callback, applicationSid: handler.applicationSid, extra })
  const line = await ClientLine.answering(session, call, sdp)
  line.outboundId = callsid
  call.attach(line, () => line.sendAnswer())
  sim.signal.calls.set(callsid, call)
  call.setStatus('ringing')
  session.send('ringing', { callsid: call.sid })
  sim.instruct(call, handler)
}

// The same call from a new connection (or after a fresh token): messages go here from now on.
function reconnect(session, { callsid, reconnect: token }) {
  const call = callOf(session, callsid)
  if (!call?.live || token !== call.sid) return session.send('hangup', { callsid, error: { code: 31404, message: 'the call is over' } })
  call.line.session = session
  session.send('answer', { callsid: call.sid, reconnect: call.sid })
}
