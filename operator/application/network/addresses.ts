import {
  type AddressWish,
  type Allocation,
  type Allotted,
  addressCount,
  allotted,
} from '../../domain/network/allocation.ts'
import type { Network, NetworkStatus } from '../../domain/network/network.ts'
import { claimedCidr } from '../../domain/network/network-outlook.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { isTrue, type ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Clock } from '../clock.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import { type Change, changeStatus } from '../resource/change-status.ts'
import type { Resources } from '../resource/resources.ts'
import { networkTurns } from './network-turns.ts'

/**
 * `lost`: the network is gone, is going, or can't be used any more. `unseen`: what others have is not all known yet;
 * `message`: why.
 */
export type AddressAnswer =
  | { readonly kind: 'given'; readonly address: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unseen'; readonly message: string }
  /** Nothing was asked, because the network is slow or has just failed. */
  | { readonly kind: 'later'; readonly message: string; readonly recheckAfterMs: number }
  | Exclude<Allotted, { readonly kind: 'given' }>

/** Who has which address of which network. */
export interface Addresses {
  /** Has an address be a machine's own, stored before it is answered. May be repeated. Throws when nobody knows whether it came through. */
  claim(network: ResourceIdentity, machine: AddressWish): Promise<AddressAnswer>
  /** Gives it back; nothing when it has none. May be repeated. Throws when nobody knows whether it came through. */
  release(network: Pick<ResourceIdentity, 'namespace' | 'name'>, machineUid: string): Promise<void>
}

export interface AddressesParts {
  readonly networks: Pick<Resources<Network>, 'read' | 'report'>
  readonly clock: Pick<Clock, 'tick' | 'schedule'>
  /** What machines were made with on this network, by their own statuses. */
  readonly known: (network: ResourceIdentity) => readonly Allocation[]
  /** Where machines that may use a network were not seen yet, in words; undefined = nowhere. Absent = all were seen. */
  readonly unseen?: (network: Network) => string | undefined
  /** Whether the claim of a network says that machines of a namespace may be on it; absent = it does. */
  readonly isFor?: (network: Network, namespace: string) => boolean
}

/** Nobody tells machines that a claim was written. */
const UNCLAIMED_MS = 5_000

/**
 * Addresses in the statuses of their networks. In this process the changes of one network come one after the other, or they
 * would be in each other's way, and none waits for long.
 */
export function networkAddresses({ networks, known, unseen, isFor, clock }: AddressesParts): Addresses {
  const turns = networkTurns(clock)

  const change = <T>(
    { namespace, name }: Pick<ResourceIdentity, 'namespace' | 'name'>,
    decide: (network: Network | undefined) => Change<Network, T>,
  ): Promise<T> => changeStatus(networks, { namespace, name, what: 'the addresses of network' }, decide)

  /** What there is against giving one that is not on it an address for now. */
  function against(network: Network, machine: AddressWish): AddressAnswer | undefined {
    const message = unseen?.(network)
    if (message !== undefined) return { kind: 'unseen', message }
    const isTheirs = machine.namespace === network.namespace || !isFor || isFor(network, machine.namespace)
    return isTheirs ? undefined : unclaimed(machine)
  }

  function claimed(
    stored: Network | undefined,
    network: ResourceIdentity,
    machine: AddressWish,
  ): Change<Network, AddressAnswer> {
    const cidr = stored?.status?.cidr === undefined ? undefined : claimedCidr(stored)
    const before = stored?.status?.allocations ?? []
    const has = before.some(({ uid }) => uid === machine.uid) || machine.address !== undefined
    if (stored?.uid !== network.uid || cidr === undefined || !(has || isOpen(stored)))
      return { answer: { kind: 'lost' } }
    const notYet = has ? undefined : against(stored, machine)
    if (notYet) return { answer: notYet }
    const answer = allotted(cidr, before, machine, known(network))
    if (answer.kind !== 'given') return { answer }
    const { kind, address, allocations } = answer
    return { answer: { kind, address }, status: statusWith(stored, allocations) }
  }

  return {
    claim: (network, machine) =>
      turns
        .take(keyOf(network.namespace, network.name), () =>
          change<AddressAnswer>(network, (stored) => claimed(stored, network, machine)),
        )
        .catch(laterOn),
    release: (network, machineUid) =>
      turns.take(keyOf(network.namespace, network.name), () =>
        change<void>(network, (stored) => {
          const before = stored?.status?.allocations ?? []
          const after = before.filter(({ uid }) => uid !== machineUid)
          return {
            answer: undefined,
            status: after.length < before.length ? statusWith(stored, after) : undefined,
          }
        }),
      ),
  }
}

/** When its network is gone nothing but the claim tells whose machines may be on it. */
function unclaimed({ namespace }: AddressWish): AddressAnswer {
  const message = `its claim on its fabric does not say yet that machines of namespace ${namespace} may be on it`
  return { kind: 'later', message, recheckAfterMs: UNCLAIMED_MS }
}

function laterOn(error: unknown): AddressAnswer {
  if (!(error instanceof NotItsTurn)) throw error
  const { message, recheckAfterMs } = error
  return { kind: 'later', message, recheckAfterMs }
}

/** Whether it takes machines that were not on it. */
function isOpen({ deletingSince, status }: Network): boolean {
  return deletingSince === undefined && status?.phase === 'Active' && isTrue(status, 'Ready')
}

/** Undefined = it says all that already. */
function statusWith(
  network: Network | undefined,
  allocations: readonly Allocation[] | undefined,
): NetworkStatus | undefined {
  if (!network?.status || !allocations) return undefined
  const { allocations: _, ...status } = network.status
  const cidr = status.cidr === undefined ? undefined : claimedCidr(network)
  return {
    ...status,
    ...(cidr !== undefined && { cidr, addresses: addressCount(cidr, allocations) }),
    ...(allocations.length > 0 && { allocations }),
  }
}
