import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Finished, mustRun } from '../../../hack/testbed/run-program.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { type LogLine, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { until } from '../../fixtures/until.ts'
import { type Helm, type OwnedCluster, ownedCluster } from './namespace-owner.ts'

const shop = 'shop'
const chart = 'charts/kbnt-operator'
const own = ['--set', 'watchNamespaces=own,gateway.enabled=true']
const guests = ['--set', 'settings.gateway.tokens.audience=kbnt-gateway']
const hold = { items: [{ stock: 'grinder', quantity: 1 }] }
/** Of what the API server says when somebody grants more than they have. */
const escalation = 'attempting to grant RBAC permissions not currently held'

interface Job {
  readonly spec: { readonly template: { readonly spec: { readonly serviceAccountName: string } } }
}

function ok({ exitCode, stdout, stderr }: Finished): string {
  assert.equal(exitCode, 0, stderr)
  return stdout
}

/** No kubelet runs the pods here: the test does what is in them, as their accounts. */
describe('The administrator of one namespace, who has the installer role there', function () {
  this.timeout(90_000)
  this.bail(true) // each step stands on the one before
  let cluster: OwnedCluster
  let helm: Helm
  let operator: OperatorProcess | undefined
  let gateway: GatewayProcess | undefined
  let directory = ''

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-owner-'))
    cluster = await ownedCluster()
    helm = await cluster.giveAway(shop, 'ana', ['admin', 'kbnt-operator-installer'])
  })
  after(async () => {
    await gateway?.dispose()
    await operator?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  const there = (kind: string, name: string) =>
    cluster.done(['get', kind, name, '-n', shop]).then(
      () => true,
      () => undefined,
    )
  const finalizersOf = async (kind: string, name: string) =>
    (await cluster.done(['get', kind, name, '-n', shop, '-o', 'jsonpath={.metadata.finalizers}'])).stdout

  async function settings(name = 'kbnt-operator'): Promise<Record<string, object>> {
    const { data } = await cluster.json<{ data: Record<string, string> }>('get', 'cm', name, '-n', shop)
    return parse(data['settings.yaml'] ?? '') as Record<string, object>
  }

  async function startGateway(): Promise<GatewayProcess> {
    const { metrics: _metrics, health: _health, ...given } = await settings('kbnt-operator-gateway')
    await gateway?.dispose()
    gateway = gatewayProcess({
      kubeconfigPath: await cluster.accountOf(shop, 'kbnt-operator-gateway'),
      ...{ namespaces: [shop], settings: { ...given, gateway: { ...given['gateway'], port: 0 } } },
    })
    const { health } = gateway
    await gateway.start()
    await until('a ready gateway', 20_000, async () => (await health('/readyz')).status === 200 || undefined)
    return gateway
  }

  it('is really nobody outside of it', async () => {
    const elsewhere = await helm('install', 'kbnt-operator', chart)
    assert.notEqual(elsewhere.exitCode, 0)
    assert.match(elsewhere.stderr, /clusterrole.* is forbidden: User "ana" cannot/)
    await helm('uninstall', 'kbnt-operator', '--no-hooks')
  })

  it('installs the operator, which leads and decides', async () => {
    ok(await helm('upgrade', '--install', 'kbnt-operator', chart, ...own))
    const { metrics: _metrics, health: _health, ...given } = await settings()
    operator = operatorProcess({
      kubeconfigPath: await cluster.accountOf(shop, 'kbnt-operator'),
      ...{ namespaces: [shop], settings: given },
    })
    await operator.start()
    // a server that was given the kinds a moment ago may still say that of one
    const isNew = ({ error }: LogLine) => JSON.stringify(error ?? '').includes('storage is (re)initializing')
    const bad = operator.logs().filter((line) => (line.level === 'warn' || line.level === 'error') && !isNew(line))
    assert.deepEqual(bad, [])
  })

  it('has a gateway with it, which is ready and answers her', async () => {
    const { call } = await startGateway()
    await cluster.done(['create', 'serviceaccount', 'till', '-n', shop])
    const bind = ['create', 'rolebinding', 'till', '-n', shop, '--role=kbnt-operator-admin']
    await cluster.done([...bind, `--serviceaccount=${shop}:till`])
    const { stdout: token } = await cluster.done(['create', 'token', 'till', '-n', shop])
    const answer = await call('GET', '/virtual-stock/stocks', { token: token.trim() })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  })

  it('has guests of it once the owner of the cluster has bound what is not of a namespace', async () => {
    const refused = await helm('upgrade', 'kbnt-operator', chart, ...own, ...guests)
    assert.match(refused.stderr, /clusterroles.* is forbidden: User "ana" cannot/)
    ok(await helm('upgrade', 'kbnt-operator', chart, ...own, ...guests, '--set', 'gateway.reviews.create=false'))
    const { call } = await startGateway()
    const { stdout } = await cluster.done(['create', 'token', 'till', '-n', shop, '--audience', 'kbnt-gateway'])
    const guest = { token: stdout.trim() }
    const before = await call('GET', '/virtual-stock/stocks', guest)
    assert.equal(before.status, 503)
    assert.match(before.body.detail, /create tokenreviews/)

    const page = await readFile(join(projectDirectory, 'docs/install.md'), 'utf8')
    const [bind = ''] = /^kubectl create clusterrolebinding .* system:auth-delegator .*$/m.exec(page) ?? []
    await cluster.done(bind.split(' ').slice(1))
    const body = { productId: 'kettle', quantity: 1 }
    const made = await until('a guest', 20_000, async () => {
      const answer = await call('POST', '/virtual-stock/stocks', { ...guest, body })
      return answer.status === 503 ? undefined : answer
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await cluster.done(['delete', 'vstk', 'kettle', '-n', shop])
  })

  it('tests it, with a real reservation', async () => {
    const tested = helm('test', 'kbnt-operator', '--timeout', '60s')
    await until('pod of the test', 20_000, () => there('pod', 'kbnt-operator-test'))
    const { data } = await cluster.json<{ data: Record<string, string> }>('get', 'cm', 'kbnt-operator-test', '-n', shop)
    const script = join(directory, 'make-reservation.mjs')
    const text = data['make-reservation.mjs'] ?? ''
    await writeFile(script, text.replace('/var/run/secrets/kubernetes.io/serviceaccount', directory))
    const { stdout: token } = await cluster.done(['create', 'token', 'kbnt-operator-test', '-n', shop])
    await writeFile(join(directory, 'token'), token)
    await writeFile(join(directory, 'ca.crt'), cluster.server.certificateAuthorityPem)
    const { hostname: KUBERNETES_SERVICE_HOST, port: KUBERNETES_SERVICE_PORT } = new URL(cluster.server.url)
    const { stdout } = await mustRun({
      ...{ command: process.execPath, arguments: [script, shop, 'kbnt-operator-test'] },
      environment: { ...process.env, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT },
    })
    assert.match(stdout, /shop\/kbnt-operator-test is reserved/)
    const succeeded = JSON.stringify({ status: { phase: 'Succeeded' } })
    const patch = ['patch', 'pod', 'kbnt-operator-test', '-n', shop, '--subresource=status', '--type=merge', '-p']
    await cluster.done([...patch, succeeded])
    assert.match(ok(await tested), /Phase:\s+Succeeded/)
  })

  it('upgrades it and rolls it back', async () => {
    const replicas = async () =>
      (await cluster.json<{ spec: { replicas: number } }>('get', 'deploy', 'kbnt-operator', '-n', shop)).spec.replicas
    ok(await helm('upgrade', 'kbnt-operator', chart, ...own, '--set', 'replicas=3'))
    assert.equal(await replicas(), 3)
    ok(await helm('rollback', 'kbnt-operator', '1'))
    assert.equal(await replicas(), 2)
  })

  it('uninstalls it, and nothing waits for an operator that is gone', async () => {
    const object = (kind: string, name: string, spec: object) => ({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind, metadata: { name, namespace: shop }, spec },
    })
    await cluster.done(['apply', '-f', '-'], object('VirtualStock', 'grinder', { quantity: 8 }))
    await cluster.done(['apply', '-f', '-'], object('Reservation', 'order', hold))
    const marked = async () => (await finalizersOf('vstk', 'grinder')).includes('kbnt.io/') || undefined
    await until('finalizer of the stock', 20_000, marked)

    const uninstalled = helm('uninstall', 'kbnt-operator', '--timeout', '60s')
    await until('job of the uninstall', 20_000, () => there('job', 'kbnt-operator-uninstall'))
    const { spec } = await cluster.json<Job>('get', 'job', 'kbnt-operator-uninstall', '-n', shop)
    const { serviceAccountName } = spec.template.spec
    const file = join(directory, 'settings.yaml')
    await writeFile(file, JSON.stringify(await settings()))
    const kubeconfig = await cluster.accountOf(shop, serviceAccountName)
    const main = join(projectDirectory, 'operator/main.ts')
    const args = [main, 'prepare-uninstall', '--config', file, '--kubeconfig', kubeconfig]
    const prepared = mustRun({ command: process.execPath, arguments: args })
    await until('Deployment that is scaled to none', 20_000, async () => {
      const { spec: scaled } = await cluster.json<{ spec: { replicas: number } }>(
        ...(['get', 'deploy', 'kbnt-operator', '-n', shop] as const),
      )
      return scaled.replicas === 0 || undefined
    })
    await operator?.stop()
    assert.match(
      (await prepared).stdout,
      /finalizers taken off 0 vmachines, 0 vstorages, 0 vnetworks and 1 virtualstocks/,
    )
    const now = new Date().toISOString()
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({
      ...{ type, status: 'True', lastTransitionTime: now, lastProbeTime: now },
    }))
    const status = { succeeded: 1, startTime: now, completionTime: now, conditions }
    const patch = ['patch', 'job', 'kbnt-operator-uninstall', '-n', shop, '--subresource=status', '--type=merge', '-p']
    await cluster.done([...patch, JSON.stringify({ status })])
    ok(await uninstalled)
    assert.equal(await finalizersOf('vstk', 'grinder'), '')
    assert.equal(await there('deploy', 'kbnt-operator'), undefined)
  })

  it('is told what to ask for when they have no installer role', async () => {
    const without = await cluster.giveAway('depot', 'ben', ['admin'])
    const { exitCode, stderr } = await without('upgrade', '--install', 'kbnt-operator', chart, ...own)
    assert.notEqual(exitCode, 0)
    assert.ok(stderr.includes(escalation), stderr)
    const page = await readFile(join(projectDirectory, 'docs/install.md'), 'utf8')
    assert.ok(page.includes(escalation))
    const [bind = ''] = /^kubectl create rolebinding kbnt-operator-installer .*$/m.exec(page) ?? []
    await cluster.done(bind.replace('shop', 'depot').replace('ana', 'ben').split(' ').slice(1))
    ok(await without('upgrade', '--install', 'kbnt-operator', chart, ...own))
  })

  it('needs no more than admin where accounts and rights come from somebody else', async () => {
    const without = await cluster.giveAway('yard', 'cleo', ['admin'])
    const given =
      'serviceAccount.create=false,serviceAccount.name=stock,rbac.create=false,gateway.serviceAccountName=door'
    ok(await without('upgrade', '--install', 'kbnt-operator', chart, ...own, '--set', given))
    const made = [
      'serviceaccounts,roles,rolebindings',
      '-n',
      'yard',
      '-l',
      'app.kubernetes.io/name in (kbnt-operator,kbnt-operator-gateway)',
    ]
    assert.equal((await cluster.done(['get', ...made, '-o', 'name'])).stdout, '')
    const account = ['deploy', 'kbnt-operator', '-n', 'yard', '-o', 'jsonpath={.spec.template.spec.serviceAccountName}']
    assert.equal((await cluster.done(['get', ...account])).stdout, 'stock')
  })
})
