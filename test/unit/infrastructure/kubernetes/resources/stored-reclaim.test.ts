import assert from 'node:assert/strict'
import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { ResourceClient } from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualStorage } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-storage.ts'
import { storedReclaim } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-storages.ts'

const storage = { namespace: 'team', name: 'data', uid: 'its-uid' }

function aStore(answer: { readonly uid: string; readonly reclaim: string } | ApiError) {
  return {
    async get() {
      if (answer instanceof ApiError) throw answer
      return { body: { metadata: { ...storage, uid: answer.uid }, spec: { reclaim: answer.reclaim } } }
    },
  } as unknown as Pick<ResourceClient<VirtualStorage>, 'get'>
}

describe('storedReclaim', () => {
  it('is what the store says of just this storage, and keeps the data where it says nothing of it', async () => {
    assert.equal(await storedReclaim(aStore({ uid: 'its-uid', reclaim: 'Delete' }), storage), 'Delete')
    assert.equal(await storedReclaim(aStore({ uid: 'another', reclaim: 'Delete' }), storage), 'Retain')
    const none = new ApiError(404, { kind: 'Status', reason: 'NotFound' })
    assert.equal(await storedReclaim(aStore(none), storage), 'Retain')
  })

  it('is told by nobody while the store does not answer', async () => {
    const away = new ApiError(503, { kind: 'Status' })
    await assert.rejects(storedReclaim(aStore(away), storage), away)
  })
})
