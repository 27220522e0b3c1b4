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

export const objectNames: GatewayWorld['names'] = {
  digest: (text) => base32(hash('sha256', text, 'buffer')),
  hex: (text) => hash('sha256', text, 'hex'),
  random: () => base32(randomBytes(RANDOM_BYTES)),
}
