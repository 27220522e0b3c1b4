import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { childNameOf } from '../../../operator/domain/resource/resource.ts'
import type { Storage, StorageSpec } from '../../../operator/domain/storage/storage.ts'
import { UnknownOutcomeError } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import {
  type VolumeClaim,
  type VolumeClass,
  volumeClaims,
} from '../../../operator/infrastructure/kubernetes/volumes/volume-claim.ts'
import {
  type VolumeProvider,
  volumeProvider,
} from '../../../operator/infrastructure/kubernetes/volumes/volume-provider.ts'
import { watchedCache } from '../../../operator/infrastructure/kubernetes/watched-cache.ts'
import { afterSaid, storageProviderContract } from '../../contracts/storage-provider.contract.ts'
import { aStorage } from '../../fixtures/storage-builders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { clientOf, makeNamespace } from '../kubernetes/config-maps.ts'
import { bindClaim, dropClaim } from './binder.ts'

const namespace = 'volumes'
const classes: Readonly<Record<string, VolumeClass>> = {
  standard: { accessMode: 'ReadWriteOnce', volumeMode: 'Filesystem', binding: 'Immediate' },
  fast: {
    ...{ storageClass: 'fast', accessMode: 'ReadWriteMany', volumeMode: 'Block', binding: 'WaitForFirstConsumer' },
  },
}

