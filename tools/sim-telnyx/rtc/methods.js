// What a browser SDK asks for, by method. A result is what the function gives; `after` runs once it was sent.
import { Leg } from '../leg.js'
import { WebLine } from './line.js'

export const fail = (code, message) => { throw Object.assign(new Error(message), { code }) }
const lineOf = (session, params) => session.sim.rtc.lineOf(params.dialogParams?.callID ?? params.callID) ?? fail(-32002, 'CALL DOES NOT EXIST')

// Also a fresh token in a living session; calls that are up are named, so that the SDK keeps them.
function login(session, { login_token, login: name, passwd, sessid }) {
  const { sim } = session
  const token = login_token ? sim.tokens.read(login_token) : null
  const identity = login_token ? token && sim.account.identity(token.sub) : sim.account.byLogin(name, passwd)
  if (!identity?.connection || !sim.account.active) fail(-32001, 'Authentication Failed')
  session.identity = identity
  session.tokenUntil = token?.exp ?? Infinity
  if (sessid) session.id = sessid
  return { message: 'logged in', sessid: session.id }
}
login.after = session => session.sim.rtc.loggedIn(session)

async function invite(session, { sdp, dialogParams: d }) {
  const { sim, identity } = session
  const callID = d?.callID ?? fail(-32602, 'dialogParams.callID is missing')
  const parked = Boolean(identity.connection.outbound.call_parking_enabled)
  const leg = new Leg(sim, { connection: identity.connection, direction: 'outgoing', from: d.caller_id_number ?? '', to: d.destination_number ?? '', parked,
    clientState: d.clientState || null, displayName: d.caller_id_name, headers: d.custom_headers ?? [] })
  const line = await WebLine.answering(session, leg, callID, sdp)
  leg.attach(line, () => line.sendAnswer())
  leg.state = 'ringing'
  return { message: 'CALL CREATED', callID, sessid: session.id }
}
invite.after = (session, { dialogParams }) => session.sim.rtc.placed(lineOf(session, { dialogParams }))

function answer(session, params) {
  session.sim.rtc.accepted(session, lineOf(session, params), params.sdp)
  return { message: 'CALL ANSWERED', callID: params.dialogParams.callID, sessid: session.id }
}

// The answer to an attach: the call goes on over a new path.
function attach(session, params) {
  lineOf(session, params).reattached(params.sdp)
  return { message: 'CALL ATTACHED', callID: params.dialogParams.callID, sessid: session.id }
}

function bye(session, params) {
  const line = session.sim.rtc.lineOf(params.dialogParams?.callID)
  if (line) session.sim.rtc.left(session, line, params)
  return { message: 'CALL ENDED', callID: params.dialogParams?.callID, cause: 'NORMAL_CLEARING', causeCode: 16, sessid: session.id }
}

function info(session, params) {
  const line = lineOf(session, params)
  if (params.dtmf !== undefined && !/^[0-9A-D*#]{1,64}$/.test(params.dtmf)) fail(-32602, 'dtmf may be 0-9, A-D, * and #')
  if (params.dtmf) line.onDigits(params.dtmf)
  return { message: 'SENT', sessid: session.id }
}

function modify(session, params) {
  const line = lineOf(session, params)
  const { action, sdp } = params
  if (action === 'updateMedia') return { callID: line.callID, sdp: line.peer.answer(sdp), sessid: session.id }
  if (!['hold', 'unhold', 'toggleHold'].includes(action)) fail(-32602, `unknown action '${action}'`)
  const held = action === 'toggleHold' ? !line.held : action === 'hold'
  if (held !== line.held) line.leg.hold(held)
  line.held = held
  return { action, callID: line.callID, holdState: held ? 'held' : 'active', sessid: session.id }
}

const gatewayState = session => ({ message: 'ok', sessid: session.id, params: { state: session.sim.rtc.gatewayState(session), region: 'us-east', dc: 'sim' } })
const ping = session => ({ message: 'pong', sessid: session.id })

export const methods = { login, 'telnyx_rtc.gatewayState': gatewayState, 'telnyx_rtc.ping': ping, 'telnyx_rtc.invite': invite, 'telnyx_rtc.answer': answer,
  'telnyx_rtc.attach': attach, 'telnyx_rtc.bye': bye, 'telnyx_rtc.info': info, 'telnyx_rtc.modify': modify }
