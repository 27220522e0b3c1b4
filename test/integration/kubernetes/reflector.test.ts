import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import {
  type Reflector,
  type ReflectorOptions,
  reflector,
} from '../../../operator/infrastructure/kubernetes/reflector.ts'
import { steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { aConfigMap, type ConfigMap, clientOf, configMaps, makeNamespace } from './config-maps.ts'

describe('reflector on a real API server', function () {
  this.timeout(120_000)
  const namespace = 'reflector'
  let server: ApiServer
  let wire: TcpProxy
  /** Writes past the wire. */
  let direct: KubernetesClient
  let wired: KubernetesClient
  const running: Reflector<ConfigMap>[] = []

  const aReflector = (options: Partial<ReflectorOptions<ConfigMap>> = {}) => {
    const maps = configMaps(wired)
    const changed = new EventTarget()
    const told: string[] = []
    const tell = (what: string) => {
      told.push(what)
      changed.dispatchEvent(new Event('change'))
    }
    const name = ({ metadata }: ConfigMap): string => String(metadata.name)
    const cache = reflector<ConfigMap>({
      list: (signal) => maps.list({ namespace, signal }),
      watch: (request, onEvent) => maps.watch({ namespace, ...request }, onEvent),
      clock: steadyClock(),
      random: Math.random,
      handlers: {
        onAdded: (map) => tell(`added ${name(map)}`),
        onUpdated: (_old, map) => tell(`updated ${name(map)}`),
        onDeleted: (map) => tell(`deleted ${name(map)}`),
      },
      observer: {
        relisted: () => tell('relisted'),
        resumed: () => tell('resumed'),
        failed: (operation) => tell(`${operation} failed`),
      },
      ...options,
    })
    running.push(cache)
    const until = async (what: string): Promise<void> => {
      while (!told.includes(what))
        await new Promise((resolve) => changed.addEventListener('change', resolve, { once: true }))
    }
    return { cache, told, until }
  }

  /** By SIGKILL: told to end, it would first wait for its watches. */
  const restart = async (pauseMs: number): Promise<void> => {
    await server.apiServer.kill()
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    await server.apiServer.start()
  }

  before(async () => {
    server = await testbed().ownApiServer()
    wire = await tcpProxy(Number(new URL(server.url).port))
    direct = clientOf(server.kubeconfigPath)
    wired = clientOf(server.kubeconfigPath, { port: wire.port, requestTimeoutMs: 5_000 })
    await makeNamespace(direct, namespace)
  })

  afterEach(async () => {
    await Promise.all(running.splice(0).map((cache) => cache.stop()))
    const maps = configMaps(direct)
    const { items } = await maps.list({ namespace })
    await Promise.all(items.map(({ metadata }) => maps.delete(namespace, metadata.name as string)))
  })

  after(async () => {
    await Promise.all([direct.close(), wired.close()])
    await wire.close()
    await server.stop()
  })

  it('holds what there is, follows what happens, and ends as the server’s list', async () => {
    const maps = configMaps(direct)
    await Promise.all(Array.from({ length: 40 }, (_, n) => maps.create(aConfigMap(namespace, `map-${n}`))))
    const { cache, until } = aReflector()
    cache.start()
    assert.equal(await cache.synced, true)
    assert.equal(cache.size, 40)
    await Promise.all([
      ...Array.from({ length: 20 }, (_, n) => maps.mergePatch(namespace, `map-${n}`, { data: { n: String(n) } })),
      ...Array.from({ length: 10 }, (_, n) => maps.delete(namespace, `map-${n + 30}`)),
      ...Array.from({ length: 10 }, (_, n) => maps.create(aConfigMap(namespace, `new-${n}`))),
    ])
    await maps.create(aConfigMap(namespace, 'last'))
    await until('added last')
    const { items } = await maps.list({ namespace })
    const versions = (all: readonly ConfigMap[]) =>
      all.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()
    assert.deepEqual(versions(cache.list()), versions(items))
  })

  it('resumes after a cut connection where it was, missing nothing and without another list', async () => {
    const maps = configMaps(direct)
    const { cache, told, until } = aReflector()
    cache.start()
    await cache.synced
    await maps.create(aConfigMap(namespace, 'before'))
    await until('added before')
    wire.cut()
    await maps.create(aConfigMap(namespace, 'meanwhile'))
    await until('added meanwhile')
    assert.ok(told.includes('resumed'))
    assert.ok(!told.includes('relisted'))
  })

  it('notices a watch that went dead silently and resumes it', async () => {
    const maps = configMaps(direct)
    const { cache, until } = aReflector({
      watch: (request, onEvent) => configMaps(wired).watch({ namespace, silenceMs: 1_500, ...request }, onEvent),
    })
    cache.start()
    await cache.synced
    await maps.create(aConfigMap(namespace, 'heard'))
    await until('added heard')
    wire.freeze()
    await maps.create(aConfigMap(namespace, 'unheard'))
    await until('watch failed')
    wire.thaw()
    await until('added unheard')
  })

  it('takes a watch in which nothing happens for no failed one, and begins it again', async () => {
    const { cache, told, until } = aReflector({
      watch: (request, onEvent) => configMaps(wired).watch({ namespace, silenceMs: 500, ...request }, onEvent),
    })
    cache.start()
    await cache.synced
    await until('resumed')
    assert.ok(!told.includes('watch failed'), told.join())
    await configMaps(direct).create(aConfigMap(namespace, 'after-silence'))
    await until('added after-silence')
  })

  it('notices it by PINGs that nobody answers, long before bookmarks stay away', async function () {
    this.timeout(60_000) // the silence alone would tell after 114 s
    const maps = configMaps(direct)
    const pinging = clientOf(server.kubeconfigPath, { port: wire.port, pingEveryMs: 200 })
    try {
      const { cache, told, until } = aReflector({
        watch: (request, onEvent) => configMaps(pinging).watch({ namespace, ...request }, onEvent),
      })
      cache.start()
      await cache.synced
      await maps.create(aConfigMap(namespace, 'heard'))
      await until('added heard')
      await pause(2_000) // quiet, and not taken for gone
      assert.ok(!told.includes('watch failed'))
      wire.freeze()
      await maps.create(aConfigMap(namespace, 'unheard'))
      await until('watch failed')
      wire.thaw()
      await until('added unheard')
      assert.ok(!told.includes('relisted'))
    } finally {
      await pinging.close()
    }
  })

  it('lists again when it starts from a version that is no longer kept', async () => {
    await configMaps(direct).create(aConfigMap(namespace, 'there'))
    await restart(0) // with it goes the history that the server keeps in memory
    const { cache, told, until } = aReflector()
    cache.start({ items: [{ ...aConfigMap(namespace, 'long-gone') }], resourceVersion: '1' })
    await until('added there')
    assert.deepEqual(told, ['added long-gone', 'watch failed', 'relisted', 'deleted long-gone', 'added there'])
  })

  it('goes on from exactly the state that it is given', async () => {
    const maps = configMaps(direct)
    await maps.create(aConfigMap(namespace, 'listed'))
    const list = await maps.list({ namespace })
    await maps.create(aConfigMap(namespace, 'after'))
    const { cache, told, until } = aReflector()
    cache.start(list)
    assert.deepEqual(told, ['added listed'])
    await until('added after')
    assert.ok(!told.includes('relisted'))
  })

  it('tells an object that is deleted and created again as deleted and added', async () => {
    const maps = configMaps(direct)
    await maps.create(aConfigMap(namespace, 'twice'))
    const { cache, told, until } = aReflector()
    cache.start()
    await cache.synced
    await maps.delete(namespace, 'twice')
    await maps.create(aConfigMap(namespace, 'twice'))
    await maps.create(aConfigMap(namespace, 'end'))
    await until('added end')
    assert.deepEqual(told, ['added twice', 'deleted twice', 'added twice', 'added end'])
  })

  it('lives through a restart of the API server', async () => {
    const maps = configMaps(direct)
    const { cache, told, until } = aReflector({ backOff: { firstMs: 200, lastMs: 1_000, resetMs: 120_000 } })
    cache.start()
    await cache.synced
    await maps.create(aConfigMap(namespace, 'before'))
    await until('added before')
    await restart(3_000)
    const created = await maps.create(aConfigMap(namespace, 'after'))
    await until('added after')
    assert.equal(cache.get(`${namespace}/after`)?.metadata.uid, created.body.metadata.uid)
    assert.ok(told.includes('watch failed'))
  })
})
