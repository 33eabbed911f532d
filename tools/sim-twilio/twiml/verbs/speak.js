import { announcement } from '../announce.js'

async function speak(run, element) {
  const make = await announcement(run.sim, run.call, element, run.base)
  await run.play(make())
}

export { speak as pause, speak as play, speak as say }
