import assert from 'node:assert/strict'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { aConfigMap, clientOf, configMaps, makeNamespace } from './config-maps.ts'

describe('resource client on a real API server', function () {
  this.timeout(60_000)
  const namespace = 'resource-client'
  let client: KubernetesClient

  before(async () => {
    client = clientOf(testbed().kubeconfigPath)
    await makeNamespace(client, namespace)
  })

  after(() => client.close())

  it('lists 1,200 objects in three pages as of one version', async () => {
    const maps = configMaps(client)
    const names = Array.from({ length: 1_200 }, (_, index) => `map-${String(index).padStart(4, '0')}`)
    await Promise.all(names.map((name) => maps.create(aConfigMap(namespace, name))))
    let pages = 0
    const counted = configMaps({
      ...client,
      call: (call) => {
        pages += 1
        return client.call(call)
      },
    })
    const list = await counted.list({ namespace })
    assert.deepEqual(
      list.items.map(({ metadata }) => metadata.name),
      names,
    )
    assert.equal(pages, 3)
    const newest = Math.max(...list.items.map(({ metadata }) => Number(metadata.resourceVersion)))
    assert.ok(Number(list.resourceVersion) >= newest)
    const some = await maps.list({ namespace, limit: 7, fieldSelector: 'metadata.name=map-0042' })
    assert.equal(some.items.length, 1)
  })

  it('gives the server’s clock with each answer', async () => {
    const { date } = await configMaps(client).get(namespace, 'map-0000')
    assert.ok(date !== undefined && Math.abs(date - Date.now()) < 5_000)
  })

  it('replaces the version that was read and no other', async () => {
    const maps = configMaps(client)
    const { body: first } = await maps.create(aConfigMap(namespace, 'replaced', { n: '1' }))
    const { body: second } = await maps.replace({ ...first, data: { n: '2' } })
    assert.deepEqual(second.data, { n: '2' })
    await assert.rejects(maps.replace({ ...first, data: { n: '3' } }), {
      name: 'ApiError',
      status: 409,
      reason: 'Conflict',
    })
  })

  it('patches', async () => {
    const maps = configMaps(client)
    await maps.create(aConfigMap(namespace, 'patched', { a: '1', b: '2' }))
    const merged = await maps.mergePatch(namespace, 'patched', { data: { a: null, c: '3' } })
    assert.deepEqual(merged.body.data, { b: '2', c: '3' })
    const step = { op: 'replace', path: '/data/b', value: '4' } as const
    assert.deepEqual((await maps.jsonPatch(namespace, 'patched', [step])).body.data, { b: '4', c: '3' })
  })

  it('tells missing, existing, invalid and forbidden apart', async () => {
    const maps = configMaps(client)
    await maps.create(aConfigMap(namespace, 'there'))
    await assert.rejects(maps.get(namespace, 'missing'), { status: 404, reason: 'NotFound' })
    await assert.rejects(maps.create(aConfigMap(namespace, 'there')), { status: 409, reason: 'AlreadyExists' })
    await assert.rejects(maps.create(aConfigMap(namespace, 'Not_A_Name')), { status: 422, reason: 'Invalid' })
    const nobody = clientOf(await testbed().kubeconfigFor('nobody-in-particular'))
    await assert.rejects(configMaps(nobody).get(namespace, 'there'), { status: 403, reason: 'Forbidden' })
    await nobody.close()
  })

  it('deletes only the object that it names', async () => {
    const maps = configMaps(client)
    const { body } = await maps.create(aConfigMap(namespace, 'deleted'))
    const uid = '00000000-0000-0000-0000-000000000000'
    await assert.rejects(maps.delete(namespace, 'deleted', { uid }), { status: 409 })
    await maps.mergePatch(namespace, 'deleted', { data: { touched: 'yes' } })
    const { uid: right, resourceVersion } = body.metadata
    await assert.rejects(maps.delete(namespace, 'deleted', { uid: right, resourceVersion }), { status: 409 })
    await maps.delete(namespace, 'deleted', { uid: right })
    await assert.rejects(maps.get(namespace, 'deleted'), { status: 404 })
  })

  describe('through a wire', () => {
    let wire: TcpProxy
    let wired: KubernetesClient

    beforeEach(async () => {
      wire = await tcpProxy(Number(new URL(testbed().url).port))
      wired = clientOf(testbed().kubeconfigPath, { port: wire.port, requestTimeoutMs: 2_000 })
    })

    afterEach(async () => {
      await wired.close()
      await wire.close()
    })

    it('sends 300 calls at once over four connections', async () => {
      const maps = configMaps(wired)
      await Promise.all(Array.from({ length: 300 }, () => maps.get(namespace, 'map-0001')))
      assert.equal(wire.accepted, 4)
      await Promise.all(Array.from({ length: 300 }, () => maps.get(namespace, 'map-0001')))
      assert.equal(wire.accepted, 4)
    })

    it('gives up a call on a dead wire in time, with its outcome unknown, and goes on over a new connection', async () => {
      const maps = configMaps(wired)
      await maps.get(namespace, 'map-0001')
      wire.freeze()
      const startedAt = performance.now()
      const dead = maps.mergePatch(namespace, 'map-0001', { data: { n: '1' } })
      await assert.rejects(dead, { name: 'UnknownOutcomeError', sent: true })
      assert.ok(performance.now() - startedAt < 3_000)
      wire.thaw()
      await maps.get(namespace, 'map-0001')
      assert.equal(wire.accepted, 2)
    })

    it('goes on after all its connections were cut in the middle of calls', async () => {
      const maps = configMaps(wired)
      for (let round = 0; round < 5; round += 1) {
        const calls = Array.from({ length: 50 }, () => maps.get(namespace, 'map-0001').catch((error: unknown) => error))
        await calls[0]
        wire.cut()
        for (const result of await Promise.all(calls)) {
          if (result instanceof Error) assert.equal(result.name, 'UnknownOutcomeError')
        }
        // Each of the four connections may still look alive once.
        let failures = 0
        while (!(await maps.get(namespace, 'map-0001').catch(() => undefined))) failures += 1
        assert.ok(failures <= 4, `${failures} failures`)
      }
    })
  })
})
