import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { ResourceClient } from '../../../../operator/infrastructure/kubernetes/resource-client.ts'
import { watchedCache } from '../../../../operator/infrastructure/kubernetes/watched-cache.ts'

const forbidden = new ApiError(403, { kind: 'Status', reason: 'Forbidden', message: 'forbidden in team-b' })

function aCache(namespaces: readonly string[], most?: number) {
  const failing = new Set<string>()
  const objectIn = (namespace = '') => ({ metadata: { namespace, name: 'lamp', uid: namespace, resourceVersion: '7' } })
  const client = {
    async list({ namespace }: { namespace: string }) {
      if (failing.has(namespace)) throw forbidden
      return { items: [objectIn(namespace)], resourceVersion: '7', date: undefined }
    },
    watch: ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  } as unknown as ResourceClient<KubernetesObject>
  const cache = watchedCache<KubernetesObject>({
    client,
    namespaces,
    ...(most !== undefined && { most }),
    random: () => 0.5,
    observer: {},
    clock: {
      now: () => 0,
      schedule: () => () => undefined,
    },
  })
  return { cache, failing }
}

describe('watchedCache', () => {
  it('has what it could list, and names the namespace that it could not, with the reason', async () => {
    const { cache, failing } = aCache(['team-a', 'team-b'])
    failing.add('team-b')
    assert.deepEqual(
      [[...cache.unlisted], cache.ready],
      [
        [
          ['team-a', ''],
          ['team-b', ''],
        ],
        false,
      ],
    )
    cache.start()
    await turn()
    assert.deepEqual(
      cache.list().map(({ metadata }) => metadata.namespace),
      ['team-a'],
    )
    assert.deepEqual([[...cache.unlisted], cache.ready], [[['team-b', 'forbidden in team-b']], true])
    await cache.stop()
  })

  it('is not ready while nothing could be listed', async () => {
    const { cache, failing } = aCache(['team-b'])
    failing.add('team-b')
    cache.start()
    await turn()
    assert.equal(cache.ready, false)
    await cache.stop()
  })

  it('begins in one namespace alone, from a list or with its own', async () => {
    const { cache } = aCache(['team-a', 'team-b', 'team-c'])
    const item = {
      metadata: { namespace: 'team-a', name: 'given', uid: 'g', resourceVersion: '5' },
    } as KubernetesObject
    assert.equal(await cache.follow('team-a', { items: [item], resourceVersion: '5', date: undefined }), true)
    assert.equal(await cache.follow('team-b'), true)
    assert.deepEqual([cache.get('team-a/given')?.metadata.uid, cache.get('team-b/lamp')?.metadata.uid], ['g', 'team-b'])
    assert.deepEqual([...cache.unlisted.keys()], ['team-c'])
    await cache.stop()
  })

  it('follows no namespace that it does not watch', async () => {
    const { cache } = aCache(['team-a'])
    assert.equal(await cache.follow('team-z'), false)
  })

  it('keeps no more than it may, and says in which namespace it would keep one more', async () => {
    const { cache } = aCache(['team-a', 'team-b', 'team-c'], 2)
    assert.equal(await cache.follow('team-a'), true)
    assert.deepEqual([cache.hasRoom('team-a'), cache.hasRoom('team-b')], [false, true])
    assert.equal(await cache.follow('team-b'), true)
    assert.equal(await cache.follow('team-c'), true)
    assert.deepEqual([cache.size, cache.isWhole('team-b'), cache.isWhole('team-c')], [2, true, false])
    await cache.stop()
  })
})
