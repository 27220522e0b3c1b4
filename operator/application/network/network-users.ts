import type { Machine } from '../../domain/machine/machine.ts'
import type { Allocation } from '../../domain/network/allocation.ts'
import type { Network } from '../../domain/network/network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Resources } from '../resource/resources.ts'

const MOST_NAMED = 3

/** What is known of the machines of networks. */
export interface NetworkMachines extends Pick<Resources<Machine>, 'find'> {
  /** Those that say that they are on exactly this network, as far as they were seen. */
  readonly on: (network: Network) => readonly Allocation[]
  /** Where machines that may use it were not seen yet, in words; undefined = nowhere. */
  readonly unseen: (network: Network) => string | undefined
  /** Of the machines of a namespace that isn't seen nobody can say that they are gone. */
  readonly isSeen: (namespace: string) => boolean
  /** Why a machine that is gone still has its address, in words, as of the last sweep; undefined = it is not looked at yet. */
  readonly keptBy: (machineUid: string) => string | undefined
}

/**
 * What a network is not taken away from, in words: machines that have an address by its list or by their own statuses,
 * and those that may be there; undefined = nobody.
 */
export function usersOf(machines: NetworkMachines, network: Network): string | undefined {
  const users = usersNamed(machines, network)
  const unseen = machines.unseen(network)
  const words = [
    saying('machines are on it, which have to be deleted first', users.there),
    saying('machines that are gone still have addresses', users.gone),
    saying('machines have addresses of which nobody can see whether they are gone', users.unseen),
    ...(unseen === undefined ? [] : [`whether machines are on it is not known: ${unseen}`]),
    ...wayOut(network, users),
  ].filter((part) => part !== '')
  return words.length === 0 ? undefined : words.join('; ')
}

interface Users {
  /** As last seen. */
  readonly there: readonly string[]
  readonly gone: readonly string[]
  /** Of a namespace that isn't seen. */
  readonly unseen: readonly string[]
}

function usersNamed(machines: NetworkMachines, network: Network): Users {
  const listed = network.status?.allocations ?? []
  const uids = new Set(listed.map(({ uid }) => uid))
  const there: string[] = []
  const gone: string[] = []
  const unseen: string[] = []
  for (const { namespace, name, uid } of [...listed, ...machines.on(network).filter((one) => !uids.has(one.uid))]) {
    const key = keyOf(namespace, name)
    const kept = machines.keptBy(uid)
    const why = kept === undefined ? key : `${key} (${kept})`
    if (!machines.isSeen(namespace)) unseen.push(why)
    else if (machines.find(key)?.uid === uid) there.push(key)
    else gone.push(why)
  }
  return { there, gone, unseen }
}

function saying(what: string, named: readonly string[]): string {
  if (named.length === 0) return ''
  const more = named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : ''
  return `${what}: ${named.slice(0, MOST_NAMED).join(', ')}${more}`
}

/** Of those that are there nobody has a way but to delete them. */
function wayOut({ name, deletingSince, abandoned }: Network, { gone, unseen }: Users): readonly string[] {
  if (deletingSince === undefined || abandoned || gone.length + unseen.length === 0) return []
  return [`if what they had is gone for good: kubectl annotate vnetwork ${name} kbnt.io/abandon=true`]
}
