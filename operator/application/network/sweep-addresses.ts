import type { Machine } from '../../domain/machine/machine.ts'
import type { Allocation } from '../../domain/network/allocation.ts'
import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import { hitchOf, type PatienceParts } from '../patience.ts'
import type { Removal } from '../resource/provider.ts'
import type { Resources } from '../resource/resources.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import type { Addresses } from './addresses.ts'

const EVERY_MS = 60_000
const LANES = 4
/** What is left comes with the next sweep. */
const MOST = 256

export interface SweepAddressesParts extends PatienceParts {
  readonly networks: Pick<Resources<Network>, 'all'>
  readonly machines: Pick<Resources<Machine>, 'find' | 'read'>
  readonly addresses: Pick<Addresses, 'release'>
  /** Of the machines of a namespace that isn't seen nobody can say that they are gone. */
  readonly isSeen: (namespace: string) => boolean
  /** Takes away what a provider still has of a machine that is gone. */
  readonly removeRest: (machine: ResourceIdentity) => Promise<Removal>
}

export interface AddressSweep {
  /**
   * Gives back the addresses of machines that are gone without us, by a finalizer taken off or a restored backup, once
   * their provider has nothing of them; at once where their network is being deleted and given up.
   */
  sweep(): Promise<Outcome>
  /** Why a machine that is gone still has its address, in words, as of the last sweep; undefined = it is not looked at yet. */
  keptBy(machineUid: string): string | undefined
}

interface LostAddress extends Sweepable {
  readonly network: Pick<ResourceIdentity, 'namespace' | 'name'>
  readonly provider: Allocation['provider']
  /** Whoever deletes its network does not wait for its provider. */
  readonly abandoned: boolean
}

export function addressSweep(parts: SweepAddressesParts): AddressSweep {
  const { networks, machines, addresses, isSeen } = parts
  /** By the uids of machines whose addresses are not given back yet. */
  const kept = new Map<string, string>()

  async function restOf(machine: LostAddress): Promise<Removal> {
    const { namespace, name, uid, provider, abandoned } = machine
    return abandoned || provider === 'Simulated' ? { kind: 'gone' } : parts.removeRest({ namespace, name, uid })
  }
  async function work(machine: LostAddress): Promise<boolean | 'later'> {
    const { namespace, name, uid, network } = machine
    if ((await machines.read(namespace, name))?.uid === uid) {
      kept.set(uid, 'it is there')
      return 'later'
    }
    const removal = await restOf(machine)
    if (removal.kind === 'going') {
      kept.set(uid, `its provider still has something of it: ${removal.message}`)
      return 'later'
    }
    await addresses.release(network, uid)
    kept.delete(uid)
    return true
  }
  const giveBack = sweeper<LostAddress>({
    ...parts,
    ...{ operation: 'give addresses of lost machines back', lanes: LANES, most: MOST },
    sharedBy: ({ network }) => `network ${keyOf(network.namespace, network.name)}`,
    work: (machine) =>
      work(machine).catch((error) => {
        kept.set(machine.uid, hitchOf(error).reason)
        throw error
      }),
  })

  function lostOf({ namespace, name, status, abandoned, deletingSince }: Network): LostAddress[] {
    const isGivenUp = abandoned && deletingSince !== undefined
    return (status?.allocations ?? []).flatMap((machine) => {
      const { namespace: of, name: called, uid, provider } = machine
      const isLost = isSeen(of) ? machines.find(keyOf(of, called))?.uid !== uid : isGivenUp
      const network = { namespace, name }
      return isLost ? [{ namespace: of, name: called, uid, network, provider, abandoned: isGivenUp }] : []
    })
  }

  return {
    async sweep() {
      const lost = [...networks.all()].flatMap(lostOf)
      const uids = new Set(lost.map(({ uid }) => uid))
      for (const uid of kept.keys()) if (!uids.has(uid)) kept.delete(uid)
      await giveBack(lost)
      return recheckAfter(EVERY_MS)
    },
    keptBy: (machineUid) => kept.get(machineUid),
  }
}
