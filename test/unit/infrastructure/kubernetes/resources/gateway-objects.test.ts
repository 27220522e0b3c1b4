import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Caller } from '../../../../../operator/application/gateway/caller.ts'
import type { KubernetesObject } from '../../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { ObjectList } from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import { gatewayObjects } from '../../../../../operator/infrastructure/kubernetes/resources/gateway-objects.ts'

const none: ObjectList<KubernetesObject> = { items: [], resourceVersion: '7', date: undefined }

/** Lists that end when a test says so. */
function slowLists() {
  const underWay: PromiseWithResolvers<typeof none>[] = []
  const list = () => {
    const begun = Promise.withResolvers<typeof none>()
    underWay.push(begun)
    return begun.promise
  }
  const get = async () => assert.fail('nothing is read')
  const objects = gatewayObjects({
    cache: { get: () => undefined, byIndex: () => [], position: () => '' },
    as: () => ({ get, list }),
    seen: () => assert.fail('there is nothing'),
    matches: () => true,
  })
  const read = async (user: string): Promise<string> => {
    const caller: Caller = { user, groups: [], token: user, tokenKey: user }
    try {
      return (await objects.readPage({ caller, namespace: 'shop' }, {}, { after: '', limit: 1 })).position
    } catch (error) {
      return error instanceof Problem ? error.reason : String(error)
    }
  }
  return { underWay, read }
}

describe('lists past memory', () => {
  it('are two at once of one user, whose fault a third one is, and who keeps nobody else out', async () => {
    const { underWay, read } = slowLists()
    const [first, second] = [read('ana'), read('ana')]
    assert.equal(await read('ana'), 'TooManyRequests')
    const other = read('bob')
    assert.equal(underWay.length, 3)
    for (const one of underWay) one.resolve(none)
    assert.deepEqual(await Promise.all([first, second, other]), ['7', '7', '7'])
  })

  it('are four at once in all, which is the fault of nobody who comes then', async () => {
    const { underWay, read } = slowLists()
    const four = ['ana', 'bob', 'eve', 'tom'].map(read)
    assert.equal(await read('zoe'), 'Overloaded')
    for (const one of underWay) one.resolve(none)
    assert.deepEqual(await Promise.all(four), ['7', '7', '7', '7'])
  })

  it('make room for others also where they fail', async () => {
    const { underWay, read } = slowLists()
    const failing = [read('ana'), read('ana')]
    for (const one of underWay) one.reject(new Error('away'))
    assert.deepEqual(await Promise.all(failing), ['ApiServerAway', 'ApiServerAway'])
    const again = read('ana')
    underWay.at(-1)?.resolve(none)
    assert.equal(await again, '7')
  })
})
