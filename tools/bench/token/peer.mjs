// The carriers' own libraries at the same work as bench-token: peer.mjs FOLDER-OF-NODE_MODULES ["http"]
// prints CPU us each as JSON, or with "http" serves tokens on the port that it prints.
import { createServer } from 'node:http'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parse } from 'node:querystring'

const twilio = createRequire(join(resolve(process.argv[2]), 'x.js'))('twilio')
const { AccessToken } = twilio.jwt
const hex = (prefix, letter) => prefix + letter.repeat(32)

function token(identity) {
  const access = new AccessToken(hex('AC', 'a'), hex('SK', 'b'), hex('', 'c'), { identity, ttl: 3600 })
  access.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid: hex('AP', 'd'), incomingAllow: true }))
  return access.toJwt()
}

const url = 'https://crm.example.com/voip/webhook/p/01890000-0000-7000-8000-000000000021/status?call=1'
const auth = '0123456789abcdef0123456789abcdef'
const params = { ...parse('AccountSid=AC0123456789abcdef0123456789abcdef&ApiVersion=2010-04-01&CallSid=CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&CallStatus=completed&'
  + 'Direction=outbound-api&From=%2B15550001111&To=%2B15552223333&Caller=%2B15550001111&Called=%2B15552223333&FromCountry=US&FromCity=&ToState=CA&'
  + 'CallbackSource=call-progress-events&SequenceNumber=3&Timestamp=Thu%2C+26+Nov+2026+17%3A41%3A11+%2B0000&CallDuration=17&Duration=1&SipResponseCode=200') }
const good = twilio.getExpectedTwilioSignature(auth, url, params)
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const message = Buffer.alloc(711, 'a'), signature = sign(null, message, privateKey)
const want = (got, wanted) => { if (got !== wanted) throw new Error('the peer is wrong') }

let n = 0
const cases = {
  token: () => token(`agent-${n++}`),
  twilio_good: () => want(twilio.validateRequest(auth, good, url, params), true),
  twilio_wrong: () => want(twilio.validateRequest(auth, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=', url, params), false),
  telnyx_good: () => want(verify(null, message, publicKey, signature), true),
}

function measure(run) {
  for (let i = 0; i < 3000; i++) run()
  const rounds = []
  for (let round = 0; round < 7; round++) {
    const begin = process.cpuUsage()
    let count = 0, spent = 0
    while (spent < 300_000) {
      for (let i = 0; i < 100; i++) run()
      count += 100
      const use = process.cpuUsage(begin)
      spent = use.user + use.system
    }
    rounds.push(spent / count)
  }
  return rounds.sort((a, b) => a - b)[3]
}

if (process.argv[3] === 'http') {
  const server = createServer((req, res) => {
    if (req.headers.authorization !== 'Bearer x') return res.writeHead(401).end()
    const body = JSON.stringify({ provider: 'twilio', token: token('agent-1'), identity: 'agent-1', edge: 'roaming' })
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
} else {
  console.log(JSON.stringify(Object.fromEntries(Object.entries(cases).map(([name, run]) => [name, measure(run)]))))
}
