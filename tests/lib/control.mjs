// The control port of a simulator: what a test lets its phones do, and what they heard.
export function controlOf(base) {
  const ask = async (method, path, body) => {
    const answer = await fetch(`${base}/control${path}`, { method, body: body && JSON.stringify(body) })
    const type = answer.headers.get('content-type') ?? ''
    const value = type.startsWith('audio/') ? Buffer.from(await answer.arrayBuffer()) : await answer.json()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${value.error}`)
    return value
  }
  return { get: path => ask('GET', path), post: (path, body) => ask('POST', path, body), del: path => ask('DELETE', path) }
}

// True once the phone heard nothing for so long. The microphone speaks in bursts: only what lasts longer than a gap is silence.
export function quietFor(heard, ms) {
  let since = null
  return async () => {
    const { loud_ms, ms: all } = await heard()
    if (since?.loud_ms !== loud_ms) since = { loud_ms, all }
    return all - since.all > ms
  }
}
