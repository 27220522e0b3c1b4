import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { ObjectList } from '../../../../operator/infrastructure/kubernetes/resource-client.ts'
import { listIfPossible } from '../../../../operator/programs/operator/list-if-possible.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const list: ObjectList<KubernetesObject> = { items: [], resourceVersion: '7', date: undefined }

describe('listIfPossible', () => {
  it('gives the list', async () => {
    assert.equal(await listIfPossible(fakeClock(), { list: async () => list }, 'shop'), list)
  })

  it('goes on without it where it is refused', async () => {
    const refused = { list: () => Promise.reject(new Error('vnetworks is forbidden')) }
    assert.equal(await listIfPossible(fakeClock(), refused, 'shop'), undefined)
  })

  it('goes on without it where no answer comes, after seconds', async () => {
    const clock = fakeClock()
    const given: unknown[] = []
    const hangs = { list: () => new Promise<never>(() => undefined) }
    void listIfPossible(clock, hangs, 'shop').then((found) => given.push(found))
    await clock.advance(9_999)
    assert.deepEqual(given, [])
    await clock.advance(1)
    assert.deepEqual(given, [undefined])
  })
})
