// Reads TwiML: well-formed XML, <Response> at the root, every verb and attribute known. Anything else is an error with
// Twilio's code.
import { SaxesParser } from '../../sim-lib/xml.js'
import { checkElement } from './grammar.js'

const LIMIT = 64 * 1024

export class TwimlError extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

// { name: 'Response', attributes: {}, children: [element], text }
export function readDocument(text) {
  if (text.length > LIMIT) throw new TwimlError(11750, 'the TwiML is larger than 64 KB')
  const root = parse(text)
  if (root.name !== 'Response') throw new TwimlError(12102, `the root is <${root.name}>, not <Response>`)
  checkElement(root, null)
  return root
}

function parse(text) {
  const parser = new SaxesParser({ xmlns: false })
  const stack = []
  let root = null
  parser.on('error', error => { throw new TwimlError(12100, `the document is no XML: ${error.message}`) })
  parser.on('doctype', () => { throw new TwimlError(12100, 'a DOCTYPE is not allowed') })
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes }, children: [], text: '' }
    stack.at(-1)?.children.push(element)
    root ??= element
    stack.push(element)
  })
  parser.on('closetag', () => stack.pop())
  const addText = more => { if (stack.length) stack.at(-1).text += more }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(text).close()
  if (!root) throw new TwimlError(12100, 'the document is empty')
  return root
}
