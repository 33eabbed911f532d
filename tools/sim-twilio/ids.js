import { randomBytes } from 'node:crypto'

export const sid = prefix => prefix + randomBytes(16).toString('hex')
export const isSid = (text, prefix) => new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(text)
