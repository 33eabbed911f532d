// Fetches instructions: the URL, once more with the fallback when that fails. null when the application has nothing usable.
import { voiceParams } from '../callbacks.js'
import { overrides, signedRequest } from '../requests.js'

const TYPES = /^(text\/xml|application\/xml|text\/html)\b/

export async function fetchInstructions(sim, call, { url, method = 'POST', fallbackUrl = '', fallbackMethod = 'POST', params = {} }) {
  const first = await attempt(sim, call, { url, method }, params)
  if (!first.error) return first
  sim.applicationError(call, first.code, first.error, url)
  if (!fallbackUrl) return null
  const second = await attempt(sim, call, { url: fallbackUrl, method: fallbackMethod }, { ...params, ErrorCode: first.code, ErrorUrl: url })
  if (!second.error) return second
  sim.applicationError(call, second.code, second.error, fallbackUrl)
  return null
}

// A connection that fails is tried once more, under the same idempotency token.
async function attempt(sim, call, target, params) {
  // what a browser passes never replaces what Twilio says
  const all = { ...call.extra, ...voiceParams(call), ...(call.applicationSid ? { ApplicationSid: call.applicationSid } : {}), ...params }
  const request = signedRequest(sim.account.authToken, target, all)
  const about = { kind: 'voice', call: call.sid }
  let answer = await sim.hooks.request(request, about)
  if (answer.error && overrides(target.url).retries > 0) answer = await sim.hooks.request(request, about)
  else if (sim.hooks.random() < sim.hooks.trouble.duplicate) answer = await sim.hooks.request(request, { ...about, duplicate: true })
  if (answer.error) return { code: 11205, error: answer.error }
  if (answer.status !== 200) return { code: 11200, error: `it answered ${answer.status}` }
  if (!TYPES.test(answer.type)) return { code: 12300, error: `its content type is '${answer.type}', not text/xml` }
  return answer
}
