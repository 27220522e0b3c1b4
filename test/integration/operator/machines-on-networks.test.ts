import assert from 'node:assert/strict'
import { createMachine, createNetwork, createPool, untilMachine } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'machines-on-networks'
const guests = 'machines-on-networks-guests'

describe('the operator with machines on networks', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess

  const network = (name: string, spec: object) =>
    createNetwork(site, { namespace, name }, { fabric: 'onnets', ...spec })
  const machine = (name: string, on: string, where = namespace) =>
    createMachine(site, { namespace: where, name }, { pool: 'east', poolNamespace: namespace, network: { name: on } })
  const untilNetwork = (name: string, phase: string) =>
    site.networks.until(`${namespace}/${name}`, (one) => one?.status?.phase === phase)
  const untilPhase = (name: string, phase: string, reason?: string, where = namespace) =>
    untilMachine(site, `${where}/${name}`, [phase, reason])
  const allocationsOf = (name: string) =>
    Object.fromEntries(
      (site.networks.latest(`${namespace}/${name}`)?.status?.allocations ?? []).map((one) => [one.name, one.address]),
    )
  const untilUsed = (name: string, used: number) =>
    site.networks.until(`${namespace}/${name}`, (one) => one?.status?.addresses?.used === used)
  const remove = async (name: string, where = namespace) => {
    await site.clients.machines.delete(where, name)
    await site.machines.until(`${where}/${name}`, (one) => one === undefined)
  }
  const removeNetwork = async (name: string) => {
    await site.clients.networks.delete(namespace, name)
    await site.networks.until(`${namespace}/${name}`, (one) => one === undefined)
  }

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    site = await observedNamespaces(kubeconfigPath, [namespace, guests])
    const settings = { networks: { fabrics: { onnets: {} } }, machines: { simulated: { bootDelay: '100ms' } } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace, guests], settings })
    await operator.start()
    await createPool(site, namespace, 'east', { cpu: 100, memory: 400, disk: 1_000 })
    for (const stock of ['cpu', 'memory', 'disk'])
      await site.clients.stocks.mergePatch(namespace, `east-${stock}`, { spec: { allowedNamespaces: [guests] } })
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
  })

  it('has a machine wait for its network, gives it an address, and keeps the network until the machine is gone', async () => {
    await network('late', { cidr: '10.80.0.0/24', vlan: 180, fabric: 'moon' })
    await untilNetwork('late', 'Pending')
    await machine('early', 'late')
    const { status: waiting } = await untilPhase('early', 'Pending', 'NetworkNotActive')
    assert.match(waiting?.message ?? '', /^network machines-on-networks\/late is Pending \(FabricUnknown\)/)
    await remove('early')
    await removeNetwork('late')

    await machine('web', 'blue')
    await untilPhase('web', 'Pending', 'NetworkMissing')
    const { metadata } = await network('blue', { cidr: '10.81.0.0/24', vlan: 181 })
    const { status } = await untilPhase('web', 'Running')
    assert.deepEqual(status?.network, { namespace, name: 'blue', uid: metadata.uid, address: '10.81.0.2' })
    assert.equal(status.endpoints?.[0]?.address, '10.81.0.2')
    assert.deepEqual(allocationsOf('blue'), { web: '10.81.0.2' })

    await site.clients.networks.delete(namespace, 'blue')
    const { status: going } = await site.networks.until(`${namespace}/blue`, (one) => one?.status?.phase === 'Deleting')
    assert.match(going?.message ?? '', /deleted first: machines-on-networks\/web$/)
    await machine('later', 'blue')
    await untilPhase('later', 'Pending', 'NetworkNotActive')
    await remove('later')
    await remove('web')
    await site.networks.until(`${namespace}/blue`, (one) => one === undefined)
  })

  it('gives none twice to many that come at once, of two namespaces, and the next one what is given back', async () => {
    await network('small', { cidr: '10.82.0.0/28', vlan: 182, namespaces: [guests] })
    await untilNetwork('small', 'Active')
    const mine = Array.from({ length: 8 }, (_, at) => `mine-${at}`)
    const theirs = Array.from({ length: 6 }, (_, at) => `theirs-${at}`)
    await Promise.all([
      ...mine.map((name) => machine(name, 'small')),
      ...theirs.map((name) => machine(name, `${namespace}/small`, guests)),
    ])
    await untilUsed('small', 13)
    const all = [...mine.map((name) => `${namespace}/${name}`), ...theirs.map((name) => `${guests}/${name}`)]
    await Promise.all(
      all.map((key) =>
        site.machines.until(
          key,
          (one) => one?.status?.phase === 'Running' || one?.status?.reason === 'AddressesExhausted',
        ),
      ),
    )
    const addressOf = (key: string) => site.machines.latest(key)?.status?.network?.address
    const given = all.flatMap((key) => addressOf(key) ?? [])
    assert.deepEqual([given.length, new Set(given).size], [13, 13])
    const [waiting] = all.filter((key) => addressOf(key) === undefined)
    const [running] = all.filter((key) => addressOf(key) !== undefined)
    const freed = addressOf(running ?? '')
    const [where = '', name = ''] = running?.split('/') ?? []
    await remove(name, where)
    const { status } = await site.machines.until(waiting ?? '', (one) => one?.status?.phase === 'Running')
    assert.equal(status?.network?.address, freed)
    for (const key of all.filter((one) => one !== running)) {
      const [of = '', called = ''] = key.split('/')
      await site.clients.machines.delete(of, called)
    }
    await untilUsed('small', 0)
    await removeNetwork('small')
  })

  it('has no machine lose or share its address where the operator is killed at any time', async function () {
    this.timeout(120_000)
    await network('hard', { cidr: 'fd00:83::/64', vlan: 183 })
    await untilNetwork('hard', 'Active')
    const names = Array.from({ length: 12 }, (_, at) => `hard-${at}`)
    await Promise.all(names.map((name) => machine(name, 'hard')))
    await untilUsed('hard', 3)
    await operator.kill()
    await operator.start()
    await Promise.all(names.map((name) => untilPhase(name, 'Running')))
    const given = allocationsOf('hard')
    assert.equal(new Set(Object.values(given)).size, 12)
    for (const name of names)
      assert.equal(site.machines.latest(`${namespace}/${name}`)?.status?.network?.address, given[name])
    for (const name of names) await site.clients.machines.delete(namespace, name)
    await site.networks.until(`${namespace}/hard`, (one) => (one?.status?.addresses?.used ?? 12) < 12)
    await operator.kill()
    await operator.start()
    await untilUsed('hard', 0)
    await removeNetwork('hard')
  })
})
