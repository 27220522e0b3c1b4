import { isSamePlace } from '../../domain/network/book.ts'
import type { Claim } from '../../domain/network/fabric.ts'
import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { isTrue, type ResourceIdentity } from '../../domain/resource/resource.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import type { Removal } from '../resource/provider.ts'
import type { Resources } from '../resource/resources.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import { claimOf } from './claim-network.ts'
import type { Fabrics, PlacedClaim } from './fabrics.ts'
import type { NetworkParts } from './network-kind.ts'

const EVERY_MS = 60_000
const LANES = 4

export interface SweepClaimsParts extends PatienceParts {
  readonly resources: Pick<Resources<Network>, 'find' | 'all' | 'read'>
  readonly kind: NetworkParts['kind']
  readonly fabrics: Pick<Fabrics, 'all' | 'release'>
  /** Of the networks of a namespace that isn't seen nobody can say that they are gone. */
  readonly isSeen: (namespace: string) => boolean
  /** Takes away what a provider still has of one that is gone. */
  readonly removeRest: (network: ResourceIdentity) => Promise<Removal>
  /** Everything that a provider was seen to have. */
  readonly provided: () => Iterable<ResourceIdentity>
  /** Whether machines say that they are on a network, or may be. */
  readonly isUsed: (network: UsedNetwork) => boolean
  /** What the machines' provider still has on one that is gone, also of machines that are gone, in words; undefined = nothing. */
  readonly guestsOn: (network: UsedNetwork) => Promise<string | undefined>
  /** Has a network looked at again. */
  readonly enqueue: (key: string) => void
}

export interface ClaimSweep {
  /**
   * Gives back the claims of networks that are gone without us, by a finalizer taken off or a restored backup; takes away
   * what their provider has; and has those looked at whose book says something else than their status.
   */
  sweep(): Promise<Outcome>
  /** Uids of those that are gone and whose claims are still held, as of the last sweep. */
  lost(): Iterable<string>
}

/** One that is gone, and whose machines may be on it; `sharedWith` absent = anybody's. */
export type UsedNetwork = ResourceIdentity & Pick<Claim, 'sharedWith'>

interface LostClaim extends UsedNetwork {
  readonly fabric: string
  readonly provider?: Claim['provider']
}

export function claimSweep(parts: SweepClaimsParts): ClaimSweep {
  const { resources, fabrics, isSeen, removeRest, enqueue } = parts
  let lost: readonly LostClaim[] = []
  const isGone = ({ namespace, name, uid }: Sweepable) =>
    isSeen(namespace) && resources.find(keyOf(namespace, name))?.uid !== uid
  const isStored = async ({ namespace, name, uid }: Sweepable) => (await resources.read(namespace, name))?.uid === uid

  /** A guest that is on its way down has its address until then, though nothing says any more whose it is. */
  const hasRest = async (claim: LostClaim) =>
    (await removeRest(claim)).kind === 'going' || (await parts.guestsOn(claim)) !== undefined

  const giveBack = sweeper<LostClaim>({
    ...parts,
    ...{ operation: 'give claims of lost networks back', lanes: LANES, most: Infinity },
    async work(claim) {
      if (parts.isUsed(claim) || (await isStored(claim))) return false
      if (claim.provider !== 'Simulated' && (await hasRest(claim))) return 'later'
      await fabrics.release(claim.fabric, claim.uid)
      return true
    },
  })
  const takeAway = sweeper<ResourceIdentity>({
    ...parts,
    ...{ operation: 'take away what lost networks left', lanes: LANES, most: Infinity },
    work: async (rest) => !parts.isUsed(rest) && !(await isStored(rest)) && (await removeRest(rest)).kind === 'going',
  })

  /** A book that was edited or is an older copy, and a claim that its status has lost, are put right by their own networks. */
  function enqueueDiffering(claims: readonly PlacedClaim[]): void {
    const placed = new Map(claims.map(({ fabric, claim }) => [`${fabric}/${claim.uid}`, claim]))
    for (const network of resources.all()) {
      const { namespace, name, uid, spec, status, deletingSince } = network
      if (status === undefined || deletingSince !== undefined) continue
      const written = placed.get(`${spec.fabric}/${uid}`)
      const wanted = isTrue(status, 'Claimed') ? claimOf(parts, network) : undefined
      const isSame = written && wanted ? isSamePlace(written, wanted) : written === wanted
      if (!isSame) enqueue(keyOf(namespace, name))
    }
  }

  return {
    lost: () => lost.map(({ uid }) => uid),
    async sweep() {
      const claims = await fabrics.all()
      lost = claims
        .map(({ fabric, claim: { namespace, name, uid, provider, sharedWith } }) => ({
          ...{ fabric, namespace, name, uid },
          ...(provider && { provider }),
          ...(sharedWith && { sharedWith }),
        }))
        .filter(isGone)
      enqueueDiffering(claims)
      await giveBack(lost)
      const uids = new Set(lost.map(({ uid }) => uid))
      await takeAway([...parts.provided()].filter((rest) => !uids.has(rest.uid) && isGone(rest)))
      return recheckAfter(EVERY_MS)
    },
  }
}
