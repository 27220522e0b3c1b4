import assert from 'node:assert/strict'
import { createMachine, createPool, createStorage, untilMachine } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'machines-on-storages'

describe('the operator with machines on storages', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess

  const storage = (name: string) => createStorage(site, { namespace, name }, { pool: 'east' })
  const machine = (name: string, ...storages: readonly string[]) =>
    createMachine(
      site,
      { namespace, name },
      { pool: 'east', disk: undefined, storages: storages.map((one) => ({ name: one })) },
    )
  const untilStorage = (name: string, phase: string) =>
    site.storages.until(`${namespace}/${name}`, (one) => one?.status?.phase === phase)
  const untilPhase = (name: string, phase: string, reason?: string) =>
    untilMachine(site, `${namespace}/${name}`, [phase, reason])
  const untilUser = (name: string, user: string | undefined) =>
    site.storages.until(`${namespace}/${name}`, (one) => one?.status?.attachedTo?.name === user)
  const remove = async (name: string) => {
    await site.clients.machines.delete(namespace, name)
    await site.machines.until(`${namespace}/${name}`, (one) => one === undefined)
  }
  const removeStorage = async (name: string) => {
    await site.clients.storages.delete(namespace, name)
    await site.storages.until(`${namespace}/${name}`, (one) => one === undefined)
  }
  const heldOf = async (resource: string) => {
    const { body } = await site.clients.stocks.get(namespace, `east-${resource}`)
    const { available = 0 } = body.status ?? {}
    return body.spec.quantity - available
  }

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    site = await observedNamespaces(kubeconfigPath, [namespace])
    const simulated = {
      machines: { simulated: { bootDelay: '100ms' } },
      storages: { simulated: { allocationDelay: '50ms' } },
    }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: simulated })
    await operator.start()
    await createPool(site, namespace, 'east', { cpu: 100, memory: 400, disk: 1_000 })
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
  })

  it('has a machine wait for its storages, lets nobody else on them, and keeps them until it is gone', async () => {
    await machine('web', 'root', 'data')
    const { status: waiting } = await untilPhase('web', 'Pending', 'StorageNotFound')
    assert.match(waiting?.message ?? '', /^there is no VirtualStorage machines-on-storages\/root; apply it/)
    const { metadata: root } = await storage('root')
    const { metadata: data } = await storage('data')
    const { status, metadata } = await untilPhase('web', 'Running')
    assert.deepEqual(status?.storages, [
      { name: 'root', uid: root.uid },
      { name: 'data', uid: data.uid },
    ])
    const { status: attached } = await untilUser('data', 'web')
    assert.deepEqual(attached?.attachedTo, { uid: metadata.uid, name: 'web', provider: 'Simulated' })
    assert.deepEqual([await heldOf('cpu'), await heldOf('disk')], [1, 2])

    await machine('second', 'data')
    const { status: second } = await untilPhase('second', 'Pending', 'StorageInUse')
    assert.match(
      second?.message ?? '',
      /^storage machines-on-storages\/data is that of machine machines-on-storages\/web;/,
    )
    await site.clients.storages.delete(namespace, 'root')
    const { status: going } = await untilStorage('root', 'Deleting')
    assert.equal(going?.message, 'a machine has it, which has to be deleted first: machines-on-storages/web')

    await remove('web')
    await site.storages.until(`${namespace}/root`, (one) => one === undefined)
    await untilPhase('second', 'Running')
    await untilUser('data', 'second')
    await remove('second')
    assert.equal((await untilUser('data', undefined)).status?.phase, 'Allocated')
    await removeStorage('data')
  })

  it('gives one storage to one of many that come at once, and to the next when that is gone', async function () {
    this.timeout(120_000)
    await storage('shared')
    await untilStorage('shared', 'Allocated')
    const names = Array.from({ length: 6 }, (_, at) => `rival-${at}`)
    await Promise.all(names.map((name) => machine(name, 'shared')))
    const left = new Set(names)
    while (left.size > 0) {
      const { status } = await site.storages.until(`${namespace}/shared`, (one) =>
        left.has(one?.status?.attachedTo?.name ?? ''),
      )
      const user = status?.attachedTo?.name ?? ''
      await untilPhase(user, 'Running')
      const running = names.filter((name) => site.machines.latest(`${namespace}/${name}`)?.status?.phase === 'Running')
      assert.deepEqual(running, [user])
      await remove(user)
      left.delete(user)
    }
    await untilUser('shared', undefined)
    await removeStorage('shared')
  })

  it('has no machine lose or share its storage where the operator is killed at any time', async function () {
    this.timeout(120_000)
    const names = Array.from({ length: 8 }, (_, at) => `hard-${at}`)
    await Promise.all(names.flatMap((name) => [storage(name), machine(name, name)]))
    await site.storages.until(`${namespace}/hard-0`, (one) => one?.status?.attachedTo !== undefined)
    await operator.kill()
    await operator.start()
    await Promise.all(names.map((name) => untilPhase(name, 'Running')))
    for (const name of names) {
      const { status, metadata } = await untilUser(name, name)
      const made = site.machines.latest(`${namespace}/${name}`)
      assert.equal(status?.attachedTo?.uid, made?.metadata.uid)
      assert.equal(made?.status?.storages?.[0]?.uid, metadata.uid)
    }
    for (const name of names) await site.clients.machines.delete(namespace, name)
    await untilUser('hard-0', undefined)
    await operator.kill()
    await operator.start()
    await Promise.all(names.map((name) => untilUser(name, undefined)))
    await Promise.all(names.map(removeStorage))
    await site.stocks.until(`${namespace}/east-disk`, (one) => one?.status?.available === 1_000)
    assert.equal(await heldOf('cpu'), 0)
  })

  it('frees the storage of a machine whose finalizer was taken off, and refuses what can be no such machine', async function () {
    this.timeout(120_000)
    await storage('torn')
    await machine('torn', 'torn')
    await untilPhase('torn', 'Running')
    await operator.kill()
    await site.clients.machines.delete(namespace, 'torn')
    await site.clients.machines.mergePatch(namespace, 'torn', { metadata: { finalizers: null } })
    await site.machines.until(`${namespace}/torn`, (one) => one === undefined)
    await operator.start()
    await site.clients.storages.delete(namespace, 'torn')
    await site.storages.until(`${namespace}/torn`, (one) => one === undefined, 90_000)
    await assert.rejects(
      createMachine(site, { namespace, name: 'none' }, { pool: 'east', disk: undefined }),
      /give either disk/,
    )
    await assert.rejects(
      createMachine(site, { namespace, name: 'both' }, { pool: 'east', storages: [{ name: 'a' }] }),
      /give either disk, a size such as 20Gi, or storages/,
    )
  })
})
