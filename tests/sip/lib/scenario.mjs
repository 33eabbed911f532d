// sipp scenarios as lists of steps; sipp wants XML. The carrier that is called starts with `called`, the one
// that calls with `invite`.
const doc = (name, steps) => `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${steps.flat(9).join('\n')}\n</scenario>\n`

const send = (lines, attrs = '') => `<send${attrs}><![CDATA[\n${lines.flat().filter(l => l !== null).join('\n')}\n\n]]></send>`
const attr = (name, value) => (value === undefined ? '' : ` ${name}="${value}"`)

export const scenario = doc
export const pause = ms => `<pause milliseconds="${ms}"/>`

export const sdp = ({ port = 6000, direction = 'sendrecv', codecs = '0 101', ip = '[local_ip]', version = 1 } = {}) => [
  'Content-Type: application/sdp', 'Content-Length: [len]', '',
  'v=0', `o=- 1 ${version} IN IP4 ${ip}`, 's=-', `c=IN IP4 ${ip}`, 't=0 0', `m=audio ${port} RTP/AVP ${codecs}`,
  'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', `a=${direction}`,
]
const noBody = ['Content-Length: 0', '']

// --- the carrier that is called ---

const remember = [
  ['From:', '.*', 'theirs'], ['To:', '.*', 'ours'], ['Contact:', '&lt;(sip:[^&gt;]*)&gt;', 'whole,target'], ['Via:', '.*', 'via'],
].map(([header, regexp, to]) => `<ereg regexp="${regexp}" search_in="hdr" header="${header}" assign_to="${to}"/>`)

// The INVITE, with what requests of ours need later. check: [header, regexp] that it must have.
export const called = (...checks) => `<recv request="INVITE" crlf="true"><action>${remember.join('')}${checks
  .map(([header, regexp], i) => `<ereg regexp="${regexp}" search_in="hdr" header="${header}" check_it="true" assign_to="c${i}"/>`).join('')}</action></recv>
<Reference variables="theirs,ours,whole,target,via${checks.map((_, i) => `,c${i}`).join('')}"/>`

export const recv = (method, { check, optional, timeout, remember } = {}) => {
  if (remember) return `<recv ${`request="${method}"`}><action><ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/></action></recv>`
  const what = typeof method === 'number' ? `response="${method}"` : `request="${method}"`
  const action = check ? `<action><ereg regexp="${check[1]}" search_in="${check[0] === 'body' ? 'body' : 'hdr'}"${check[0] === 'body' ? '' : ` header="${check[0]}"`} check_it="true" assign_to="chk"/></action>` : ''
  return `<recv ${what}${attr('optional', optional)}${attr('timeout', timeout)}${typeof method === 'number' ? ' rtd="true"' : ''}>${action}</recv>${check ? '<Reference variables="chk"/>' : ''}`
}

const phrases = { 100: 'Trying', 180: 'Ringing', 183: 'Session Progress', 200: 'OK', 302: 'Moved Temporarily', 401: 'Unauthorized', 404: 'Not Found', 407: 'Proxy Authentication Required',
  422: 'Session Interval Too Small', 423: 'Interval Too Brief', 486: 'Busy Here', 487: 'Request Terminated', 491: 'Request Pending', 503: 'Service Unavailable' }

// An answer to the last request. tag: ours, in To ("": none, as in answers inside the dialog).
// seq: to the INVITE of that number again, after other messages.
export const reply = (status, { tag = '[call_number]a', body, headers = [], retrans, seq } = {}) => send([
  `SIP/2.0 ${status} ${phrases[status] ?? 'Answer'}`, seq ? 'Via: [$via]' : '[last_Via:]', '[last_From:]', seq ? `To: [$ours];tag=${tag}` : `[last_To:]${tag ? `;tag=${tag}` : ''}`, '[last_Call-ID:]', seq ? `CSeq: ${seq} INVITE` : '[last_CSeq:]',
  'Contact: <sip:carrier@[local_ip]:[local_port];transport=[transport]>', ...headers, ...(body ?? noBody),
], retrans ? ' retrans="500"' : '')

// A request of ours inside a dialog that we were called into.
// back: an ACK of a refusal has the branch of the request so many steps before.
export const request = (method, { seq = 1, tag = '[call_number]a', body, headers = [], retrans = true, back } = {}) => send([
  `${method} [$target] SIP/2.0`, 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]', `From: [$ours];tag=${tag}`, 'To: [$theirs]',
  '[last_Call-ID:]', `CSeq: ${seq} ${method}`, 'Contact: <sip:carrier@[local_ip]:[local_port];transport=[transport]>', 'Max-Forwards: 70', ...headers, ...(body ?? noBody),
].map(line => (back && line?.startsWith('Via:') ? line.replace('[branch]', `[branch-${back}]`) : line)), retrans && method !== 'ACK' ? ' retrans="500"' : '')

export const answerBye = [recv('BYE'), reply(200, { tag: '' })]

// --- the carrier that calls ---

export const invite = ({ to = '+4930555000', from = '+491701234567', body = sdp(), headers = [], seq = 1 } = {}) => send([
  `INVITE sip:${to}@[remote_ip]:[remote_port] SIP/2.0`, 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]', `From: "Caller" <sip:${from}@[local_ip]>;tag=[call_number]c`,
  `To: <sip:${to}@[remote_ip]>`, 'Call-ID: [call_id]', `CSeq: ${seq} INVITE`, 'Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>', 'Max-Forwards: 70', ...headers,
  ...(body ?? noBody),
], ' retrans="500"')

// Inside the dialog that we opened; the 200 must have been received with rrs.
export const inside = (method, { to = '+4930555000', from = '+491701234567', seq, body, headers = [] } = {}) => send([
  `${method} [next_url] SIP/2.0`, 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]', `From: "Caller" <sip:${from}@[local_ip]>;tag=[call_number]c`,
  `To: <sip:${to}@[remote_ip]>[peer_tag_param]`, 'Call-ID: [call_id]', `CSeq: ${seq} ${method}`, 'Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>', 'Max-Forwards: 70',
  ...headers, ...(body ?? noBody),
], method === 'ACK' ? '' : ' retrans="500"')

export const recvOk = (check) => `<recv response="200" rrs="true" rtd="true">${check ? `<action><ereg regexp="${check[1]}" search_in="${check[0] === 'body' ? 'body' : 'hdr'}"${check[0] === 'body' ? '' : ` header="${check[0]}"`} check_it="true" assign_to="chk"/></action>` : ''}</recv>${check ? '<Reference variables="chk"/>' : ''}`

// CANCEL and ACK of a refusal repeat the INVITE's branch.
export const cancel = ({ to = '+4930555000', from = '+491701234567' } = {}) => send([
  `CANCEL sip:${to}@[remote_ip]:[remote_port] SIP/2.0`, 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-1]', `From: "Caller" <sip:${from}@[local_ip]>;tag=[call_number]c`,
  `To: <sip:${to}@[remote_ip]>`, 'Call-ID: [call_id]', 'CSeq: 1 CANCEL', 'Max-Forwards: 70', ...noBody,
], ' retrans="500"')
export const ackRefusal = ({ to = '+4930555000', from = '+491701234567', back = 1 } = {}) => send([
  `ACK sip:${to}@[remote_ip]:[remote_port] SIP/2.0`, `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-${back}]`, `From: "Caller" <sip:${from}@[local_ip]>;tag=[call_number]c`,
  `To: <sip:${to}@[remote_ip]>[peer_tag_param]`, 'Call-ID: [call_id]', 'CSeq: 1 ACK', 'Max-Forwards: 70', ...noBody,
])
