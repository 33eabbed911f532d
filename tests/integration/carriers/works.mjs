// What every way to set up must come to: exactly one active provider that was really tried, a person who signs in, a
// token that the carrier takes, a call that it dials.
import { checkToken } from '../../../tools/sim-twilio/token.js'
import { equal, ok } from '../gateway/providers_kit.mjs'
import { NUMBERS } from './kit.mjs'

export async function worksFor(system, { email, password }, name, driver) {
  equal(system.sql('select string_agg(name || \'|\' || driver, \',\') from providers where is_active'), `${name}|${driver}`, 'the active provider')
  equal(system.sql('select count(*) from providers'), '1', 'providers')
  equal(system.sql('select last_test_ok and last_test_at > now() - interval \'5 minutes\' from providers'), 't', 'its test')
  const who = await system.signIn(email, password)
  const token = (await system.want(200, 'POST', '/api/voip/token', undefined, { who })).json
  equal(token.provider, driver, 'the token\'s provider')
  if (driver === 'twilio') { // the simulated Twilio judges it
    const { account_sid, api_key_sid, api_key_secret } = system.twilio.config
    const { identity, grant } = checkToken(token.token, { accountSid: account_sid, secretOf: sid => (sid === api_key_sid ? api_key_secret : null) })
    equal([identity, grant.incoming, /^AP/.test(grant.application_sid)], [token.identity, true, true], 'the token')
  } else if (driver === 'telnyx') {
    ok(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token.token), JSON.stringify(token))
    equal(system.sql('select count(*) from telnyx_credentials'), '1', 'the user\'s login at Telnyx')
  }
  await system.dials()
  const call = await system.click({ who, enough: c => c?.status === 'in-progress' })
  ok(!call.error, JSON.stringify(call))
  equal(await system.dials(), { twilio: 0, telnyx: 0, sip: 0, [driver]: 1 }, 'dials')
  equal(call.from_number, NUMBERS[driver], 'the number that is shown')
  if (driver === 'sip') equal([call.status, call.answered_at !== null], ['completed', true], `a whole call: ${JSON.stringify(call)}`)
}
