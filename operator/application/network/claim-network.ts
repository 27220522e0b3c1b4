import { type Claim, canonicalCidr, fabricAgainst, type Objection, ruleAgainst } from '../../domain/network/fabric.ts'
import type { Network } from '../../domain/network/network.ts'
import { claimedCidr } from '../../domain/network/network-outlook.ts'
import type { ClaimElsewhere } from '../../domain/network/underlay.ts'
import { isTrue } from '../../domain/resource/resource.ts'
import type { NetworkParts } from './network-kind.ts'

/** With more namespaces in each claim the book of a full fabric would be too large to be stored. */
const MOST_SHARED = 16

/**
 * Takes what a network wants of its fabric; answers what is against it, undefined = its vlan and its range are its own.
 * Rules are for what comes: those that have their claim keep it when rules change, for as long as there is the fabric.
 */
export async function claimNetwork(parts: NetworkParts, network: Network): Promise<Objection | undefined> {
  const { namespace, spec, status, uid } = network
  const read = canonicalCidr(spec.cidr)
  if (!('cidr' in read)) return read
  const wanted = claimOf(parts, network)
  const real = wanted.provider !== 'Simulated'
  const wish = { namespace, fabric: spec.fabric, vlan: spec.vlan, cidr: read.cidr, real }
  const fabric = parts.fabricOf(spec.fabric)
  const missing = fabricAgainst(wish, fabric)
  if (missing || !fabric) return missing
  const isNew = !isTrue(status, 'Claimed')
  return parts.fabrics.claim(spec.fabric, wanted, {
    underlay: { kind: fabric.kind, ...(fabric.parent !== undefined && { parent: fabric.parent }) },
    ...{ isNew, rule: isNew ? ruleAgainst(wish, fabric) : undefined },
    unseen: unseenBy(parts, spec.fabric),
    known: () =>
      having(parts, (other) => other.uid !== uid && other.spec.fabric === spec.fabric).map((other) =>
        claimOf(parts, other),
      ),
    elsewhere: () => elsewhere(parts, spec.fabric),
  })
}

/** What a network takes of its fabric. */
export function claimOf({ kind }: Pick<NetworkParts, 'kind'>, network: Network): Claim {
  const { uid, namespace, name, spec } = network
  const cidr = claimedCidr(network) ?? spec.cidr
  const sharedWith = othersOn(network)
  const isShort = sharedWith.length <= MOST_SHARED
  const place = { uid, namespace, name, vlan: spec.vlan, cidr }
  return { ...place, provider: kind.providerOf(network).name, ...(isShort && { sharedWith }) }
}

/** Whose machines may be on it: those that it is for, and those that it was for when they came. */
function othersOn({ namespace, spec, status }: Network): string[] {
  const users = [...spec.namespaces, ...(status?.allocations ?? []).map((one) => one.namespace)]
  return [...new Set(users)].filter((user) => user !== namespace).sort()
}

/** A book that began before all was seen would give away what somebody has. */
function unseenBy({ unseen }: NetworkParts, fabric: string): Objection | undefined {
  const words = unseen()
  if (words === undefined) return undefined
  const message = `what others have of fabric ${fabric} is not known: it has no NetworkFabric yet, and ${words}`
  return { reason: 'FabricUnseen', message }
}

/** Those that say that they have theirs, or that their provider still has something of them. */
function having({ resources }: NetworkParts, isMeant: (network: Network) => boolean): Network[] {
  return [...resources.all()].filter(
    (other) => (isTrue(other.status, 'Claimed') || isTrue(other.status, 'Provisioned')) && isMeant(other),
  )
}

function elsewhere(parts: NetworkParts, fabric: string): ClaimElsewhere[] {
  return having(parts, ({ spec }) => spec.fabric !== fabric).flatMap((other) => {
    const claim = claimOf(parts, other)
    const parent = parts.fabricOf(other.spec.fabric)?.parent
    return claim.provider === 'Simulated' ? [] : [{ fabric: other.spec.fabric, parent, claim }]
  })
}
