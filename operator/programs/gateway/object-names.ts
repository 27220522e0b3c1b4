import { hash, randomBytes } from 'node:crypto'
import type { GatewayWorld } from '../../application/gateway/gateway-world.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz234567'
const RANDOM_BYTES = 13 // of another length than the names of orders with a key

/** RFC 4648's base32 in small letters, without padding: what names of objects may have. Bits that fill no letter are left out. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let count = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff // at most four are left of those before
    for (count += 8; count >= 5; count -= 5) text += letters[(bits >> (count - 5)) & 31]
  }
  return text
}

/** Whose names these UUIDs are of. Another one, and all that comes again would be done twice. */
const NAMES = Buffer.from('5f0c4f7e0c5b4d0f9a7b6c1e2d3f4a5b', 'hex')

/** RFC 9562, version 5: of a name among all those of this gateway. */
export function uuidOf(text: string): string {
  const bytes = hash('sha1', Buffer.concat([NAMES, Buffer.from(text)]), 'buffer').subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export const objectNames: GatewayWorld['names'] = {
  digest: (text) => base32(hash('sha256', text, 'buffer')),
  hex: (text) => hash('sha256', text, 'hex'),
  random: () => base32(randomBytes(RANDOM_BYTES)),
}
