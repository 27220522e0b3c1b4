import { type Address, addressText, bitsOf, type Family, readAddress } from './address.ts'

/** A range of addresses that a prefix decides. */
export interface Cidr {
  readonly family: Family
  readonly prefix: number
  /** Its first address. */
  readonly first: bigint
  readonly last: bigint
}

/** Reads `10.0.0.0/24` or `fd00::/64`, also where bits behind the prefix are set; undefined = it is none. */
export function readCidr(text: string): Cidr | undefined {
  const [, address = '', prefixText = ''] = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? []
  const read = readAddress(address)
  const prefix = Number(prefixText)
  if (!read || prefix > bitsOf(read.family)) return undefined
  const { family, value } = read
  const size = 1n << BigInt(bitsOf(family) - prefix)
  const first = value - (value % size)
  return { family, prefix, first, last: first + size - 1n }
}

/** The one spelling of this range. */
export function cidrText({ family, prefix, first }: Cidr): string {
  return `${addressText({ family, value: first })}/${prefix}`
}

export function overlap(one: Cidr, other: Cidr): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last
}

/** Whether all of `inner` is in `outer`. */
export function isWithin(inner: Cidr, outer: Cidr): boolean {
  return inner.family === outer.family && outer.first <= inner.first && inner.last <= outer.last
}

export function isIn({ family, value }: Address, cidr: Cidr): boolean {
  return family === cidr.family && cidr.first <= value && value <= cidr.last
}
