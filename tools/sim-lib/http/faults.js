// Faults of an API on request: rules that a test sets through the control port. The first rule that matches a request is applied
// and used up after `times` requests.
import { setTimeout as sleep } from 'node:timers/promises'

export const ACTIONS = {
  status: 'answers `status` and does nothing',
  garbage: 'answers 200 with a body that is no JSON',
  hang: 'takes the request, does nothing and never answers',
  perform_then_hang: 'does what is asked and never answers',
  perform_then_status: 'does what is asked and answers `status`',
  slow: 'does what is asked after `ms` milliseconds',
  drop: 'closes the connection without an answer',
}

export class Faults {
  constructor() {
    this.rules = []
  }

  // Throws with a sentence when the rule cannot be meant.
  set(rule) {
    const { method = null, path = null, action, status = 500, times = Infinity, ms = 0, ...unknown } = rule
    if (!Object.hasOwn(ACTIONS, action)) throw new Error(`no action '${action}'; there are: ${Object.keys(ACTIONS).join(', ')}`)
    const strange = Object.keys(unknown)
    if (strange.length) throw new Error(`unknown member '${strange[0]}' of a fault (method, path, action, status, times, ms)`)
    if (path !== null) new RegExp(path)
    this.rules.push({ method, path, action, status, left: times, ms, hits: 0 })
  }

  clear() {
    this.rules = []
  }

  list() {
    return this.rules.map(({ left, ...rule }) => ({ ...rule, left: left === Infinity ? null : left }))
  }

  // True when the request has been dealt with. refuse(status): the vendor's error body.
  async apply(ctx, refuse) {
    const rule = this.rules.find(r => r.left > 0 && (!r.method || r.method === ctx.method) &&
      (!r.path || new RegExp(r.path).test(ctx.path)))
    if (!rule) return false
    rule.left--
    rule.hits++
    switch (rule.action) {
      case 'status':
        refuse(ctx, rule.status)
        return true
      case 'garbage':
        ctx.send(200, '<html>it works', { 'content-type': 'text/html' })
        return true
      case 'drop':
        ctx.request.socket.destroy()
        return true
      case 'hang':
        return true
      case 'slow':
        await sleep(rule.ms)
        return false
      case 'perform_then_hang':
        ctx.discard = true
        return false
      case 'perform_then_status': {
        const send = ctx.send.bind(ctx)
        ctx.send = () => {
          ctx.send = send
          refuse(ctx, rule.status)
        }
        return false
      }
    }
    return false
  }
}
