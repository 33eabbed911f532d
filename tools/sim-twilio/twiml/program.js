// Executes TwiML for one call, verb by verb, until it ends, is told to go elsewhere, or the call is over.
import { speech } from '../../sim-lib/media/index.js'
import { Cancelled, unless } from '../../sim-lib/wait.js'
import { TwimlError, readDocument } from './document.js'
import { fetchInstructions } from './fetch.js'
import { verbs } from './verbs/index.js'

const REDIRECTS_MAX = 50
const APOLOGY = 'We are sorry, an application error has occurred. Goodbye.'

export class Program {
  constructor(sim, call) {
    Object.assign(this, { sim, call, control: new AbortController(), redirects: 0, base: null })
  }

  // source: { url, method, fallbackUrl, fallbackMethod, params } or { twiml }. A call has one program: a new one replaces it.
  static start(sim, call, source, whenDone = () => call.hangup()) {
    call.program?.stop()
    const program = new Program(sim, call)
    call.program = program
    program.#run(source).then(whole => { if (whole && call.program === program) whenDone() })
    return program
  }

  stop() {
    this.control.abort()
  }

  get signal() {
    return this.control.signal
  }

  // True when it came to its end by itself.
  async #run(source) {
    try {
      let next = source
      while (next) next = await this.#document(next)
      return true
    } catch (error) {
      if (error instanceof Cancelled) return false
      this.sim.applicationError(this.call, error.code ?? 12400, error.message, this.base)
      if (!(error instanceof TwimlError) && error.code === undefined) this.sim.log(`${this.call.sid}: ${error.stack}`)
      await this.#apologise()
      return !this.signal.aborted
    }
  }

  async #apologise() {
    if (!this.call.live) return
    this.call.pickUp()
    await this.call.stage.play(speech(APOLOGY), this.signal)
  }

  // Runs one document; gives the source of the next when a verb leads there.
  async #document(source) {
    if (++this.redirects > REDIRECTS_MAX) throw new TwimlError(11100, `more than ${REDIRECTS_MAX} documents for one call`)
    const text = source.twiml ?? (await this.#fetch(source))
    const document = readDocument(text)
    for (const element of document.children) {
      if (this.signal.aborted) throw new Cancelled()
      const next = await verbs[element.name](this, element)
      if (next) return next
    }
    return null
  }

  async #fetch(source) {
    const answer = await unless(this.signal, fetchInstructions(this.sim, this.call, source))
    if (!answer) throw new TwimlError(11200, `no instructions could be fetched from ${source.url}`)
    this.base = source.url
    return answer.body.toString('utf8')
  }

  // Where an action or a redirect leads: relative URLs are relative to the document.
  to(url, method, params = {}) {
    return { url: this.resolve(url), method: method ?? 'POST', params }
  }

  resolve(url) {
    try {
      return new URL(url, this.base ?? undefined).href
    } catch {
      throw new TwimlError(11100, `'${url}' is not a URL`)
    }
  }

  // Plays to the caller; a call that ends meanwhile ends the program.
  async play(source) {
    this.call.pickUp()
    if (!(await this.call.stage.play(source, this.signal))) throw new Cancelled()
  }
}
