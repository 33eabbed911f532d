// Looks for secrets in whatever a system says: as they are, in base64 wherever they stand in it, in hexadecimal, as
// part of a URL, and cut short.
const CUT = 14 // characters that give a secret away

// Base64 of a text depends on how many bytes stand before it: three forms, without the characters that its
// neighbours decide.
function base64s(bytes) {
  return [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '')
    const from = shift ? shift + 1 : 0
    const whole = Math.floor(((bytes.length + shift) * 8) / 6)
    return text.slice(from, whole)
  })
}
const escaped = (bytes, lower) => [...bytes].map(b => /[A-Za-z0-9_.~-]/.test(String.fromCharCode(b)) ? String.fromCharCode(b)
  : '%' + (lower ? b.toString(16) : b.toString(16).toUpperCase()).padStart(2, '0')).join('')

export function forms(secret) {
  const bytes = Buffer.isBuffer(secret) ? secret : Buffer.from(secret)
  const list = { raw: bytes, hex: Buffer.from(bytes.toString('hex')), HEX: Buffer.from(bytes.toString('hex').toUpperCase()) }
  base64s(bytes).forEach((text, i) => {
    list[`base64 at ${i}`] = Buffer.from(text)
    list[`base64url at ${i}`] = Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'))
  })
  list['in a URL'] = Buffer.from(escaped(bytes, false))
  list['in a URL, lower case'] = Buffer.from(escaped(bytes, true))
  list['in a URL, as a browser does it'] = Buffer.from(encodeURIComponent(bytes.toString('latin1')))
  list['in a form'] = Buffer.from(new URLSearchParams({ '': bytes.toString('latin1') }).toString().slice(1))
  list['in JSON'] = Buffer.from(JSON.stringify(bytes.toString('latin1')).slice(1, -1))
  list['in JSON, with slashes escaped'] = Buffer.from(JSON.stringify(bytes.toString('latin1')).slice(1, -1).replaceAll('/', '\\/'))
  list['cut short'] = bytes.subarray(0, CUT)
  return list
}

export class Leaks {
  found = []
  looked = new Map() // where -> bytes

  constructor(secrets) { // name -> text or bytes
    this.secrets = new Map()
    for (const [name, secret] of Object.entries(secrets)) this.add(name, secret)
  }
  add(name, secret) {
    if (secret.length < CUT) throw new Error(`${name} is too short to be looked for`)
    this.secrets.set(name, forms(secret))
  }
  look(where, what) {
    const bytes = Buffer.isBuffer(what) ? what : Buffer.from(what)
    this.looked.set(where, (this.looked.get(where) ?? 0) + bytes.length)
    for (const [name, list] of this.secrets) {
      const form = Object.keys(list).find(key => bytes.includes(list[key]))
      if (!form) continue
      const at = bytes.indexOf(list[form])
      this.found.push(`${name}, ${form}, in ${where}: ...${bytes.subarray(Math.max(0, at - 60), at).toString('latin1')}<here>`)
    }
  }
}
