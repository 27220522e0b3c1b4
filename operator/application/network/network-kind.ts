import type { Fabric } from '../../domain/network/fabric.ts'
import type { Network, NetworkProviderName } from '../../domain/network/network.ts'
import type { OwnNetworkReason } from '../../domain/network/network-reasons.ts'
import { networkStatusAfter } from '../../domain/network/network-status.ts'
import type { ProvidedNetwork } from '../../domain/network/provided-network.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { ClockCheck } from '../clock-check.ts'
import type { Provider, Removal } from '../resource/provider.ts'
import type { ReportParts, ResourceObserver } from '../resource/resource-parts.ts'
import type { Fabrics } from './fabrics.ts'
import type { NetworkMachines } from './network-users.ts'

export type NetworkProvider = Provider<Network, ProvidedNetwork, NetworkProviderName>
/** A provider that finds what it has of a network also where that is gone. */
export interface LastingNetworkProvider extends NetworkProvider {
  /** What it still has of one that is gone. `going` also where it can't look. */
  removeRest(network: ResourceIdentity): Promise<Removal>
  /** Everything that it has been seen to have, of networks that are there and of others. */
  seen(): Iterable<ResourceIdentity>
}
export type NetworkObserver = ResourceObserver<Network>

/** What the reconcile of a network works with. */
export interface NetworkParts extends ReportParts<Network, ProvidedNetwork, OwnNetworkReason> {
  readonly fabrics: Fabrics
  /** What the settings say of a fabric; undefined = nothing. */
  readonly fabricOf: (name: string) => Fabric | undefined
  /** Which networks may be there that were not seen yet, in words; undefined = none. */
  readonly unseen: () => string | undefined
  readonly machines: NetworkMachines
  readonly clockIsRight: ClockCheck
}

export interface NetworkChoices {
  readonly providers: Readonly<Record<NetworkProviderName, NetworkProvider>>
  /** For networks that name none. */
  readonly defaultProvider: NetworkProviderName
}

/** What is particular to networks. */
export function networkKind({ providers, defaultProvider }: NetworkChoices): NetworkParts['kind'] {
  return {
    ...{ what: 'network', name: 'VirtualNetwork', command: 'vnetwork', passing: new Set<string>(['Claimed']) },
    /** Settled with the first status, so that a changed setting moves no network. */
    providerOf: ({ spec, status }) => providers[status?.provider ?? spec.provider ?? defaultProvider],
    statusAfter: networkStatusAfter,
  }
}
