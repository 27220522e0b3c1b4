import { overlap, readCidr } from '../../domain/network/cidr.ts'
import type { Fabric } from '../../domain/network/fabric.ts'
import type { SettingFault } from './schema.ts'

type Fabrics = Readonly<Record<string, Fabric>>

function fault(path: readonly string[], broken: boolean, message: string): SettingFault[] {
  return broken ? [{ path, message }] : []
}

/** What single fields of fabrics can't tell: ranges that are none, and what two of one parent would both give. */
export function fabricFaults(fabrics: Fabrics): SettingFault[] {
  return [...Object.entries(fabrics).flatMap(rangeFaults), ...sharedParentFaults(fabrics)]
}

function rangeFaults([name, { vlans, cidrs }]: [string, Fabric]): SettingFault[] {
  const path = ['networks', 'fabrics', name]
  return [
    ...vlans.flatMap(({ from, to }, index) =>
      fault([...path, 'vlans', String(index)], from > to, `goes from ${from} to ${to}; the first is above the last`),
    ),
    ...cidrs.flatMap((cidr, index) =>
      fault(
        [...path, 'cidrs', String(index)],
        readCidr(cidr) === undefined,
        `${JSON.stringify(cidr)} is no range of addresses; give one such as 10.0.0.0/8 or fd00::/8`,
      ),
    ),
  ]
}

/** The books of two fabrics know nothing of each other: what both may give, two networks get on one bridge. */
function sharedParentFaults(fabrics: Fabrics): SettingFault[] {
  const all = Object.entries(fabrics)
  return all.flatMap(([name, fabric], index) =>
    all.slice(0, index).flatMap(([other, before]) => {
      if (fabric.parent === undefined || fabric.parent !== before.parent) return []
      const path = ['networks', 'fabrics', name]
      const shared = `${fabric.parent} is the parent of fabric ${other} too`
      return [
        ...fault(
          [...path, 'vlans'],
          shareVlans(fabric, before),
          `has vlans of ${other}, and ${shared}; give each its own`,
        ),
        ...fault(
          [...path, 'cidrs'],
          shareRanges(fabric, before),
          `has addresses of ${other} (none named = all), and ${shared}; give each its own`,
        ),
      ]
    }),
  )
}

function shareVlans(one: Fabric, other: Fabric): boolean {
  return one.vlans.some(({ from, to }) => other.vlans.some((range) => range.from <= to && from <= range.to))
}

function shareRanges(one: Fabric, other: Fabric): boolean {
  if (one.cidrs.length === 0 || other.cidrs.length === 0) return true
  const ranges = other.cidrs.flatMap((cidr) => readCidr(cidr) ?? [])
  return one.cidrs
    .flatMap((cidr) => readCidr(cidr) ?? [])
    .some((range) => ranges.some((another) => overlap(range, another)))
}
