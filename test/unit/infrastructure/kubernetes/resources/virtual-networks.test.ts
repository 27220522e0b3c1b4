import assert from 'node:assert/strict'
import type { VirtualNetwork } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-network.ts'
import { storedNetworks } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-networks.ts'
import { anActiveNetwork } from '../../../../fixtures/network-builders.ts'

describe('a network as it is stored', () => {
  const { uid, spec, status } = anActiveNetwork()
  const stored = (metadata: object) => ({ metadata: { namespace: 'team', name: 'blue', ...metadata }, spec, status })
  const read = (object: object) => storedNetworks.fromObject(object as VirtualNetwork)

  it('has its status', () => assert.deepEqual(read(stored({ uid })).status, status))

  it('has nothing of one that a restore has written, and that is of a network before it, but what may never fall', () => {
    const { networkId, phase, provider, steps, published, history, conditions, cidr, allocations } =
      read(stored({ uid: 'eeeeeeee-1111-4222-8333-444444444444' })).status ?? {}
    assert.deepEqual([networkId, phase, provider], ['NET-EEEEEEEE', 'Pending', status.provider])
    assert.deepEqual([steps, published], [status.steps, status.steps])
    assert.deepEqual([history, conditions, cidr, allocations], [[], [], undefined, undefined])
  })
})
