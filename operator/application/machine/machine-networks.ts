import type { AttachedNetwork, Machine, NetworkPlace, ProviderName } from '../../domain/machine/machine.ts'
import { type Hindrance, namedNetwork, networkAgainst } from '../../domain/machine/network-use.ts'
import { addressCount } from '../../domain/network/allocation.ts'
import type { Fabric } from '../../domain/network/fabric.ts'
import type { Network } from '../../domain/network/network.ts'
import { claimedCidr } from '../../domain/network/network-outlook.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { childNameOf, isTrue, type ResourceIdentity } from '../../domain/resource/resource.ts'
import { messageOf } from '../message-of.ts'
import type { AddressAnswer, Addresses } from '../network/addresses.ts'
import type { Why as AnyWhy } from '../resource/resource-parts.ts'
import type { Resources } from '../resource/resources.ts'

export interface MachineNetworksParts {
  readonly networks: Pick<Resources<Network>, 'find' | 'all' | 'read'>
  readonly addresses: Addresses
  /** Whether this install looks after networks of a namespace. */
  readonly isServed: (namespace: string) => boolean
  /** Whether all of them were seen. */
  readonly isSeen: (namespace: string) => boolean
  /** What the settings say of a fabric; undefined = nothing. */
  readonly fabricOf: (name: string) => Fabric | undefined
  readonly providerOf: (machine: Machine) => ProviderName
  readonly now: () => number
}

type NetworkId = Pick<ResourceIdentity, 'namespace' | 'name'>
type Why = Hindrance & Pick<AnyWhy<never>, 'recheckAfterMs' | 'fault'>

/** The networks that machines are on. */
export interface MachineNetworks {
  /** Why a machine can't be on its network for now, as last seen; undefined = it can, or is on none of ours. */
  missing(machine: Machine): Why | undefined
  /** Has an address be its own. `network` undefined: it is on none of ours. Never throws: where nobody knows whether it came through there is a `fault`. */
  attach(machine: Machine): Promise<{ readonly network: AttachedNetwork | undefined } | Why>
  /** Whether it has an address of one of ours, by its own status or by the list of a network as last seen. */
  holds(machine: Machine): boolean
  /** Gives its address back; asks nobody when it holds none. Throws when nobody knows whether it came through. */
  detach(machine: Machine): Promise<void>
}

/** A machine and its network may be applied at once: so long the name is not taken for one of the provider's. */
const GRACE_MS = 5_000
/** Where the watch lags behind the store. */
const WATCH_LAG_MS = 1_000

export function machineNetworks(parts: MachineNetworksParts): MachineNetworks {
  const { networks, addresses, isServed, isSeen } = parts

  function idOf({ namespace, spec }: Machine): NetworkId | undefined {
    const id = spec.network === undefined ? undefined : namedNetwork(spec.network, namespace)
    return id && isServed(id.namespace) ? id : undefined
  }

  /** The network that has an address for it. What neither says, as where the watch lags, is left to the sweep. */
  function heldOf(machine: Machine): NetworkId | undefined {
    const id = idOf(machine)
    if (!id || machine.status?.network) return id
    const network = networks.find(keyOf(id.namespace, id.name))
    return network && addressIn(network, machine) !== undefined ? id : undefined
  }

  /** Nothing of one that has an address: its network waits for it, and each would wait for the other. */
  function against(machine: Machine, network: Network): Hindrance | undefined {
    if (addressIn(network, machine) !== undefined) return undefined
    const user = { namespace: machine.namespace, provider: parts.providerOf(machine) }
    return networkAgainst(network, user, parts.fabricOf(network.spec.fabric)?.kind) ?? fullFor(network)
  }

  /** When it was made; where its status has lost its network the list still has it. */
  function wasOnNone(machine: Machine): boolean {
    return isTrue(machine.status, 'Provisioned') && heldOf(machine) === undefined
  }

  /** The network that a provider's object of this name is of: by that name nobody would ask whose machines may be on it. */
  function behindOf({ namespace, name }: NetworkId): Network | undefined {
    for (const network of networks.all())
      if (network.namespace === namespace && definitionOf(network) === name) return network
    return undefined
  }

  /** Of one that nothing was seen of. */
  function unfound(machine: Machine, id: NetworkId): Why | undefined {
    const named = `${id.namespace}/${id.name}`
    if (!isSeen(id.namespace)) return unseen(id)
    const behind = behindOf(id)
    if (behind) return unshared(id, behind)
    const ageMs = parts.now() - machine.createdAt
    if (ageMs < 0 || ageMs >= GRACE_MS) return undefined
    const message = `there is no VirtualNetwork ${named} yet; in a moment it is taken for a network of the provider`
    return { reason: 'NetworkMissing', message, recheckAfterMs: GRACE_MS - ageMs }
  }

  async function attachTo(machine: Machine, network: Network): Promise<{ readonly network: AttachedNetwork } | Why> {
    const { namespace, name, uid } = machine
    const had = machine.status?.network
    const address = had?.uid === network.uid ? had.address : undefined
    const isTold = address !== undefined && isTrue(machine.status, 'Provisioned')
    if (isTold && addressIn(network, machine) === address) return { network: attachedTo(network, address) }
    const hindrance = isTold ? undefined : against(machine, network)
    if (hindrance) return hindrance
    const answer = await addresses.claim(network, {
      ...{ uid, namespace, name, address, provider: parts.providerOf(machine) },
    })
    return answer.kind === 'given' ? { network: attachedTo(network, answer.address) } : without(answer, network)
  }

  /** The store itself has to say that there is no network of ours before a name is taken for one of the provider. */
  async function attachToNone(machine: Machine, id: NetworkId): Promise<{ readonly network: undefined } | Why> {
    const why = unfound(machine, id)
    if (why) return why
    if (!(await networks.read(id.namespace, id.name))) return { network: undefined }
    const message = `network ${id.namespace}/${id.name} was just made`
    return { reason: 'NetworkUnseen', message, recheckAfterMs: WATCH_LAG_MS }
  }

  /** It was on another than the one that was seen, if one was: its own may have come meanwhile. */
  async function attachAgain(
    machine: Machine,
    id: NetworkId,
    had: NetworkPlace,
  ): Promise<{ readonly network: AttachedNetwork } | Why> {
    if (!isSeen(id.namespace)) return unseen(id)
    const stored = await networks.read(id.namespace, id.name)
    const isItsOwn = stored?.uid === had.uid || !isTrue(machine.status, 'Provisioned')
    return stored && isItsOwn ? attachTo(machine, stored) : gone(id)
  }

  async function attach(
    machine: Machine,
    id: NetworkId,
  ): Promise<{ readonly network: AttachedNetwork | undefined } | Why> {
    const had = machine.status?.network
    const network = networks.find(keyOf(id.namespace, id.name))
    if (network && (!had || had.uid === network.uid)) return attachTo(machine, network)
    return had ? attachAgain(machine, id, had) : attachToNone(machine, id)
  }

  return {
    missing(machine) {
      const id = idOf(machine)
      if (!id) return undefined
      const network = networks.find(keyOf(id.namespace, id.name))
      return network ? against(machine, network) : unfound(machine, id)
    },
    async attach(machine) {
      const id = idOf(machine)
      if (!id || wasOnNone(machine)) return { network: undefined }
      return attach(machine, id).catch((error: unknown) => unanswered(id, error))
    },
    holds: (machine) => heldOf(machine) !== undefined,
    async detach(machine) {
      const held = heldOf(machine)
      if (held) await addresses.release(held, machine.uid)
    },
  }
}

