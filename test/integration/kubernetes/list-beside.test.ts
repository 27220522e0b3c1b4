import assert from 'node:assert/strict'
import { ApiError } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { keyOfObject, withoutManagedFields } from '../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { listBeside } from '../../../operator/infrastructure/kubernetes/list-beside.ts'
import type { ResourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { aConfigMap, type ConfigMap, clientOf, configMaps, makeNamespace } from './config-maps.ts'

/** By key; without the kind, which the server leaves out in lists of its own resources, and what lists leave out. */
const contents = (maps: readonly ConfigMap[]) =>
  new Map(maps.map(withoutManagedFields).map((map) => [keyOfObject(map), { metadata: map.metadata, data: map.data }]))

describe('a list beside what is known, on a real API server', function () {
  this.timeout(60_000)
  let client: KubernetesClient

  before(() => {
    client = clientOf(testbed().kubeconfigPath)
  })

  after(() => client.close())

  /** `count` objects of a namespace of their own, all of them known, and how often anything is read whole. */
  async function known(namespace: string, count: number) {
    await makeNamespace(client, namespace)
    const maps = configMaps(client)
    const names = Array.from({ length: count }, (_, index) => `map-${index}`)
    await Promise.all(names.map((name) => maps.create(aConfigMap(namespace, name, { n: '1' }))))
    const { items } = await maps.list({ namespace })
    const objects = new Map(items.map((item) => [keyOfObject(item), item]))
    const reads: string[] = []
    const counted: ResourceClient<ConfigMap> = {
      ...maps,
      list: (options) => {
        reads.push('everything')
        return maps.list(options)
      },
      get: (space, name, options) => {
        reads.push(name)
        return maps.get(space, name, options)
      },
    }
    const listed = async (from = counted) => {
      const list = await listBeside(from, (key) => objects.get(key), { namespace })
      const whole = await maps.list({ namespace })
      assert.deepEqual(contents(list.items), contents(whole.items))
      return list
    }
    return { maps, counted, objects, reads, listed }
  }

  it('reads nothing again that it has in its present version', async () => {
    const { listed, reads, objects } = await known('beside-same', 20)
    const { items, resourceVersion } = await listed()
    assert.ok(items.every((item) => objects.get(keyOfObject(item)) === item))
    assert.ok(Number(resourceVersion) >= Math.max(...items.map(({ metadata }) => Number(metadata.resourceVersion))))
    assert.deepEqual(reads, [])
  })

  it('reads what was changed, made, or made again under its name, and leaves out what is gone', async () => {
    const namespace = 'beside-others'
    const { maps, listed, reads } = await known(namespace, 20)
    await maps.mergePatch(namespace, 'map-1', { data: { n: '2' } })
    await maps.delete(namespace, 'map-2')
    await maps.delete(namespace, 'map-3')
    await maps.create(aConfigMap(namespace, 'map-3', { n: '1' }))
    await maps.create(aConfigMap(namespace, 'new'))
    await listed()
    assert.deepEqual(reads.sort(), ['map-1', 'map-3', 'new'])
  })

  it('leaves out what goes between the list and its own read', async () => {
    const namespace = 'beside-going'
    const { maps, counted, listed, reads } = await known(namespace, 3)
    await maps.mergePatch(namespace, 'map-1', { data: { n: '2' } })
    const racing: ResourceClient<ConfigMap> = {
      ...counted,
      async get(space, name, options) {
        await maps.delete(space, name)
        return counted.get(space, name, options)
      },
    }
    assert.equal((await listed(racing)).items.length, 2)
    assert.deepEqual(reads, ['map-1'])
  })

  it('rejects when one of them can not be read, or nobody who knows says that it is gone', async () => {
    const namespace = 'beside-failing'
    const { maps, counted, objects } = await known(namespace, 3)
    await maps.mergePatch(namespace, 'map-1', { data: { n: '2' } })
    for (const error of [new Error('cut'), new ApiError(404, '404 page not found')]) {
      const failing = { ...counted, get: () => Promise.reject(error) }
      await assert.rejects(
        listBeside(failing, (key) => objects.get(key), { namespace }),
        error,
      )
    }
  })

  it('reads everything at once when it knows too little', async () => {
    const { counted, listed, objects, reads } = await known('beside-much', 600)
    objects.clear()
    await listed()
    assert.deepEqual(reads, ['everything'])
    const { items } = await listBeside(counted, () => undefined, { namespace: 'beside-much', mostReads: 599 })
    assert.deepEqual([items.length, reads], [600, ['everything', 'everything']])
  })
})
