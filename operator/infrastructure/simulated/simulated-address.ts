const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * An address of `network` (`10.10.0.0/16`), always the same for a uid; never that of the network or its broadcast. Two
 * machines may get the same: nobody keeps a list. FNV-1a spreads uids that differ little.
 */
export function simulatedAddress(network: string, uid: string): string {
  const [base = '', bits = ''] = network.split('/')
  const size = 2 ** (32 - Number(bits))
  const start = octetsToNumber(base) - (octetsToNumber(base) % size)
  return numberToOctets(start + 1 + (hashOf(uid) % (size - 2)))
}

function hashOf(text: string): number {
  let hash = FNV_OFFSET
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME) >>> 0
  return hash
}

function octetsToNumber(address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}

function numberToOctets(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
