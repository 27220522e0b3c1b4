import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import type { Right } from '../../../operator/infrastructure/kubernetes/access-review.ts'
import { neededRights } from '../../../operator/programs/operator/needed-rights.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Answer, type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type AuditedServer, auditedServer, grantedBy } from './audited-server.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

const account = 'system:serviceaccount:kbnt-system:kbnt-operator'
const samples = join(projectDirectory, 'config/samples/machines')
const uninstaller = 'system:serviceaccount:kbnt-system:kbnt-operator-uninstall'

/** Needed only where Kafka is away, an Event repeats, or the cluster guards owner references; other tests need them. */
const elsewhere = [
  'kbnt.io/eventspools get',
  'kbnt.io/eventspools create',
  'kbnt.io/eventspools delete',
  'events.k8s.io/events patch',
  'kbnt.io/vmachines/finalizers update',
  'kbnt.io/vrequests get', // where no other answer has brought the time lately
  'kbnt.io/orders get', // where one that was let go had changed meanwhile
]

/** Of config/samples/machines, which the test applies. */
const served = 'machines'
const kbnt = (kind: string, name: string, spec: object) => ({
  apiVersion: 'kbnt.io/v1beta1',
  kind,
  metadata: { name, namespace: served },
  spec,
})

const aNetwork = { cidr: '10.20.0.0/24', vlan: 120, provider: 'Simulated' }
const aStorage = { size: '1Gi', pool: 'us-east-1', provider: 'Simulated' }

/** Of a time when orders were served. */
const oldOrder = {
  ...kbnt('Order', 'old', {
    ...{ customer: 'ana', items: [{ stock: 'grinder', quantity: 1 }] },
    payment: { method: 'card-1', provider: 'till', amount: { amount: '9.00', currency: 'EUR' } },
  }),
  metadata: { name: 'old', namespace: served, finalizers: ['kbnt.io/order'] },
}
const overStatus = {
  ...{ observedGeneration: 1, phase: 'Completed', reason: 'Completed', message: 'paid and sold' },
  ...{
    phaseSince: '2026-11-30T10:00:00Z',
    orderId: 'ORD-0909A693',
    steps: 0,
    published: 0,
    history: [],
    conditions: [],
  },
}

const request = (name: string, messageType: string, specification: object) =>
  kbnt('VirtualizationRequest', name, { messageId: name, messageType, payload: { userId: 'ana', specification } })

describe('The rights of who installs the operator in one namespace', () => {
  for (const option of [undefined, 'kubevirt', 'networks'])
    it(`are those that the chart grants there, no more and no less, with ${option ?? 'no option'}`, () =>
      mustBeGranted(option))

  async function mustBeGranted(option?: string): Promise<void> {
    const set = (name: string) => (option === undefined ? [] : ['--set', `${name}=true`])
    const own = ['--set', 'watchNamespaces=own', ...set(`${option}.enabled`)]
    const chart = manifestsIn(await rendered('kbnt-operator', ...own))
    const roles = chart.filter(({ kind }) => /Role$/.test(kind))
    assert.deepEqual([...new Set(roles.map(({ kind }) => kind))], ['Role'])
    const granted = grantedBy(
      roles,
      roles.map(({ metadata }) => metadata.name),
    )
    const crds = manifestsIn(await rendered('kbnt-operator-crds', ...set(`installerRole.${option}`)))
    const held = grantedBy(crds, ['kbnt-operator-installer'])
    assert.deepEqual([...held].sort(), [...granted].sort())
  }
})

