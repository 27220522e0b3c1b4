import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type AuditedServer, auditedServer, grantedBy } from './audited-server.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

const system = 'kbnt-system'
const served = 'shop'
const name = 'kbnt-operator-gateway'
const account = `system:serviceaccount:${system}:${name}`
const roles = [name, `${name}-own`]
const reviews = `${system}.${name}.reviews`
const audience = 'kbnt-gateway'
const sells = 'settings.orders.payments.till={"adapter":"none"}'
const guests = `settings.gateway.tokens.audience="${audience}"`
const issuer = {
  ...{ issuer: 'https://login.example.com', jwksUri: 'https://login.example.com/keys', audience },
  ...{ usernamePrefix: 'login:', groupsPrefix: 'login:' },
}

async function gatewayWith(...values: readonly string[]): Promise<Manifest[]> {
  const args = ['gateway.enabled=true', ...values].flatMap((value) => ['--set-json', value])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}

/** Where the pods don't run: on ports of their own, with the rest of what the chart gives them. */
function settingsIn(manifests: readonly Manifest[]): Record<string, object> {
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
  const { data } = map as unknown as { readonly data: { readonly 'settings.yaml': string } }
  const { metrics: _metrics, health: _health, watchNamespaces: _namespaces, ...settings } = parse(data['settings.yaml'])
  return { ...settings, gateway: { ...settings.gateway, port: 0 } }
}

/** The roles that are bound to the account of the gateway. */
function boundIn(manifests: readonly Manifest[]): string[] {
  const subject = JSON.stringify({ kind: 'ServiceAccount', name, namespace: system })
  const bound = manifests.filter(({ subjects }) => JSON.stringify(subjects ?? []).includes(subject))
  return bound.map(({ roleRef }) => (roleRef as { name: string }).name).sort()
}

