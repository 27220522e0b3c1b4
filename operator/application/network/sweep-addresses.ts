import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Resources } from '../resource/resources.ts'
import { type Holding, type HoldingSweep, holdingSweep, type SweepHoldingsParts } from '../resource/sweep-holdings.ts'
import type { Addresses } from './addresses.ts'

export interface SweepAddressesParts
  extends Omit<SweepHoldingsParts<Holding>, 'operation' | 'held' | 'holders' | 'release'> {
  readonly networks: Pick<Resources<Network>, 'all'>
  readonly machines: SweepHoldingsParts<Holding>['holders']
  readonly addresses: Pick<Addresses, 'release'>
}

interface HeldAddress extends Holding {
  readonly network: Pick<ResourceIdentity, 'namespace' | 'name'>
}

/** Gives back the addresses of machines that are gone without us. */
export function addressSweep({ networks, machines, addresses, ...parts }: SweepAddressesParts): HoldingSweep {
  return holdingSweep<HeldAddress>({
    ...parts,
    ...{ operation: 'give addresses of lost machines back', holders: machines },
    held: () => [...networks.all()].flatMap(heldOf),
    release: ({ network, uid }) => addresses.release(network, uid),
  })
}

function heldOf({ namespace, name, status, abandoned, deletingSince }: Network): HeldAddress[] {
  const network = { namespace, name }
  return (status?.allocations ?? []).map(({ provider, ...machine }) => {
    const holder = { namespace: machine.namespace, name: machine.name, uid: machine.uid }
    return {
      ...{ ...holder, holder, provider, network, of: `network ${keyOf(namespace, name)}` },
      // An entry of before its provider was written down: who gives it up knows that nothing of it is left.
      abandoned: abandoned && (deletingSince !== undefined || provider === undefined),
    }
  })
}
