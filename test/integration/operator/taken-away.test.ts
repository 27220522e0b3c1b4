import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import { serverBinaries } from '../../../hack/testbed/server-binaries.ts'
import { ORDER_FINALIZER } from '../../../operator/infrastructure/kubernetes/resources/orders.ts'
import { MACHINE_FINALIZER } from '../../../operator/infrastructure/kubernetes/resources/virtual-machines.ts'
import { NETWORK_FINALIZER } from '../../../operator/infrastructure/kubernetes/resources/virtual-networks.ts'
import { STORAGE_FINALIZER } from '../../../operator/infrastructure/kubernetes/resources/virtual-storages.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'

const shop = 'taken-shop'
const name = 'kbnt-operator'

const deploymentIn = (namespace: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: 'operator:1' }] } },
  },
})

const machine = {
  apiVersion: 'kbnt.io/v1beta1',
  kind: 'VirtualMachine',
  metadata: { name: 'mine', namespace: shop, finalizers: [MACHINE_FINALIZER] },
  spec: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'none', provider: 'Simulated', owner: 'ana' },
}

const storage = {
  ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStorage' },
  metadata: { name: 'mine', namespace: shop, finalizers: [STORAGE_FINALIZER] },
  spec: { size: '1Gi', pool: 'none', provider: 'Simulated' },
}

const network = {
  ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualNetwork' },
  metadata: { name: 'mine', namespace: shop, finalizers: [NETWORK_FINALIZER] },
  spec: { cidr: '10.20.0.0/24', vlan: 120, provider: 'Simulated' },
}

const order = {
  ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order' },
  metadata: { name: 'mine', namespace: shop, finalizers: [ORDER_FINALIZER] },
  spec: {
    ...{ customer: 'ana', items: [{ stock: 'seats', quantity: 1 }] },
    payment: { method: 'card-1', provider: 'acme', amount: { amount: '1.00', currency: 'EUR' } },
  },
}

/** No controllers run here: the test does what they would, ends processes as the kubelet does, and looks at what is left. */
describe('An operator that ends', function () {
  this.timeout(60_000)
  let server: ApiServer
  let kubectl: Testbed['kubectl']
  let stocks: ObservedNamespaces
  let replicas: readonly [leader: OperatorProcess, standby: OperatorProcess]
  let homes = 0
  let home = ''

  const done = async (...args: Parameters<Testbed['kubectl']>) => {
    const answer = await kubectl(...args)
    assert.equal(answer.code, 0, answer.stderr)
    return answer.stdout
  }
  const finalizers = (kind = 'vstk', object = 'seats') =>
    done(['get', kind, object, '-n', shop, '-o', 'jsonpath={.metadata.finalizers}'])
  const apply = () => done(['apply', '-f', '-'], deploymentIn(home))
  const remove = (...how: readonly string[]) => done(['delete', 'deployment', name, '-n', home, '--wait=false', ...how])
  const patch = (spec: object) =>
    done(['patch', 'deployment', name, '-n', home, '--type=merge', '-p', JSON.stringify({ spec })])
  const end = () => Promise.all(replicas.map((one) => one.stop()))

  before(async () => {
    server = await testbed().ownApiServer()
    kubectl = testbed().kubectlOf(server)
    stocks = await observedNamespaces(server.kubeconfigPath, [shop])
    await stocks.createStock('seats', { quantity: 5 })
  })
  beforeEach(async () => {
    homes += 1
    home = `taken-home-${homes}`
    await done(['create', 'namespace', home])
    await apply()
    const parts = {
      ...{ kubeconfigPath: server.kubeconfigPath, namespaces: [shop] as const },
      settings: { leaderElection: { namespace: home } },
      environment: { KBNT_DEPLOYMENT: name },
    }
    replicas = [operatorProcess(parts), operatorProcess({ ...parts, until: 'started' })]
    for (const one of replicas) await one.start()
    await stocks.reserve(`order-${homes}`, { seats: 1 }, { ttl: '1s' })
    await stocks.untilPhase(`order-${homes}`, 'Reserved')
    assert.match(await finalizers(), /kbnt\.io/)
  })
  afterEach(() => Promise.all(replicas.map((one) => one.dispose())))
  after(() => stocks.close())

  const forGood = [
    { because: 'its Deployment was deleted', happens: () => remove() },
    { because: 'its Deployment is being deleted, pods first', happens: () => remove('--cascade=foreground') },
    { because: 'its namespace is being deleted', happens: () => done(['delete', 'ns', home, '--wait=false']) },
  ]
  for (const { because, happens } of forGood)
    it(`takes its finalizers off when ${because}`, async () => {
      for (const object of [storage, network]) await done(['apply', '-f', '-'], object)
      await happens()
      await end()
      const left = [await finalizers(), await finalizers('vstor', 'mine'), await finalizers('vnet', 'mine')]
      assert.deepEqual(left, ['', '', ''])
    })

  it('leaves them where it is only stopped, rolled out or scaled to none', async () => {
    await patch({ template: { spec: { containers: [{ name, image: 'operator:2' }] } } })
    await replicas[1].stop()
    await patch({ replicas: 0 })
    await end()
    assert.match(await finalizers(), /kbnt\.io/)
  })

  it('leaves them where its Deployment is replaced by another of that name', async () => {
    await remove()
    const ended = end()
    await pause(1_000)
    await apply()
    await ended
    assert.match(await finalizers(), /kbnt\.io/)
  })
  it('leaves them where it is killed; the command of docs/install.md takes them off then', async () => {
    for (const object of [machine, storage, network, order]) await done(['apply', '-f', '-'], object)
    await remove()
    await Promise.all(replicas.map((one) => one.kill()))
    assert.match(await finalizers(), /kbnt\.io/)
    const page = await readFile(join(projectDirectory, 'docs/install.md'), 'utf8')
    const [command = ''] =
      /^kubectl get virtualstocks,vmachines,vstorages,vnetworks,orders.kbnt.io .*$/m.exec(page) ?? []
    const binaries = await serverBinaries(process.env, silent)
    const PATH = `${dirname(binaries.kubectl)}:${process.env['PATH']}`
    const environment = { ...process.env, PATH, KUBECONFIG: server.kubeconfigPath }
    await mustRun({ command: 'bash', arguments: ['-c', command], environment })
    for (const [kind, name] of [
      ['vstk', 'seats'],
      ['vmach', 'mine'],
      ['vstor', 'mine'],
      ['vnet', 'mine'],
      ['orders', 'mine'],
    ] as const)
      assert.equal(await finalizers(kind, name), '', kind)
  })
})
