import assert from 'node:assert/strict'
import type { VirtualNetwork } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-network.ts'
import { storedNetworks } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-networks.ts'
import { anActiveNetwork } from '../../../../fixtures/network-builders.ts'

describe('a network as it is stored', () => {
  const { uid, spec, status } = anActiveNetwork()
  const stored = (metadata: object) => ({ metadata: { namespace: 'team', name: 'blue', ...metadata }, spec, status })
  const read = (object: object) => storedNetworks.fromObject(object as VirtualNetwork)

  it('has its status', () => assert.deepEqual(read(stored({ uid })).status, status))

  it('has none where a restore has written that of a network before it: the rules of its fabric are for it, too', () =>
    assert.equal(read(stored({ uid: 'eeeeeeee-1111-4222-8333-444444444444' })).status, undefined))
})
