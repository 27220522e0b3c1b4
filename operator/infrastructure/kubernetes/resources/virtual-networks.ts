import type { Network, NetworkStatus } from '../../../domain/network/network.ts'
import { ownStatus } from '../../../domain/network/network-status.ts'
import type { VirtualNetwork } from './generated/virtual-network.ts'
import { identityOf, type StoredKind } from './stored-resources.ts'

export const NETWORK_FINALIZER = 'kbnt.io/network'

export const virtualNetworks = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'vnetworks',
  namespaced: true,
} as const

/** How a provider's objects say for which network they were made. */
export const networkMarks = {
  uid: 'kbnt.io/network-uid',
  name: 'kbnt.io/network',
} as const

/** Networks as the API server stores them. */
export const storedNetworks: StoredKind<VirtualNetwork, Network> = {
  name: 'VirtualNetwork',
  finalizer: NETWORK_FINALIZER,
  fromObject(object) {
    const { spec, status } = object
    return {
      ...identityOf(object, NETWORK_FINALIZER),
      spec,
      ...(status && { status: ownStatus({ uid: object.metadata.uid ?? '' }, status as NetworkStatus) }),
    }
  },
}