describe('The rights that the operator looks for when it is refused', () => {
  const cases = [
    { what: 'without orders', orders: false, values: [] },
    { what: 'with orders', orders: true, values: ['--set', 'settings.orders.payments.till.adapter=none'] },
  ]
  for (const { what, orders, values } of cases)
    it(`are those that the chart gives it ${what}`, async () => {
      const manifests = manifestsIn(await rendered('kbnt-operator', ...values))
      const [ownNamespace, name] = ['kbnt-system', 'kbnt-operator'] as const
      const where = { ownNamespace, leaseName: name, namespaces: [undefined], deployment: name, orders }
      const { toLead, toServe } = neededRights(where)
      const namesOf = (rights: readonly Right[]) =>
        rights.map(({ group, resource, verb }) => `${group}/${resource} ${verb}`).sort()
      const inOwn = [...toLead, ...toServe].filter(({ namespace }) => namespace === ownNamespace)
      const inAll = toServe.filter(({ namespace }) => namespace === undefined)
      assert.deepEqual(namesOf(inAll), [...grantedBy(manifests, ['kbnt-system.kbnt-operator'])].sort())
      assert.deepEqual(namesOf(inOwn), [...grantedBy(manifests, ['kbnt-operator-own'])].sort())
    })
})

describe('The rights that the chart gives', () => {
  let directory: string
  let audit: AuditedServer
  let kubectl: Testbed['kubectl']
  let operator: OperatorProcess
  let manifests: Manifest[]
  let uninstall: () => Promise<string>

  const done = async (...args: Parameters<Testbed['kubectl']>): Promise<Answer> => {
    const answer = await kubectl(...args)
    assert.equal(answer.code, 0, answer.stderr)
    return answer
  }
  const phaseOf = async (kind: string, name: string) =>
    (await kubectl(['get', kind, name, '-n', served, '-o', 'jsonpath={.status.phase}'])).stdout

  before(async function () {
    this.timeout(90_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-rights-'))
    audit = await auditedServer(directory)
    const { server } = audit
    kubectl = testbed().kubectlOf(server)
    for (const name of ['kbnt-system', served]) await done(['create', 'namespace', name])
    manifests = manifestsIn(await rendered('kbnt-operator', '--set', `watchNamespaces={${served}}`))
    const items = manifests.filter(({ kind }) => /^((Cluster)?Role(Binding)?|Deployment)$/.test(kind))
    await done(['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items } as object)
    operator = operatorProcess({
      kubeconfigPath: await server.kubeconfigFor(account),
      namespaces: [served],
      settings: {
        leaderElection: { namespace: 'kbnt-system', leaseName: 'kbnt-operator' },
        machines: { provider: 'Simulated', simulated: { bootDelay: '10ms' } },
        requests: { keepFinished: '1s' },
      },
      environment: { KBNT_DEPLOYMENT: 'kbnt-operator' },
    })
    await operator.start()
    const settings = join(directory, 'settings.yaml')
    const leaderElection = { namespace: 'kbnt-system', leaseName: 'kbnt-operator' }
    await writeFile(settings, JSON.stringify({ watchNamespaces: [served], leaderElection }))
    const kubeconfig = await server.kubeconfigFor(uninstaller)
    const main = join(projectDirectory, 'operator/main.ts')
    uninstall = async () => {
      const args = [main, 'prepare-uninstall', '--config', settings, '--kubeconfig', kubeconfig]
      return (await mustRun({ command: process.execPath, arguments: args })).stdout
    }
  })
  after(async () => {
    await operator?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  it('are all that the operator uses, and it uses all of them', async function () {
    this.timeout(120_000)
    await done(['apply', '-f', '-'], kbnt('VirtualStock', 'grinder', { quantity: 8 }))
    await done(['apply', '-f', '-'], kbnt('VirtualStock', 'spare', { quantity: 1 }))
    const hold = (quantity: number) => ({ items: [{ stock: 'grinder', quantity }], ttl: '1s' })
    await done(['apply', '-f', '-'], kbnt('Reservation', 'short', hold(1)))
    await done(['apply', '-f', '-'], kbnt('Reservation', 'too-much', hold(99)))
    await done(['apply', '-f', join(samples, '10-pool.yaml'), '-f', join(samples, '20-web-1.yaml')])
    await until(
      'machine that runs',
      20_000,
      async () => (await phaseOf('vmachine', 'web-1')) === 'Running' || undefined,
    )
    await done(['apply', '-f', '-'], kbnt('VirtualStorage', 'data', aStorage))
    await until('storage', 20_000, async () => (await phaseOf('vstorage', 'data')) === 'Allocated' || undefined)
    await done(['apply', '-f', '-'], kbnt('VirtualNetwork', 'blue', aNetwork))
    await until('network', 20_000, async () => (await phaseOf('vnetwork', 'blue')) === 'Active' || undefined)
    await until('end of the hold', 20_000, async () => (await phaseOf('rsv', 'short')) === 'Expired' || undefined)
    const marked = async () => {
      const selected = ['get', 'rsv', '-n', served, '-l', 'kbnt.io/machine-uid', '-o', 'name']
      return (await done(selected)).stdout.trim().split('\n')
    }
    const isOver = async (name: string) => (await phaseOf('vreq', name)) === 'Completed' || undefined
    const asked = {
      MACHINE: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'us-east-1' },
      ...{ STORAGE: aStorage, NETWORK: { ...aNetwork, cidr: '10.21.0.0/24', vlan: 121 } },
    }
    for (const [kind, specification] of Object.entries(asked)) {
      const id = kind.toLowerCase()
      await done(['apply', '-f', '-'], request(`makes-${id}`, `CREATE_VIRTUAL_${kind}`, specification))
      await until(`${id} that was asked for`, 20_000, () => isOver(`makes-${id}`))
      const end = { originalMessageId: `makes-${id}` }
      await done(['apply', '-f', '-'], request(`ends-${id}`, `DELETE_VIRTUAL_${kind}`, end))
      await until(`end of that ${id}`, 20_000, () => isOver(`ends-${id}`))
    }
    const [capacity = ''] = await marked()
    await done(['label', capacity, '-n', served, 'kbnt.io/machine-uid-'])
    await until(
      'reservation that is marked again',
      20_000,
      async () => (await marked()).includes(capacity) || undefined,
    )
    await done(['delete', 'vmachine', 'web-1', '-n', served])
    await done(['delete', 'vstorage', 'data', '-n', served])
    await done(['delete', 'vnetwork', 'blue', '-n', served])
    const left = async () => (await done(['get', 'vreq', '-n', served, '-o', 'name'])).stdout.trim()
    await until('end of the requests', 60_000, async () => (await left()) === '' || undefined)
    await done(['apply', '-f', '-'], oldOrder)
    const patch = ['patch', 'orders.kbnt.io', 'old', '-n', served, '--subresource=status', '--type=merge', '-p']
    await done([...patch, JSON.stringify({ status: overStatus })])
    await done(['delete', 'orders.kbnt.io', 'old', '-n', served]) // waits until it is gone
    await done(['delete', 'vstk', 'spare', '-n', served])
    await operator.stop()

    assert.deepEqual(await audit.refusedOf(account), [])
    const granted = grantedBy(manifests, ['kbnt-operator', 'kbnt-operator-own'])
    const used = await audit.callsOf(account)
    assert.ok(used.delete('authorization.k8s.io/selfsubjectaccessreviews create')) // everybody may
    assert.deepEqual([...granted].filter((right) => !used.has(right) && !elsewhere.includes(right)).sort(), [])
    assert.deepEqual([...used].filter((call) => !granted.has(call)).sort(), [])
  })

  it('let the uninstall hook take our finalizers off, and no others', async () => {
    const finalizers = ['example.com/theirs', 'kbnt.io/stock-in-use']
    await done([
      'patch',
      'vstk',
      'grinder',
      '-n',
      served,
      '--type=merge',
      '-p',
      JSON.stringify({ metadata: { finalizers } }),
    ])
    assert.match(await uninstall(), /0 vmachines, 0 vstorages, 0 vnetworks and 4 virtualstocks/) // grinder, and the pool of three
    const { stdout } = await done(['get', 'vstk', 'grinder', '-n', served, '-o', 'jsonpath={.metadata.finalizers}'])
    assert.equal(stdout, '["example.com/theirs"]')
    assert.match(await uninstall(), /0 vmachines, 0 vstorages, 0 vnetworks and 0 virtualstocks/)
    const granted = grantedBy(manifests, ['kbnt-operator-uninstall', 'kbnt-operator-uninstall-own'])
    assert.deepEqual(
      [...(await audit.callsOf(uninstaller))].filter((call) => !granted.has(call)),
      [],
    )
  })
})
