// Waiting that a call's end or a redirect can cut short.
export class Cancelled extends Error {}

// A promise that an AbortSignal rejects.
export function unless(signal, promise) {
  if (signal.aborted) return Promise.reject(new Cancelled())
  return new Promise((resolve, reject) => {
    const cut = () => reject(new Cancelled())
    signal.addEventListener('abort', cut, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', cut))
  })
}

// True after so many ms, or rejected when cut short.
export function delay(signal, ms) {
  let timer
  return unless(signal, new Promise(resolve => { timer = setTimeout(resolve, ms, true) })).finally(() => clearTimeout(timer))
}

export class Deferred {
  constructor() {
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }))
  }
}
