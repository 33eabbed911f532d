// STUN as an ICE-lite agent needs it (RFC 8445, RFC 8489): reads binding requests, answers them; and as a
// browser asks.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

const COOKIE = 0x2112a442
const HEADER = 20
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const USERNAME = 0x0006
const MESSAGE_INTEGRITY = 0x0008
const XOR_MAPPED_ADDRESS = 0x0020
const USE_CANDIDATE = 0x0025
const FINGERPRINT = 0x8028
const FINGERPRINT_XOR = 0x5354554e

export const isStun = data => data.length >= HEADER && data[0] < 4 && data.readUInt32BE(4) === COOKIE

// { username, nominated, transaction } when the request carries the right password; null for anything else.
export function readBindingRequest(data, password) {
  if (!isStun(data) || data.readUInt16BE(0) !== BINDING_REQUEST) return null
  if (data.readUInt16BE(2) !== data.length - HEADER) return null
  const request = { username: null, nominated: false, transaction: data.subarray(8, HEADER), proven: false }
  for (let at = HEADER; at + 4 <= data.length;) {
    const type = data.readUInt16BE(at)
    const length = data.readUInt16BE(at + 2)
    const end = at + 4 + length
    if (end > data.length) return null
    if (type === USERNAME) request.username = data.toString('utf8', at + 4, end)
    if (type === USE_CANDIDATE) request.nominated = true
    if (type === MESSAGE_INTEGRITY) {
      if (length !== 20 || !timingSafeEqual(integrity(data, at, password), data.subarray(at + 4, end))) return null
      request.proven = true
    }
    at = end + ((4 - (length & 3)) & 3)
  }
  return request.proven ? request : null
}

// Over everything before the attribute, with the length as if the message ended behind it.
function integrity(data, at, password) {
  const covered = Buffer.from(data.subarray(0, at))
  covered.writeUInt16BE(at - HEADER + 24, 2)
  return createHmac('sha1', password).update(covered).digest()
}

export function bindingSuccess({ transaction }, { address, port }, password) {
  const mapped = Buffer.alloc(8)
  mapped[1] = 1
  mapped.writeUInt16BE(port ^ (COOKIE >>> 16), 2)
  const ip = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  mapped.writeUInt32BE((ip ^ COOKIE) >>> 0, 4)
  return message(BINDING_SUCCESS, transaction, attribute(XOR_MAPPED_ADDRESS, mapped), password)
}

// As a browser asks for consent (RFC 7675); username "THEIRS:OURS", password theirs.
export const bindingRequest = (username, password) =>
  message(BINDING_REQUEST, randomBytes(12), Buffer.concat([attribute(USERNAME, Buffer.from(username)), attribute(USE_CANDIDATE, Buffer.alloc(0))]), password)

function message(type, transaction, attributes, password) {
  const head = Buffer.alloc(HEADER)
  head.writeUInt16BE(type, 0)
  head.writeUInt32BE(COOKIE, 4)
  transaction.copy(head, 8)
  const bare = Buffer.concat([head, attributes])
  const signed = Buffer.concat([bare, attribute(MESSAGE_INTEGRITY, integrity(bare, bare.length, password))])
  signed.writeUInt16BE(signed.length - HEADER + 8, 2)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE((crc32(signed) ^ FINGERPRINT_XOR) >>> 0)
  return Buffer.concat([signed, attribute(FINGERPRINT, sum)])
}

function attribute(type, value) {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length & 3)) & 3)])
}