describe('The rights that the chart gives the gateway', function () {
  this.timeout(60_000)
  let directory = ''
  let audit: AuditedServer
  let manifests: Manifest[]
  let operator: OperatorProcess | undefined
  let gateway: GatewayProcess | undefined

  async function done(args: readonly string[], stdin?: object): Promise<string> {
    const { code, stdout, stderr } = await testbed().kubectlOf(audit.server)(args, stdin)
    assert.equal(code, 0, stderr)
    return stdout.trim()
  }

  /** Applies what the chart makes with these values beside the gateway's pods, and starts it. */
  async function install(...values: readonly string[]): Promise<void> {
    await gateway?.dispose()
    manifests = await gatewayWith(`watchNamespaces=["${served}"]`, ...values)
    const items = manifests.filter(({ kind }) => /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind))
    await done(['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
    gateway = gatewayProcess({
      kubeconfigPath: await kubeconfigOf(audit.server),
      namespaces: [served],
      settings: settingsIn(manifests),
    })
    await gateway.start()
    const { health } = gateway
    await until('a ready gateway', 20_000, async () => (await health('/readyz')).status === 200 || undefined)
  }

  /** With a token, as a pod has it. */
  async function kubeconfigOf(server: ApiServer): Promise<string> {
    const config = JSON.parse(await readFile(server.kubeconfigPath, 'utf8')) as { users: [{ user: object }] }
    config.users[0].user = { token: await done(['create', 'token', name, '-n', system]) }
    const path = join(directory, 'gateway.kubeconfig')
    await writeFile(path, JSON.stringify(config))
    return path
  }

  /** Everything that a till does all day; what the gateway says of it is not worth a warning. */
  async function everyCallOf(token: string, productId: string): Promise<void> {
    const { call, logs } = gateway as GatewayProcess
    const answers = async (want: number, method: string, path: string, body?: object) => {
      const headers = { 'idempotency-key': `${productId}-${want}`, prefer: want === 202 ? 'wait=0' : 'wait=20' }
      const answer = await call(method, path, { token, ...(body && { body }), ...(path === '/orders' && { headers }) })
      assert.equal(answer.status, want, `${method} ${path}: ${JSON.stringify(answer.body)}`)
      return answer.body
    }
    const stock = `/virtual-stock/stocks/${productId}`
    await answers(201, 'POST', '/virtual-stock/stocks', { productId, quantity: 3, price: '1.00', currency: 'EUR' })
    await answers(200, 'PUT', `${stock}/quantity`, { newQuantity: 4 })
    const held = await answers(200, 'POST', `${stock}/reserve`, { quantityToReserve: 2 })
    await answers(200, 'POST', `/reservations/${held.reservationId}/confirm`)
    const payment = { method: 'cash', provider: 'till', amount: { amount: '1.00', currency: 'EUR' } }
    const order = { items: [{ stockId: productId, quantity: 1 }], payment }
    const placed = await answers(201, 'POST', '/orders', order)
    await answers(200, 'GET', `/orders/${placed.orderName}?consistent=true`)
    const missing = { ...order, items: [{ stockId: 'none', quantity: 1 }] }
    const { orderName } = await answers(202, 'POST', '/orders', missing)
    await answers(200, 'POST', `/orders/${orderName}/cancel`)
    for (const path of ['/virtual-stock/stocks', '/reservations', '/machines', '/orders'])
      await answers(200, 'GET', path)
    await answers(200, 'GET', `${stock}?consistent=true`)
    await answers(200, 'GET', `/reservations/${held.reservationId}?consistent=true`)
    await answers(404, 'GET', '/machines/none?consistent=true')
    const asked = await answers(202, 'POST', '/virtualize', {
      type: 'DELETE_VIRTUAL_MACHINE',
      specifications: { uid: 'none' },
    })
    await answers(200, 'GET', `/requests/${asked.requestId}?consistent=true`)
    assert.deepEqual(
      logs().filter(({ level }) => level === 'warn' || level === 'error'),
      [],
    )
  }

  before(async function () {
    this.timeout(90_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-gateway-rights-'))
    audit = await auditedServer(directory)
    for (const namespace of [system, served]) await done(['create', 'namespace', namespace])
    operator = operatorProcess({
      kubeconfigPath: audit.server.kubeconfigPath,
      namespaces: [served],
      settings: {
        leaderElection: { ...calmLease, namespace: system, leaseName: 'kbnt-operator' },
        orders: { payments: { till: { adapter: 'none' } } },
      },
    })
    await operator.start()
    await install(sells)
    await done(['create', 'serviceaccount', 'till', '-n', served])
    const bind = ['create', 'rolebinding', 'till', '-n', served, `--serviceaccount=${served}:till`]
    await done([...bind, '--role=kbnt-operator-admin'])
  })
  after(async () => {
    await gateway?.dispose()
    await operator?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  it('are enough to be ready and to serve those who have rights of their own', async () => {
    const { text } = await (gateway as GatewayProcess).health('/readyz?verbose')
    assert.match(text, /\[\+\]leader ok/)
    await everyCallOf(await done(['create', 'token', 'till', '-n', served]), 'cup')
  })

  it('are all that it uses in its own name, and it uses all of them', async () => {
    const used = await audit.callsOf(account)
    assert.deepEqual([...used].sort(), [...grantedBy(manifests, roles)].sort())
    assert.deepEqual(boundIn(manifests), roles)
  })

  it('are the same for all namespaces, for some and for its own', async () => {
    for (const values of [[], [guests], [sells, guests]]) {
      const want = grantedBy(await gatewayWith(`watchNamespaces=["${served}"]`, ...values), [...roles, reviews])
      for (const [namespaces, prefix] of [
        ['*', `${system}.`],
        ['own', ''],
      ]) {
        const all = await gatewayWith(`watchNamespaces="${namespaces}"`, ...values)
        const names = [`${prefix}${name}`, `${name}-own`, reviews]
        assert.deepEqual([...grantedBy(all, names)].sort(), [...want].sort())
      }
    }
  })

  it('are, where it takes guests, enough to do for these whatever they may', async () => {
    await install(sells, guests)
    await everyCallOf(await done(['create', 'token', 'till', '-n', served, '--audience', audience]), 'saucer')
  })

  it('are then, too, all that it uses and has', async () => {
    const used = await audit.callsOf(account)
    assert.deepEqual([...used].sort(), [...grantedBy(manifests, [...roles, reviews])].sort())
    assert.deepEqual(boundIn(manifests), [...roles, reviews].sort())
  })

  it('are of no orders where the settings name nobody to pay', async () => {
    const all = grantedBy(await gatewayWith('watchNamespaces="own"', guests), [name])
    assert.deepEqual(
      [...all].filter((right) => right.includes('orders')),
      [],
    )
  })

  it('look into no tokens where issuers alone make those of guests', async () => {
    const all = await gatewayWith(`settings.gateway.tokens.issuers=${JSON.stringify([issuer])}`)
    assert.deepEqual([...grantedBy(all, [reviews])], ['authorization.k8s.io/subjectaccessreviews create'])
    assert.ok(grantedBy(all, [`${system}.${name}`]).has('kbnt.io/reservations create'))
  })

  it('leave those of the cluster to others who may grant them, and none to nobody who takes no guests', async () => {
    const clusterRoles = async (...values: readonly string[]) =>
      (await gatewayWith('watchNamespaces="own"', ...values)).filter(({ kind }) => kind === 'ClusterRole').length
    assert.equal(await clusterRoles(), 0)
    assert.equal(await clusterRoles(guests), 1)
    assert.equal(await clusterRoles(guests, 'gateway.reviews.create=false'), 0)
    assert.equal(await clusterRoles('settings.gateway.tokens={}'), 0)
  })
})
