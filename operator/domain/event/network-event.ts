import { type Network, type NetworkOperation, networkIdOf } from '../network/network.ts'
import type { StockEvent } from './event.ts'
import { type EventWords, type ResourceEventContext, resourceEventFrom } from './resource-event.ts'

const verbs: Readonly<Record<NetworkOperation, string>> = {
  Request: 'requested',
  Claim: 'claimed',
  Activate: 'activated',
  Fail: 'failed',
  Delete: 'deleted',
}

const words: EventWords<Network> = {
  ...{ noun: 'network', plural: 'vnetworks', verbs },
  id: (network) => ({ networkId: networkIdOf(network), fabric: network.spec.fabric }),
  resources: ({ spec }) => ({ cidr: spec.cidr, vlan: spec.vlan }),
}

/** The event of one step of a network. Throws when the step is not, or no longer, in its history. */
export function networkEventFrom(network: Network, context: ResourceEventContext): StockEvent {
  return resourceEventFrom(words, network, context)
}
