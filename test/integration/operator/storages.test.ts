import assert from 'node:assert/strict'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualStorage } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-storage.ts'
import { type VolumeClaim, volumeClaims } from '../../../operator/infrastructure/kubernetes/volumes/volume-claim.ts'
import { createPoolStock, createStorage } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { clientOf } from '../kubernetes/config-maps.ts'
import { bindClaim, dropClaim } from '../volumes/binder.ts'

const namespace = 'operator-storages'

describe('the operator with storages', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess
  let claims: ResourceClient<VolumeClaim>
  let close: () => Promise<void>

  const keyOf = (name: string) => `${namespace}/${name}`
  const create = (name: string, spec: object, simulate?: string): Promise<VirtualStorage> => {
    const annotations = simulate === undefined ? {} : { 'kbnt.io/simulate': simulate }
    return createStorage(site, { namespace, name, annotations }, { size: '10Gi', pool: 'east', ...spec })
  }
  const untilPhase = (name: string, phase: string, reason?: string) =>
    site.storages.until(
      keyOf(name),
      (storage) => storage?.status?.phase === phase && (reason === undefined || storage.status.reason === reason),
    )
  const untilGone = (name: string) => site.storages.until(keyOf(name), (storage) => storage === undefined)
  const untilInUse = (resource: string, units: number) =>
    site.untilStock(`east-${resource}`, ({ status }) => status?.confirmed === units)

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    const client = clientOf(kubeconfigPath)
    close = client.close
    claims = resourceClient(client, volumeClaims)
    site = await observedNamespaces(kubeconfigPath, [namespace])
    const storages = { simulated: { allocationDelay: '200ms' }, policies: { maxIops: 5_000 } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { storages } })
    await operator.start()
    await createPoolStock(site, namespace, { pool: 'east', resource: 'disk', quantity: 100 })
    await createPoolStock(site, namespace, { pool: 'east', resource: 'iops', quantity: 10_000 })
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
    await close?.()
  })

  it('reserves and allocates a storage, tells of each step, and gives everything back', async () => {
    await create('data', { size: '1536Mi', iops: 3_000, owner: 'ana', requestId: 'req-1' })
    const { status, metadata } = await untilPhase('data', 'Allocated')
    assert.equal(status?.storageId, `STOR-${metadata.uid?.slice(0, 8).toUpperCase()}`)
    assert.deepEqual(status.cost, [{ hourly: '30.02', currency: 'USD' }])
    const reservation = site.reservations.latest(keyOf(status.reservation ?? ''))
    assert.equal(reservation?.status?.summary, 'east-disk×2, east-iops×3000')
    assert.equal(reservation.metadata.labels?.['kbnt.io/storage-uid'], metadata.uid)
    await untilInUse('iops', 3_000)

    await site.clients.storages.delete(namespace, 'data')
    await untilGone('data')
    await untilInUse('iops', 0)
    const told = operator.events().filter(({ headers }) => headers['ce_id']?.startsWith(metadata.uid ?? '-'))
    const verbs = ['requested', 'reserved', 'provisioned', 'allocated', 'deleted']
    assert.deepEqual(
      told.filter(({ topic }) => topic === 'virtualization-events').map(({ headers }) => headers['ce_type']),
      verbs.map((verb) => `io.kbnt.storage.${verb}.v1`),
    )
  })

  it('has a storage wait its turn when the pool is short', async () => {
    await create('first', { size: '80Gi' })
    await untilPhase('first', 'Allocated')
    await create('second', { size: '40Gi' })
    const { status } = await untilPhase('second', 'Reserving', 'WaitingForCapacity')
    assert.match(status?.message ?? '', /^waiting for 40 of east-disk: 20 of 100 available/)
    await site.clients.storages.delete(namespace, 'first')
    await untilPhase('second', 'Allocated')
    await site.clients.storages.delete(namespace, 'second')
    await untilGone('second')
  })

  it('says what is against one, and takes nothing for it', async () => {
    await create('unknown', { class: 'gold' })
    const { status } = await untilPhase('unknown', 'Pending', 'ClassUnknown')
    assert.equal(status?.message, 'class gold is not known; the setting storages.classes has standard')
    await create('greedy', { iops: 6_000 })
    await untilPhase('greedy', 'Failed', 'PolicyViolation')
    await create('elsewhere', { pool: 'west' })
    await untilPhase('elsewhere', 'Pending', 'PoolMissing')
    for (const name of ['unknown', 'greedy', 'elsewhere'])
      assert.equal(site.storages.latest(keyOf(name))?.status?.reservation, undefined)
  })

  it('gives up what its provider refuses too often or loses, and the capacity with it', async () => {
    await create('refused', {}, 'create')
    await create('unlucky', {}, 'lose')
    await untilPhase('unlucky', 'Failed', 'StorageLost')
    await untilPhase('refused', 'Allocating', 'ProviderFailed')
    await site.clients.storages.delete(namespace, 'refused')
    await untilGone('refused')
    await untilInUse('disk', 0)
  })

  it('makes a real claim, follows it to its volume, and leaves the data there in the end', async () => {
    const { metadata } = await create('kept', { provider: 'PersistentVolumeClaim' })
    const { status } = await untilPhase('kept', 'Allocating', 'Allocating')
    const name = status?.providerRef?.name ?? ''
    await bindClaim(claims, namespace, name)
    assert.equal((await untilPhase('kept', 'Allocated')).status?.volume, `pv-of-${name}`)
    await untilInUse('disk', 10)
    await site.clients.storages.delete(namespace, 'kept')
    await untilGone('kept')
    await untilInUse('disk', 0)
    const { body } = await claims.get(namespace, name)
    assert.equal(body.metadata.labels?.['kbnt.io/storage-uid'], metadata.uid)
    assert.equal(body.metadata.labels?.['kbnt.io/retained'], 'true')
  })

  it('keeps the capacity until the claim that is to be deleted is gone', async () => {
    await create('gone', { provider: 'PersistentVolumeClaim', reclaim: 'Delete' })
    const { status } = await untilPhase('gone', 'Allocating', 'Allocating')
    await site.clients.storages.delete(namespace, 'gone')
    const leaving = await untilPhase('gone', 'Deleting', 'Deleting')
    assert.match(
      leaving.status?.message ?? '',
      /until no pod uses it; .*annotate -n \S+ vstorage gone kbnt\.io\/abandon=true/,
    )
    await untilInUse('disk', 10)
    await dropClaim(claims, namespace, status?.providerRef?.name ?? '')
    await untilGone('gone')
    await untilInUse('disk', 0)
  })

  it('shows storages in numbers', async () => {
    const text = await operator.metrics()
    assert.match(text, /kbnt_virtual_resources_active\{resource_type="VirtualStorage"\} 0/)
    for (const status of ['success', 'failed'])
      assert.match(
        text,
        new RegExp(
          `kbnt_virtual_resources_created_total\\{type="VirtualStorage",status="${status}",region="east"\\} [1-9]`,
        ),
      )
    assert.match(text, /kbnt_storages\{phase="Failed",reason="StorageLost"\} 1/)
    assert.match(text, /kbnt_orphaned_storage_capacities 0/)
  })

  it('goes on where another process was killed', async () => {
    await create('survivor', { provider: 'PersistentVolumeClaim' })
    const { status } = await untilPhase('survivor', 'Allocating', 'Allocating')
    await operator.kill()
    await bindClaim(claims, namespace, status?.providerRef?.name ?? '')
    await operator.start()
    await untilPhase('survivor', 'Allocated')
    assert.deepEqual(
      site.storages.latest(keyOf('survivor'))?.status?.history.map(({ operation }) => operation),
      ['Request', 'Reserve', 'Provision', 'Allocate'],
    )
  })
})
