import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import {
  type KubernetesObject,
  withoutManagedFields,
} from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { anEvent, anObject, aReflector, aRunningReflector, expired, reset } from './a-reflector.ts'

describe('reflector', () => {
  it('lists, tells what is there and that it is synced, and watches from the version of the list', async () => {
    const { clock, server, told, cache } = aReflector()
    server.willList({ items: [anObject('a', '5'), anObject('b', '7')], resourceVersion: '10' })
    cache.start()
    assert.equal(await cache.synced, true)
    await clock.settle()
    assert.deepEqual(told, ['added a', 'added b', 'synced'])
    assert.equal(server.last.request.resourceVersion, '10')
    assert.equal(cache.get('shop/a')?.metadata.name, 'a')
    assert.equal(cache.size, 2)
    assert.equal(cache.list().length, 2)
  })

  it('asks for a watch of 300 to 600 seconds', async () => {
    for (const [random, want] of [
      [0, 300],
      [0.5, 450],
      [0.999, 600],
    ] as const) {
      const { server } = await aRunningReflector({ random: () => random })
      assert.equal(server.last.request.timeoutSeconds, want)
    }
  })

  it('begins from a given state without a list', async () => {
    const { clock, server, told, cache } = aReflector()
    cache.start({ items: [anObject('a', '5')], resourceVersion: '10' })
    assert.deepEqual(told, ['added a', 'synced'])
    await clock.settle()
    assert.equal(server.listed, 0)
    assert.equal(server.last.request.resourceVersion, '10')
  })

  it('takes a given state over while it runs and watches on from its version', async () => {
    const { clock, server, told, cache } = await aRunningReflector()
    const before = server.last
    cache.start({ items: [anObject('b', '18')], resourceVersion: '20' })
    await clock.settle()
    assert.deepEqual(told, ['deleted a', 'added b'])
    assert.equal(before.request.signal.aborted, true)
    assert.equal(server.last.request.resourceVersion, '20')
    before.send(anEvent('ADDED', 'late', '21'))
    assert.equal(cache.size, 1)
  })

  it('follows events; a bookmark only moves the version', async () => {
    const { clock, server, told, cache } = await aRunningReflector()
    server.last.send(anEvent('ADDED', 'b', '11'), anEvent('MODIFIED', 'a', '12'), anEvent('DELETED', 'b', '13'))
    server.last.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '99' } } })
    assert.deepEqual(told, ['added b', 'updated a 5 to 12', 'deleted b'])
    assert.equal(cache.size, 1)
    await clock.advance(2_000)
    server.last.end()
    await clock.settle()
    assert.equal(server.last.request.resourceVersion, '99')
  })

  it('watches on at once when the server ends a watch', async () => {
    const { clock, server, told } = await aRunningReflector()
    await clock.advance(300_000)
    server.last.end()
    await clock.settle()
    assert.equal(server.watches.length, 2)
    assert.deepEqual(told, ['resumed'])
    assert.equal(server.listed, 1)
  })

  it('watches on at once after a connection was cut that had lasted', async () => {
    const { clock, server, told } = await aRunningReflector()
    server.last.send(anEvent('ADDED', 'b', '11'))
    server.last.fail(reset())
    await clock.settle()
    assert.equal(server.last.request.resourceVersion, '11')
    assert.deepEqual(told, ['added b', 'watch failed', 'resumed'])
  })

  it('waits longer and longer while watches fail at once, for ever, without another list', async () => {
    const { clock, server } = await aRunningReflector()
    const at: number[] = []
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const seen = server.watches.length
      const failedAt = clock.now()
      server.last.fail(new UnknownOutcomeError('connect ECONNREFUSED', false))
      while (server.watches.length === seen) await clock.advance(100)
      at.push(clock.now() - failedAt)
    }
    assert.deepEqual(at, [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000])
    assert.equal(server.listed, 1)
  })

  it('waits before it watches again when the server refuses, however long the watch had lasted', async () => {
    const { clock, server } = await aRunningReflector()
    await clock.advance(60_000)
    server.last.fail(new ApiError(429, { kind: 'Status', message: 'too many requests' }))
    await clock.advance(799)
    assert.equal(server.watches.length, 1)
    await clock.advance(1)
    assert.equal(server.watches.length, 2)
  })

  it('waits before it watches again when a watch ended within a second without an event', async () => {
    const { clock, server } = await aRunningReflector()
    server.last.end()
    await clock.advance(799)
    assert.equal(server.watches.length, 1)
    await clock.advance(1)
    assert.equal(server.watches.length, 2)
  })

  it('lists again when the version is gone, and tells what happened meanwhile', async () => {
    const { clock, server, told, cache } = await aRunningReflector()
    server.willList({ items: [anObject('b', '25'), anObject('a', '5', 'another uid')], resourceVersion: '30' })
    server.last.fail(expired())
    await clock.advance(800)
    assert.equal(await cache.synced, true)
    assert.deepEqual(told, ['watch failed', 'relisted', 'added b'])
    assert.equal(server.last.request.resourceVersion, '30')
  })

  it('tells an object that was deleted and created again while it was not watching as deleted and added', async () => {
    const { clock, server, told } = await aRunningReflector()
    server.willList({ items: [anObject('a', '25', 'another uid')], resourceVersion: '30' })
    server.last.fail(expired())
    await clock.advance(800)
    assert.deepEqual(told, ['watch failed', 'relisted', 'deleted a', 'added a'])
  })

  it('lists soon when a server that was away for long has forgotten the version', async () => {
    const { clock, server } = await aRunningReflector()
    for (let attempt = 0; attempt < 9; attempt += 1) {
      server.last.fail(new UnknownOutcomeError('connect ECONNREFUSED', false))
      await clock.advance(30_000)
    }
    server.willList({ items: [], resourceVersion: '3' })
    server.last.fail(expired())
    await clock.advance(800)
    assert.equal(server.listed, 2)
  })

  it('does not list in a tight loop when every version is gone at once', async () => {
    const { clock, server } = await aRunningReflector()
    for (let version = 0; version < 1_000; version += 1) server.willList({ items: [], resourceVersion: '30' })
    const startedAt = clock.now()
    while (clock.now() - startedAt < 60_000) {
      server.last.send(anEvent('ADDED', 'b', '31'))
      server.last.fail(expired())
      await clock.advance(100)
    }
    assert.ok(server.listed <= 8, `${server.listed} lists in a minute`)
  })

  it('tries failing lists again with growing waits until one succeeds', async () => {
    const { clock, server, told, cache } = aReflector()
    server.willList(reset(), new ApiError(500, 'oops'), { items: [], resourceVersion: '3' })
    cache.start()
    await clock.advance(800)
    assert.equal(server.listed, 2)
    await clock.advance(1_600)
    assert.deepEqual(told, ['list failed', 'list failed', 'synced'])
  })

  it('gives up a watch that outlives its time by 30 seconds', async () => {
    const { clock, server, told } = await aRunningReflector()
    await clock.advance(329_999)
    assert.equal(server.watches.length, 1)
    await clock.advance(1)
    assert.equal(server.watches[0]?.request.signal.aborted, true)
    assert.equal(server.watches.length, 2)
    assert.deepEqual(told, ['watch failed', 'resumed'])
  })

  it('goes on when a handler throws or rejects', async () => {
    const errors: unknown[] = []
    const { clock, server, cache } = await aRunningReflector({
      handlers: {
        onAdded: () => {
          throw new Error('broken')
        },
        onUpdated: (async () => {
          throw new Error('broken later')
        }) as () => void,
      },
      observer: { failed: (_operation, error) => void errors.push((error as Error).message) },
    })
    server.last.send(anEvent('ADDED', 'b', '11'), anEvent('MODIFIED', 'b', '12'))
    await clock.settle()
    assert.deepEqual(errors, ['broken', 'broken', 'broken later'])
    assert.equal(cache.get('shop/b')?.metadata.resourceVersion, '12')
    assert.equal(server.watches.length, 1)
  })

  it('knows when it last heard of the server, bookmarks included', async () => {
    const { clock, server, cache } = await aRunningReflector()
    const listedAt = clock.now()
    assert.equal(cache.lastEventAt, listedAt)
    await clock.advance(60_000)
    server.last.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '11' } } })
    assert.equal(cache.lastEventAt, listedAt + 60_000)
  })

  it('keeps what the transformation leaves', async () => {
    const { server, cache } = await aRunningReflector({ transform: withoutManagedFields })
    const object: KubernetesObject = { metadata: { ...anObject('b', '11').metadata, managedFields: [{ big: true }] } }
    server.last.send({ type: 'ADDED', object })
    assert.deepEqual(cache.get('shop/b'), anObject('b', '11'))
  })

  it('ends its watch and keeps its objects when it is stopped', async () => {
    const { clock, server, told, cache } = await aRunningReflector()
    await cache.stop()
    server.last.send(anEvent('ADDED', 'b', '11'))
    await clock.advance(600_000)
    assert.equal(server.watches.length, 1)
    assert.deepEqual(told, [])
    assert.equal(cache.size, 1)
    assert.equal(clock.timers, 0)
  })

  it('answers that it is not synced when it is stopped before', async () => {
    const { clock, server, cache } = aReflector()
    server.willList(reset())
    cache.start()
    await clock.settle()
    await cache.stop()
    assert.equal(await cache.synced, false)
  })
})
