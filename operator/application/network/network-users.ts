import type { Allocation } from '../../domain/network/allocation.ts'
import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
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

const MOST_NAMED = 3

/** Whose addresses are not given back though they are gone, and what to do, as of the last sweep; undefined = nobody's. */
export function leftOn(machines: NetworkMachines, { name, status }: Network): string | undefined {
  const left = (status?.allocations ?? []).flatMap((one) => {
    const key = keyOf(one.namespace, one.name)
    const kept = machines.find(key)?.uid === one.uid ? undefined : machines.keptBy(one.uid)
    return kept === undefined ? [] : [{ ...one, words: `${key} (${kept})` }]
  })
  if (left.length === 0) return undefined
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : ''
  const named = left.slice(0, MOST_NAMED).map(({ words: text }) => text)
  const way = `; if what those had is gone for good: kubectl annotate vnetwork ${name} kbnt.io/abandon=true, and take it off again`
  const isUnwritten = left.some(({ provider }) => provider === undefined)
  return `${words.gone}: ${named.join(', ')}${more}${isUnwritten ? way : ''}`
}
