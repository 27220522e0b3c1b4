import assert from 'node:assert/strict'
import { createNetwork } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const [a, b] = ['unlisted-users-a', 'unlisted-users-b'] as const
const user = 'kbnt-of-unlisted-users'

describe('networks of an operator that may not list one of its namespaces any more', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(120_000)
    site = await observedNamespaces(testbed().kubeconfigPath, [a, b])
    for (const namespace of [a, b]) await grant(namespace)
    const kubeconfigPath = await testbed().kubeconfigFor(user)
    operator = operatorProcess({ kubeconfigPath, namespaces: [a, b], settings: { leaderElection: calmLease } })
    await operator.start()
    await createNetwork(site, { namespace: a, name: 'own' }, { cidr: '10.1.0.0/24', vlan: 101 })
    await createNetwork(site, { namespace: a, name: 'shared' }, { cidr: '10.2.0.0/24', vlan: 102, namespaces: [b] })
    for (const name of ['own', 'shared']) await until(name, (network) => network?.status?.phase === 'Active')
    await operator.stop()
    await kubectl('delete', 'rolebinding', 'kbnt', '-n', b)
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
  })

  const until = (name: string, is: Parameters<typeof site.networks.until>[1], withinMs = 30_000) =>
    site.networks.until(`${a}/${name}`, is, withinMs)

  async function kubectl(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await testbed().kubectl(args)
    assert.equal(code, 0, stderr)
  }
  const bind = (namespace: string) =>
    kubectl('create', 'rolebinding', 'kbnt', '-n', namespace, '--role=kbnt', `--user=${user}`)
  async function grant(namespace: string): Promise<void> {
    const named = ['virtualstocks', 'reservations', 'vmachines', 'vstorages', 'vnetworks', 'vrequests', 'orders']
    const kinds = named.flatMap((kind) => [`${kind}.kbnt.io`, `${kind}.kbnt.io/status`])
    const others = [
      'eventspools.kbnt.io',
      'networkfabrics.kbnt.io',
      'leases.coordination.k8s.io',
      'events.events.k8s.io',
    ]
    const verbs = 'get,list,watch,patch,create,delete,update'
    const resources = [...kinds, ...others].join()
    await kubectl('create', 'role', 'kbnt', '-n', namespace, `--verb=${verbs}`, `--resource=${resources}`)
    await bind(namespace)
  }

  it('go where no machine of that namespace may be on them, and wait where one may, and say so until it is listed', async function () {
    this.timeout(120_000)
    for (const name of ['own', 'shared']) await site.clients.networks.delete(a, name)
    await until('own', (network) => network === undefined)
    const waiting = await until('shared', (network) => network?.status?.phase === 'Deleting')
    const condition = waiting.status?.conditions.find(({ type }) => type === 'Deleting')
    assert.deepEqual([condition?.status, condition?.reason], ['True', 'UsersUnseen'])
    assert.match(
      condition?.message ?? '',
      /^whether machines are on it is not known: VirtualMachines were not listed yet in namespace unlisted-users-b/,
    )
    await bind(b)
    await until('shared', (network) => network === undefined, 90_000)
  })
})
