import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Answer, type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

const policy = join(projectDirectory, 'config/policies/consumer-and-priority.yaml')
const guarded = 'policy-guarded'
const free = 'policy-free'
const shopAccount = 'system:serviceaccount:policy-guarded:shop'

interface Wish {
  readonly kind:
    | 'Reservation'
    | 'VirtualMachine'
    | 'VirtualStorage'
    | 'VirtualNetwork'
    | 'VirtualizationRequest'
    | 'Order'
  readonly spec: object
  readonly namespace?: string
}

const reservation = (spec: object): Wish => ({
  kind: 'Reservation',
  spec: { items: [{ stock: 's', quantity: 1 }], ...spec },
})
const machine = (spec: object): Wish => ({
  kind: 'VirtualMachine',
  spec: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'p', ...spec },
})

const storage = (spec: object): Wish => ({ kind: 'VirtualStorage', spec: { size: '1Gi', pool: 'p', ...spec } })

const network = (spec: object): Wish => ({ kind: 'VirtualNetwork', spec: { cidr: '10.0.0.0/24', vlan: 7, ...spec } })

const order = (customer: string): Wish => ({
  kind: 'Order',
  spec: {
    ...{ customer, items: [{ stock: 's', quantity: 1 }] },
    payment: { method: 'card-of-ana', provider: 'acme', amount: { amount: '1.00', currency: 'EUR' } },
  },
})

const request = (payload: object): Wish => ({
  kind: 'VirtualizationRequest',
  spec: {
    ...{ messageId: 'm', messageType: 'CREATE_VIRTUAL_MACHINE' },
    payload: { specification: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'p' }, ...payload },
  },
})

/** Whom the pods of a Deployment of the chart run as. */
function accountIn(manifests: readonly Manifest[], deployment: string): string {
  const found = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === deployment)
  assert.ok(found, deployment)
  const { template } = found['spec'] as { template: { spec: { serviceAccountName: string } } }
  return `system:serviceaccount:${found.metadata.namespace}:${template.spec.serviceAccountName}`
}

