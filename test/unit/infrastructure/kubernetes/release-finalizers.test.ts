import assert from 'node:assert/strict'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import {
  type FinalizedKind,
  releaseFinalizers,
} from '../../../../operator/infrastructure/kubernetes/release-finalizers.ts'

const finalizer = 'kbnt.io/stock-in-use'

/** Stocks of a whole cluster; somebody's policy lets nobody change what is in `frozen`. */
function aCluster(namespaces: readonly string[], frozen: string) {
  const held = new Map<string, KubernetesObject>()
  for (const namespace of namespaces)
    for (let one = 0; one < 40; one += 1)
      held.set(`${namespace}/s${one}`, { metadata: { namespace, name: `s${one}`, finalizers: [finalizer] } })
  const client = {
    listEach: (onPage: (items: KubernetesObject[]) => Promise<void>) => onPage([...held.values()]),
    get: async () => assert.fail('no conflict, no read'),
    async mergePatch(namespace: string, name: string) {
      if (namespace === frozen) throw new ApiError(403, { kind: 'Status', reason: 'Forbidden', message: 'a freeze' })
      const object = held.get(`${namespace}/${name}`) as KubernetesObject
      held.delete(`${namespace}/${name}`)
      return { body: object, date: undefined }
    },
  } as unknown as FinalizedKind['client']
  const left = (namespace: string) =>
    [...held.values()].filter(({ metadata }) => metadata.namespace === namespace).length
  return { client, left }
}

describe('Finalizers that come off in a whole cluster', () => {
  it('stay where somebody refuses that, and nowhere else', async () => {
    const { client, left } = aCluster(['frozen', 'shop', 'store'], 'frozen')
    await assert.rejects(releaseFinalizers({ client, isOurs: () => true, finalizer }, undefined), /a freeze/)
    assert.deepEqual([left('frozen'), left('shop'), left('store')], [40, 0, 0])
  })

  it("stay on one that has become somebody else's when it is looked at again", async () => {
    const listed = { metadata: { namespace: 'shop', name: 'cup', uid: 'before', finalizers: [finalizer] } }
    let writes = 0
    const client = {
      listEach: (onPage: (items: KubernetesObject[]) => Promise<void>) => onPage([listed]),
      get: async () => ({ body: { metadata: { ...listed.metadata, uid: 'anew' } }, date: undefined }),
      async mergePatch() {
        writes += 1
        if (writes > 1) return { body: listed, date: undefined }
        throw new ApiError(409, { kind: 'Status', reason: 'Conflict', message: 'the object has been modified' })
      },
    } as unknown as FinalizedKind['client']
    const isOurs = ({ metadata }: KubernetesObject) => metadata.uid === 'before'
    assert.equal(await releaseFinalizers({ client, isOurs, finalizer }, undefined), 0)
    assert.equal(writes, 1)
  })

  it('are counted', async () => {
    const { client } = aCluster(['shop', 'store'], 'frozen')
    assert.equal(await releaseFinalizers({ client, isOurs: () => true, finalizer }, undefined), 80)
  })
})
