import { type Cidr, cidrText, isWithin, overlap, readCidr } from './cidr.ts'
import type { NetworkProviderName } from './network.ts'
import type { OwnNetworkReason } from './network-reasons.ts'

/** What the networks of one fabric may be, and what they are made on. */
export interface Fabric {
  readonly kind: 'bridge' | 'vlan'
  /** The bridge or the interface of the nodes; absent = nothing real can be made on it. */
  readonly parent?: string
  readonly vlans: readonly VlanRange[]
  /** Networks must be within one of them; none = any. */
  readonly cidrs: readonly string[]
  /** Whose networks it takes; `*` = everybody's. */
  readonly namespaces: '*' | readonly string[]
}

export interface VlanRange {
  readonly from: number
  readonly to: number
}

/** What a network takes of its fabric for itself. */
export interface Claim {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly vlan: number
  /** In its canonical spelling. */
  readonly cidr: string
  /** Who makes it; absent in claims of before this was written. */
  readonly provider?: NetworkProviderName
  /** Whose machines may be on it beside those of its own namespace; absent = not known, so anybody's. */
  readonly sharedWith?: readonly string[]
}

/** Whether one of these claims is that of a network that machines of a namespace may be on. */
export function isClaimFor(claims: readonly Claim[], uid: string, namespace: string): boolean {
  const claim = claims.find((one) => one.uid === uid)
  return claim !== undefined && (claim.namespace === namespace || (claim.sharedWith?.includes(namespace) ?? true))
}

/** What is asked of a fabric. */
export interface Wish {
  readonly namespace: string
  readonly fabric: string
  readonly vlan: number
  readonly cidr: string
  /** Whether more than a status is to be made. */
  readonly real: boolean
}

export interface Objection {
  readonly reason: OwnNetworkReason
  readonly message: string
  /** Whose claim is in the way; absent = nobody's. */
  readonly by?: Claim
}

/** Most claims of one fabric: so many are one small object. */
export const MOST_CLAIMS = 500

/** The largest and the smallest networks, by their prefix. */
const prefixes = { 4: { from: 8, to: 29 }, 6: { from: 32, to: 125 } } as const

/** The canonical spelling of a network that can be; else what is wrong with it. */
export function canonicalCidr(text: string): { readonly cidr: string } | Objection {
  const cidr = readCidr(text)
  if (!cidr)
    return {
      reason: 'CidrInvalid',
      message: `cidr ${text} is no range of addresses; write one such as 10.20.0.0/24 or fd00:20::/64`,
    }
  const { from, to } = prefixes[cidr.family]
  if (cidr.prefix < from || cidr.prefix > to)
    return {
      reason: 'CidrInvalid',
      message: `cidr ${text} has the prefix /${cidr.prefix}; of IPv${cidr.family} it may be /${from} to /${to}`,
    }
  return { cidr: cidrText(cidr) }
}

/** Ranges whose addresses no network can give to anybody. */
const special = {
  '0.0.0.0/8': 'which stand for no address',
  '127.0.0.0/8': 'the loopback ones',
  '169.254.0.0/16': 'the link-local ones',
  '224.0.0.0/3': 'those of multicast and reserved ones',
  '::/96': 'the loopback one and IPv4-compatible ones',
  '::ffff:0:0/96': 'the IPv4-mapped ones',
  'fe80::/10': 'the link-local ones',
  'ff00::/8': 'those of multicast',
} as const

/** Why nothing can be made on a fabric, whoever asks; undefined = it can. `fabric` undefined = the settings have none of its name. */
export function fabricAgainst(wish: Pick<Wish, 'fabric' | 'real'>, fabric: Fabric | undefined): Objection | undefined {
  const named = `fabric ${wish.fabric}`
  if (!fabric)
    return {
      reason: 'FabricUnknown',
      message: `${named} is not known; the setting networks.fabrics has none of this name`,
    }
  if (wish.real && fabric.parent === undefined)
    return {
      reason: 'FabricUnknown',
      message: `${named} has no parent on the nodes, so only networks of the provider Simulated can be on it; its setting parent would have to name one`,
    }
  return undefined
}

/** What the rules of its fabric have against a network that has no claim yet; undefined = nothing. */
export function ruleAgainst(wish: Wish, { namespaces, vlans, cidrs }: Fabric): Objection | undefined {
  const { namespace, vlan, cidr } = wish
  const named = `fabric ${wish.fabric}`
  const odd = Object.entries(special).find(([range]) => overlapping(cidr, range))
  if (odd)
    return {
      reason: 'CidrInvalid',
      message: `cidr ${cidr} has addresses of ${odd[0]}, ${odd[1]}: no network can be there`,
    }
  if (namespaces !== '*' && !namespaces.includes(namespace))
    return {
      reason: 'FabricNotShared',
      message: `${named} takes no networks of namespace ${namespace}; its setting namespaces would have to name it`,
    }
  if (!vlans.some(({ from, to }) => from <= vlan && vlan <= to))
    return { reason: 'OutOfRange', message: `vlan ${vlan} is none of ${named}, which has ${vlanText(vlans)}` }
  if (cidrs.length > 0 && !cidrs.some((range) => isPartOf(cidr, range)))
    return { reason: 'OutOfRange', message: `cidr ${cidr} is in none of ${named}, which has ${cidrs.join(', ')}` }
  return undefined
}

/** What the others on its fabric have against a claim; undefined = it can be added. */
export function claimAgainst(claim: Claim, others: readonly Claim[], fabric: string): Objection | undefined {
  const conflict = conflictWith(claim, others, fabric)
  if (conflict || others.length < MOST_CLAIMS) return conflict
  return {
    reason: 'FabricFull',
    message: `fabric ${fabric} has ${others.length} networks, and ${MOST_CLAIMS} is the most`,
  }
}

/** Whose vlan or range a claim would be; undefined = nobody's. */
export function conflictWith(claim: Claim, others: readonly Claim[], fabric: string): Objection | undefined {
  for (const other of others) {
    const whose = `network ${other.namespace}/${other.name}`
    const way = 'apply another with one that is free, or delete that one'
    if (other.vlan === claim.vlan)
      return {
        ...{ reason: 'VlanTaken', by: other },
        message: `vlan ${claim.vlan} of fabric ${fabric} is that of ${whose}; ${way}`,
      }
    if (overlapping(other.cidr, claim.cidr))
      return {
        ...{ reason: 'CidrTaken', by: other },
        message: `cidr ${claim.cidr} overlaps ${other.cidr} of ${whose} on fabric ${fabric}; ${way}`,
      }
  }
  return undefined
}

function isPartOf(cidr: string, range: string): boolean {
  const [inner, outer] = [readCidr(cidr), readCidr(range)]
  return inner !== undefined && outer !== undefined && isWithin(inner, outer)
}

/** What can't be read is in everybody's way: nobody knows what it stands for. */
function overlapping(one: string, other: string): boolean {
  const [first, second]: (Cidr | undefined)[] = [readCidr(one), readCidr(other)]
  return first === undefined || second === undefined || overlap(first, second)
}

function vlanText(vlans: readonly VlanRange[]): string {
  return vlans.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ')
}