describe('The sample policy for consumers and priorities', () => {
  const people = new Map<string, Testbed['kubectl']>()
  let created = 0
  let operatorAccount: string
  let gatewayAccount: string
  let workerAccount: string

  /** Whoever it is may write reservations and machines, as far as RBAC goes. A user is always in the same groups. */
  async function kubectlOf(user: string, groups: readonly string[] = []): Promise<Testbed['kubectl']> {
    const known = people.get(user)
    if (known) return known
    const kubeconfigPath = await testbed().kubeconfigFor(user, ['policy:people', ...groups])
    const kubectl = testbed().kubectlOf({ kubeconfigPath })
    people.set(user, kubectl)
    return kubectl
  }
  function resourceOf({ kind, spec, namespace = guarded }: Wish): object {
    created += 1
    return { apiVersion: 'kbnt.io/v1beta1', kind, metadata: { name: `wish-${created}`, namespace }, spec }
  }
  async function creates(user: string, wish: Wish, groups: readonly string[] = []): Promise<Answer> {
    return (await kubectlOf(user, groups))(['create', '-f', '-'], resourceOf(wish))
  }
  async function may(user: string, wish: Wish, groups: readonly string[] = []): Promise<void> {
    const { code, stderr } = await creates(user, wish, groups)
    assert.deepEqual([code, stderr], [0, ''])
  }
  async function mayNot(user: string, wish: Wish, says: RegExp): Promise<void> {
    const { code, stderr } = await creates(user, wish)
    assert.notEqual(code, 0)
    assert.match(stderr, says)
  }
  async function done(args: readonly string[], stdin?: object): Promise<void> {
    const { code, stderr } = await testbed().kubectl(args, stdin)
    assert.equal(code, 0, stderr)
  }

  before(async function () {
    this.timeout(60_000)
    const given = [
      ...['gateway.enabled=true', 'kafka.brokers={a:9092}', 'watchNamespaces={shop}'],
      ...['flows.virtualization.enabled=true', 'flows.virtualization.sources[0].topic=t'],
      'flows.virtualization.sources[0].namespaces={shop}',
    ]
    const manifests = manifestsIn(await rendered('kbnt-operator', ...given.flatMap((value) => ['--set', value])))
    operatorAccount = accountIn(manifests, 'kbnt-operator')
    gatewayAccount = accountIn(manifests, 'kbnt-operator-gateway')
    workerAccount = accountIn(manifests, 'kbnt-operator-flow-virtualization')
    for (const name of [guarded, free]) await done(['create', 'namespace', name])
    const resources = ['reservations', 'vmachines', 'vstorages', 'vnetworks', 'vrequests', 'orders']
    await done([
      'create',
      'clusterrole',
      'policy-people',
      '--verb=create,get,patch,delete',
      `--resource=${resources.map((name) => `${name}.kbnt.io`)}`,
    ])
    await done([
      'create',
      'clusterrolebinding',
      'policy-people',
      '--clusterrole=policy-people',
      '--group=policy:people',
    ])
    await done(['apply', '--server-side', '-f', policy])
    await done(['label', 'namespace', guarded, 'kbnt.io/consumer-policy=enforce'])
    // the API server takes a policy up a moment after it has stored it
    for (const wish of [
      reservation({ consumer: 'probe' }),
      machine({ owner: 'probe' }),
      request({ userId: 'probe' }),
      order('probe'),
    ]) {
      await until(`policy for ${wish.kind}`, 30_000, async () =>
        (await creates('nobody', wish)).code === 0 ? undefined : true,
      )
    }
  })
  after(async () => {
    await testbed().kubectl(['delete', '-f', policy, '--wait=false'])
    await testbed().kubectl(['delete', 'clusterrole,clusterrolebinding', 'policy-people', '--wait=false'])
  })

  it('lets people reserve for themselves, and not for others or for nobody', async () => {
    await may('ana', reservation({ consumer: 'ana' }))
    await mayNot('ana', reservation({ consumer: 'bob' }), /spec[.]consumer must be ana, who asks/)
    await mayNot('ana', reservation({}), /spec[.]consumer must be ana/)
  })

  it('lets a service account reserve under its own name only', async () => {
    await may(shopAccount, reservation({ consumer: shopAccount }))
    await mayNot(shopAccount, reservation({ consumer: 'ana' }), /must be system:serviceaccount:policy-guarded:shop/)
  })

  it('lets those who act on behalf of others name anybody', async () => {
    await may('checkout', reservation({ consumer: 'ana' }), ['kbnt:on-behalf'])
    await may('checkout', machine({ owner: 'ana' }), ['kbnt:on-behalf'])
  })

  it('lets the gateway name anybody, whom it has judged itself, and give no priority', async () => {
    await may(gatewayAccount, reservation({ consumer: 'ana' }))
    await mayNot(gatewayAccount, reservation({ consumer: 'ana', priority: 1 }), /above 0 is for members/)
    await mayNot(gatewayAccount, machine({ owner: 'ana' }), /spec[.]owner must be system:serviceaccount/)
  })

  it('keeps priorities above 0 for a group', async () => {
    await mayNot('ana', reservation({ consumer: 'ana', priority: 1 }), /above 0 is for members of kbnt:priority/)
    await may('ana', reservation({ consumer: 'ana', priority: -5 }))
    await may('pia', reservation({ consumer: 'pia', priority: 10 }), ['kbnt:priority'])
    await mayNot('ana', machine({ owner: 'ana', priority: 1 }), /above 0 is for members of kbnt:priority/)
  })

  it('lets somebody else confirm, and lower a priority, but not raise it', async () => {
    const pia = await kubectlOf('pia', ['kbnt:priority'])
    const wish = resourceOf(reservation({ consumer: 'pia', priority: 10 }))
    assert.equal((await pia(['create', '-f', '-'], wish)).code, 0)
    const bob = await kubectlOf('bob')
    const patch = async (spec: object) => {
      const args = ['patch', 'rsv', `wish-${created}`, '-n', guarded, '--type=merge', '-p', JSON.stringify({ spec })]
      return (await bob(args)).stderr
    }
    assert.equal(await patch({ state: 'Confirmed' }), '')
    assert.match(await patch({ priority: 11 }), /above 0 is for members/)
    assert.equal(await patch({ priority: 3 }), '')
  })

  it('binds the owner of a machine and of a storage in the same way', async () => {
    await may('ana', machine({ owner: 'ana' }))
    await mayNot('ana', machine({ owner: 'bob' }), /spec[.]owner must be ana, who asks/)
    await mayNot('ana', machine({}), /spec[.]owner must be ana/)
    await may('ana', storage({ owner: 'ana' }))
    await mayNot('ana', storage({ owner: 'bob' }), /spec[.]owner must be ana, who asks/)
  })

  it('binds who asks by a request in the same way, and what its machine may be before', async () => {
    await may('ana', request({ userId: 'ana', priority: 0 }))
    await mayNot('ana', request({ userId: 'bob' }), /spec[.]payload[.]userId must be ana, who asks/)
    await mayNot('ana', request({ userId: 'ana', priority: 1 }), /above 0 is for members of kbnt:priority/)
    await may('checkout', request({ userId: 'ana' }), ['kbnt:on-behalf'])
    await may('pia', request({ userId: 'pia', priority: 10 }), ['kbnt:priority'])
    for (const account of [workerAccount, gatewayAccount]) await may(account, request({ userId: 'ana', priority: 7 }))
    await may('ana', { ...request({ userId: 'bob', priority: 7 }), namespace: free })
  })

  it('binds the customer of an order, who pays, and the owner of a network', async () => {
    await may('ana', order('ana'))
    await mayNot('bob', order('ana'), /spec[.]customer must be bob, who asks/)
    await may('checkout', order('ana'), ['kbnt:on-behalf'])
    await may(gatewayAccount, order('ana'))
    await may('bob', { ...order('ana'), namespace: free })
    await may('ana', network({ owner: 'ana' }))
    await mayNot('ana', network({ owner: 'bob' }), /spec[.]owner must be ana, who asks/)
  })

  it('does not stand in the way of the operator, nor of namespaces without the label', async () => {
    await may(operatorAccount, reservation({ consumer: 'ana', priority: 7 }))
    await may('ana', { ...reservation({ consumer: 'bob', priority: 7 }), namespace: free })
  })
})
