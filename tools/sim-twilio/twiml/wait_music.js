// What a waiting or held participant hears from a URL: TwiML of announcements, again and again, or plain audio.
import { music, repeat } from '../../sim-lib/media/index.js'
import { readDocument } from './document.js'
import { fetchInstructions } from './fetch.js'
import { ANNOUNCEMENTS, announcement } from './announce.js'

export async function playInstructions(sim, call, source, signal) {
  const parts = await fetchParts(sim, call, source)
  if (parts === null || parts.length === 0) return call.stage.play(repeat(music), signal)
  while (!signal.aborted) for (const part of parts) if (!(await call.stage.play(part(), signal))) return
}

// Sources to play in turn, or null when there is nothing usable (which is noted as an error of the application).
async function fetchParts(sim, call, source) {
  const answer = await fetchInstructions(sim, call, source)
  if (!answer) return null
  try {
    const document = readDocument(answer.body.toString('utf8'))
    const strange = document.children.find(element => !ANNOUNCEMENTS.has(element.name))
    if (strange) throw new Error(`<${strange.name}> is not allowed while waiting`)
    return await Promise.all(document.children.map(element => announcement(sim, call, element, source.url)))
  } catch (error) {
    sim.applicationError(call, error.code ?? 12200, error.message, source.url)
    return null
  }
}

// Once, for an AnnounceUrl.
export async function playOnce(sim, call, source, signal) {
  for (const part of (await fetchParts(sim, call, source)) ?? []) if (!(await call.stage.play(part(), signal))) return
}
