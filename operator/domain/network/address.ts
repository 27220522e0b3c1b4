/** Of which version an address is, and how many bits it has. */
export type Family = 4 | 6

export interface Address {
  readonly family: Family
  readonly value: bigint
}

export const bitsOf = (family: Family): number => (family === 4 ? 32 : 128)

const GROUPS = 8

/** Reads an address in any of its spellings; undefined = it is none. IPv6 with a zone or with an IPv4 tail is none here. */
export function readAddress(text: string): Address | undefined {
  const value = text.includes(':') ? valueOfIpv6(text) : valueOfIpv4(text)
  return value === undefined ? undefined : { family: text.includes(':') ? 6 : 4, value }
}

/** The one spelling that all others are compared in: of IPv6 that of RFC 5952. */
export function addressText({ family, value }: Address): string {
  return family === 4 ? ipv4Text(value) : ipv6Text(value)
}

/** A leading zero means octal to some, so it is nobody's address. */
function valueOfIpv4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255))
    return undefined
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function valueOfIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const missing = GROUPS - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after]
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n)
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
}

function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((value >> BigInt(16 * (GROUPS - 1 - index))) & 65_535n).toString(16),
  )
  const { at, length } = longestZeros(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`
}

/** The first of the longest runs. */
function longestZeros(groups: readonly string[]): { readonly at: number; readonly length: number } {
  let longest = { at: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0
    if (length > longest.length) longest = { at: index - length + 1, length }
  }
  return longest
}
