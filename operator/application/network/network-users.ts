import type { Allocation } from '../../domain/network/allocation.ts'
import type { Network } from '../../domain/network/network.ts'
import { type KnownUsers, type Users, type UserWords, usersInWords } from '../resource/users.ts'

/** What is known of the machines of networks. */
export interface NetworkMachines extends KnownUsers {
  /** Those that say that they are on exactly this network, as far as they were seen. */
  readonly on: (network: Network) => readonly Allocation[]
  /** Where machines that may use it were not seen yet, in words; undefined = nowhere. */
  readonly unseen: (network: Network) => string | undefined
}

const words: UserWords = {
  there: 'machines are on it, which have to be deleted first',
  gone: 'machines that are gone still have addresses',
  hidden: 'machines have addresses of which nobody can see whether they are gone',
  unknown: 'whether machines are on it is not known',
}

/**
 * What a network is not taken away from, in words: machines that have an address by its list or by their own statuses,
 * and those that may be there; undefined = nobody.
 */
export function usersOf(machines: NetworkMachines, network: Network): Users | undefined {
  return usersInWords(machines, {
    ...{ used: network, command: 'vnetwork', words },
    users: [...(network.status?.allocations ?? []), ...machines.on(network)],
    unseen: machines.unseen(network),
  })
}