/** What a network as it is here has for a machine. */
function addressIn({ status }: Network, { uid }: Machine): string | undefined {
  return status?.allocations?.find((one) => one.uid === uid)?.address
}

function fullFor(network: Network): Hindrance | undefined {
  const { total, used } = addressCount(claimedCidr(network) ?? '', network.status?.allocations ?? [])
  return used < total ? undefined : exhausted(network)
}

function exhausted(network: Network): Hindrance {
  const { namespace, name } = network
  const { total } = addressCount(claimedCidr(network) ?? '', [])
  const message = `all ${total} addresses of network ${namespace}/${name} are given; it waits until a machine of it is deleted`
  return { reason: 'AddressesExhausted', message }
}

function without(answer: Exclude<AddressAnswer, { readonly kind: 'given' }>, network: Network): Why {
  const named = `network ${network.namespace}/${network.name}`
  switch (answer.kind) {
    case 'exhausted':
      return exhausted(network)
    case 'later': {
      const { message, recheckAfterMs } = answer
      return { reason: 'NetworkUnseen', message: notAsked(network, message), recheckAfterMs }
    }
    case 'lost':
      return { reason: 'NetworkNotActive', message: `${named} can't be used any more` }
    case 'unseen':
      return {
        reason: 'NetworkUnseen',
        message: `which addresses of ${named} are free is not known: ${answer.message}`,
      }
    case 'taken': {
      const { address, by } = answer
      const message = `its address ${address} of ${named} is also that of machine ${by.namespace}/${by.name}; delete one of them`
      return { reason: 'AddressTaken', message }
    }
    case 'differs': {
      const { address, listed } = answer
      const message = `its status says ${address}, and ${named} has ${listed} for it: both stay its own; delete this machine and apply it again`
      return { reason: 'AddressTaken', message }
    }
    case 'unknown': {
      const message = `neither its status nor ${named} says which address it was made with; delete this machine and apply it again`
      return { reason: 'AddressTaken', message }
    }
  }
}

function unseen({ namespace, name }: NetworkId): Hindrance {
  const named = `${namespace}/${name}`
  const message = `whether there is a VirtualNetwork ${named} is not known: those of its namespace were not listed yet`
  return { reason: 'NetworkUnseen', message }
}

function unanswered(id: NetworkId, error: unknown): Why {
  const message = notAsked(id, messageOf(error))
  return { reason: 'NetworkUnseen', message, fault: { error } }
}

/** The same words from whoever asks and whoever does not ask again so soon, so that no status goes back and forth. */
function notAsked({ namespace, name }: NetworkId, words: string): string {
  return `network ${namespace}/${name} can't be asked: ${words}`
}

function gone({ namespace, name }: NetworkId): Hindrance {
  const message = `the network ${namespace}/${name} that it is on is gone; delete this machine and apply it again`
  return { reason: 'NetworkMissing', message }
}

function unshared({ namespace, name }: NetworkId, { name: own }: Network): Hindrance {
  const message = `${namespace}/${name} is what the provider has of network ${namespace}/${own}; name that network instead`
  return { reason: 'NetworkNotShared', message }
}

/** The name of what its provider has of it, whatever a status says that may be of a network before it. */
function definitionOf({ name, uid }: Network): string {
  return childNameOf({ name, uid })
}

/** Its range is as its spec says, which never changes: a status may have been edited. */
function attachedTo(network: Network, address: string): AttachedNetwork {
  const { namespace, name, uid, status } = network
  const { provider = 'Simulated' } = status ?? {}
  const cidr = claimedCidr(network) ?? ''
  return { namespace, name, uid, address, cidr, provider, definition: definitionOf(network) }
}