describe('PersistentVolumeClaims on a real API server', function () {
  this.timeout(60_000)
  let client: KubernetesClient
  let claims: ResourceClient<VolumeClaim>
  let provider: VolumeProvider
  const opened: VolumeProvider[] = []
  const changes = new EventTarget()
  /** Where the store says something else than memory, by uid. */
  const storedReclaims = new Map<string, StorageSpec['reclaim']>()

  const open = (through: KubernetesClient): VolumeProvider => {
    const opening = volumeProvider({
      client: through,
      cacheOf: (resource, handlers) => {
        const parts = { client: resource, namespaces: [namespace], clock: steadyClock(), random: Math.random }
        return watchedCache({ ...parts, handlers, observer: {} })
      },
      clock: steadyClock(),
      classes,
      reclaimOf: async ({ uid, spec }) => storedReclaims.get(uid) ?? spec.reclaim,
      onChanged: (key) => changes.dispatchEvent(new Event(key)),
    })
    opened.push(opening)
    return opening
  }
  const newStorage = (spec: Partial<StorageSpec> = {}): Storage => {
    const uid = randomUUID()
    return aStorage({ namespace, name: `data.${uid.slice(-4)}`, uid, spec: { reclaim: 'Delete', ...spec } })
  }
  const claimOf = async (storage: Storage) => (await claims.get(namespace, childNameOf(storage))).body
  const pause = () => new Promise<void>((resolve) => steadyClock().schedule(50, resolve))
  const provided = async (storage: Storage) => afterSaid(storage, await provider.ensure(storage), Date.now())
  async function untilSaid(storage: Storage, kind: string) {
    for (let asked = 0; asked < 200; asked += 1) {
      const answer = await provider.ensure(storage)
      if (answer.kind === kind) return answer
      await pause()
    }
    throw new Error(`never ${kind}`)
  }

  before(async () => {
    client = clientOf(testbed().kubeconfigPath)
    claims = resourceClient(client, volumeClaims)
    await makeNamespace(client, namespace)
    provider = open(client)
    assert.equal(await provider.unavailable(namespace), undefined)
  })
  after(async () => {
    await Promise.all(opened.map(({ stop }) => stop()))
    await client?.close()
  })

  storageProviderContract('PersistentVolumeClaim', async () => ({
    provider: { ...provider, unavailable: () => provider.unavailable(namespace) },
    newStorage,
    async goOn(storage) {
      await bindClaim(claims, namespace, childNameOf(storage))
      await dropClaim(claims, namespace, childNameOf(storage))
      await pause()
    },
    now: Date.now,
    count: async ({ uid }) =>
      (await claims.list({ namespace, labelSelector: `kbnt.io/storage-uid=${uid}` })).items.length,
  }))

  it('asks for what its class says, without an owner', async () => {
    const storage = newStorage({ size: '3Gi', class: 'fast' })
    await provider.ensure(storage)
    const { spec, metadata } = await claimOf(storage)
    assert.deepEqual([spec.accessModes, spec.volumeMode, spec.storageClassName], [['ReadWriteMany'], 'Block', 'fast'])
    assert.equal(spec.resources.requests.storage, '3Gi')
    assert.equal(metadata.annotations?.['kbnt.io/storage'], storage.name)
    assert.equal(metadata.ownerReferences, undefined)
  })

  it('takes a claim that waits for its first consumer for allocated, where its class says that it waits', async () => {
    const { ref, ...answer } = (await provider.ensure(newStorage({ class: 'fast' }))) as { ref: object; kind: string }
    assert.ok(ref)
    assert.deepEqual(answer, { kind: 'allocated' })
    const other = await provider.ensure(newStorage())
    assert.match(other.kind === 'allocating' ? other.message : '', /no volume yet; if its StorageClass waits/)
  })

  it('tells of a claim that is bound by its watch', async () => {
    const storage = newStorage()
    await provider.ensure(storage)
    const changed = new Promise((resolve) => changes.addEventListener(`${namespace}/${storage.name}`, resolve))
    await bindClaim(claims, namespace, childNameOf(storage))
    await changed
    const answer = await untilSaid(storage, 'allocated')
    assert.equal(answer.kind === 'allocated' && answer.volume, `pv-of-${childNameOf(storage)}`)
  })

  it('keeps the data of a storage that is to be retained, and marks the claim', async () => {
    const storage = await provided(newStorage({ reclaim: 'Retain' }))
    assert.deepEqual(await provider.remove(storage), { kind: 'gone' })
    const { metadata } = await claimOf(storage)
    assert.deepEqual([metadata.deletionTimestamp, metadata.labels?.['kbnt.io/retained']], [undefined, 'true'])
    assert.deepEqual(await provider.remove(storage), { kind: 'gone' })
  })

  it('deletes no data by memory where the store says that it is to be kept', async () => {
    const storage = await provided(newStorage({ reclaim: 'Delete' }))
    storedReclaims.set(storage.uid, 'Retain')
    assert.deepEqual(await provider.remove(storage), { kind: 'gone' })
    const { metadata } = await claimOf(storage)
    assert.deepEqual([metadata.deletionTimestamp, metadata.labels?.['kbnt.io/retained']], [undefined, 'true'])
  })

  it('waits with the end of a storage until nobody uses its claim', async () => {
    const storage = await provided(newStorage())
    for (let asked = 0; asked < 2; asked += 1) {
      const removal = await provider.remove(storage)
      assert.match(
        removal.kind === 'going' ? removal.message : '',
        /is being deleted, which waits until no pod uses it/,
      )
    }
    await dropClaim(claims, namespace, childNameOf(storage))
    assert.deepEqual(await provider.remove(storage), { kind: 'gone' })
  })

  it('never makes a claim again that somebody has deleted: it would be empty', async () => {
    const storage = await provided(newStorage())
    await claims.delete(namespace, childNameOf(storage))
    await dropClaim(claims, namespace, childNameOf(storage))
    const answer = await untilSaid(storage, 'lost')
    assert.match(answer.kind === 'lost' ? answer.message : '', /somebody deleted PersistentVolumeClaim/)
    await assert.rejects(claimOf(storage), /not found/)
  })

  it('knows a claim that has lost its label by the other mark or by its volume, and puts it back', async () => {
    const storage = await provided(newStorage())
    const name = childNameOf(storage)
    await bindClaim(claims, namespace, name)
    await untilSaid(storage, 'allocated')
    const bound = await provided(storage)
    for (const annotations of [{}, { 'kbnt.io/storage': null }]) {
      await claims.mergePatch(namespace, name, { metadata: { labels: { 'kbnt.io/storage-uid': null }, annotations } })
      for (let asked = 0; asked < 200 && !(await claimOf(bound)).metadata.labels?.['kbnt.io/storage-uid']; asked += 1) {
        assert.equal((await provider.ensure(bound)).kind, 'allocated')
        await pause()
      }
      const { labels, annotations: notes } = (await claimOf(bound)).metadata
      assert.deepEqual([labels?.['kbnt.io/storage-uid'], notes?.['kbnt.io/storage']], [bound.uid, bound.name])
    }
  })

  it('takes no claim without any mark for its own or for gone, and says what to do', async () => {
    const storage = await provided(newStorage())
    const name = childNameOf(storage)
    const marks = { labels: { 'kbnt.io/storage-uid': null }, annotations: { 'kbnt.io/storage': null } }
    await claims.mergePatch(namespace, name, { metadata: marks })
    const want = new RegExp(`^PersistentVolumeClaim ${name} has lost its label kbnt.io/storage-uid=.*; put it back`)
    await until('the watch', 10_000, async () => {
      const said = await provider.ensure(storage)
      return (said.kind === 'allocating' && want.test(said.message)) || undefined
    })
    const removal = await provider.remove(storage)
    assert.equal(removal.kind, 'going')
    assert.match(removal.kind === 'going' ? removal.message : '', want)
    assert.equal((await claimOf(storage)).metadata.deletionTimestamp, undefined)
  })

  it('says that a volume is lost', async () => {
    const storage = await provided(newStorage())
    await claims.mergePatchStatus(namespace, childNameOf(storage), { status: { phase: 'Lost' } })
    await untilSaid(storage, 'lost')
  })

  it('takes over the claim of a create whose answer was lost', async () => {
    const storage = newStorage()
    const lossy: KubernetesClient = {
      ...client,
      async call(call) {
        const answer = await client.call<never>(call)
        if (call.method === 'POST') throw new UnknownOutcomeError('the answer was lost', true)
        return answer
      },
    }
    await assert.rejects(open(lossy).ensure(storage), UnknownOutcomeError)
    assert.equal((await open(client).ensure(storage)).kind, 'allocating')
  })

  it('refuses in place of taking over what is somebody else’s, and leaves it alone on removal', async () => {
    const storage = newStorage()
    const name = childNameOf(storage)
    await claims.create({
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace, name } },
      spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } },
    })
    assert.deepEqual(await provider.ensure(storage), {
      kind: 'refused',
      message: `there is another PersistentVolumeClaim called ${name}, which is not its own`,
    })
    assert.deepEqual(await provider.remove(storage), { kind: 'gone' })
    assert.equal((await claimOf(storage)).metadata.deletionTimestamp, undefined)
  })

  it('says what it is not allowed to do', async () => {
    const stranger = clientOf(await testbed().kubeconfigFor('nobody'))
    const strange = open(stranger)
    assert.match(
      (await strange.unavailable(namespace)) ?? '',
      /^PersistentVolumeClaims can't be watched: .*cannot list/,
    )
    const answer = await strange.ensure(newStorage())
    assert.match(answer.kind === 'refused' ? answer.message : '', /"nobody" cannot create/)
    await strange.stop()
    await stranger.close()
  })
})
