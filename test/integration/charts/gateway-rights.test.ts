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

/** Where the pods don't run: on ports of their own, with the rest of what the chart gives them. */
function settingsIn(manifests: readonly Manifest[]): Record<string, object> {
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
  const { data } = map as unknown as { readonly data: { readonly 'settings.yaml': string } }
  const { metrics: _metrics, health: _health, watchNamespaces: _namespaces, ...settings } = parse(data['settings.yaml'])
  return { ...settings, gateway: { ...settings.gateway, port: 0 } }
}

describe('The rights that the chart gives the gateway', () => {
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

  before(async function () {
    this.timeout(90_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-gateway-rights-'))
    audit = await auditedServer(directory)
    for (const namespace of [system, served]) await done(['create', 'namespace', namespace])
    manifests = manifestsIn(
      await rendered('kbnt-operator', '--set', `watchNamespaces={${served}},gateway.enabled=true`),
    )
    const items = manifests.filter(({ kind }) => /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind))
    await done(['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
    operator = operatorProcess({
      kubeconfigPath: audit.server.kubeconfigPath,
      namespaces: [served],
      settings: { leaderElection: { ...calmLease, namespace: system, leaseName: 'kbnt-operator' } },
    })
    await operator.start()
    gateway = gatewayProcess({
      kubeconfigPath: await kubeconfigOf(audit.server),
      namespaces: [served],
      settings: settingsIn(manifests),
    })
    await gateway.start()
  })
  after(async () => {
    await gateway?.dispose()
    await operator?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  /** With a token, as a pod has it. */
  async function kubeconfigOf(server: ApiServer): Promise<string> {
    const config = JSON.parse(await readFile(server.kubeconfigPath, 'utf8')) as { users: [{ user: object }] }
    config.users[0].user = { token: await done(['create', 'token', name, '-n', system]) }
    const path = join(directory, 'gateway.kubeconfig')
    await writeFile(path, JSON.stringify(config))
    return path
  }

  it('are enough to be ready and to serve those who have rights of their own', async function () {
    this.timeout(60_000)
    const { health, call, logs } = gateway as GatewayProcess
    await until('a ready gateway', 20_000, async () => (await health('/readyz')).status === 200 || undefined)
    assert.match((await health('/readyz?verbose')).text, /\[\+\]leader ok/)

    await done(['create', 'serviceaccount', 'till', '-n', served])
    const bind = ['create', 'rolebinding', 'till', '-n', served, `--serviceaccount=${served}:till`]
    await done([...bind, '--role=kbnt-operator-admin'])
    const token = await done(['create', 'token', 'till', '-n', served])
    const created = await call('POST', '/virtual-stock/stocks', { token, body: { productId: 'cup', quantity: 3 } })
    assert.equal(created.status, 201, JSON.stringify(created.body))
    const held = await call('POST', '/virtual-stock/stocks/cup/reserve', { token, body: { quantityToReserve: 2 } })
    assert.deepEqual([held.status, held.body.reserved], [200, 2], JSON.stringify(held.body))
    for (const path of ['/virtual-stock/stocks', '/reservations', '/machines'])
      assert.equal((await call('GET', path, { token })).status, 200, path)

    const own = await done(['create', 'token', name, '-n', system])
    const body = { productId: 'saucer', quantity: 3 }
    const write = await call('POST', `/virtual-stock/stocks?namespace=${served}`, { token: own, body })
    assert.equal(write.status, 403, 'it writes nothing of its own')
    assert.deepEqual(
      logs().filter(({ level }) => level === 'warn' || level === 'error'),
      [],
    )
  })

  it('are all that it uses in its own name, and it uses all of them', async () => {
    const granted = grantedBy(manifests, roles)
    const used = await audit.callsOf(account)
    for (const theirs of ['selfsubjectreviews', 'selfsubjectaccessreviews', 'virtualstocks create'])
      for (const call of used) if (call.includes(theirs)) used.delete(call) // of the token that was sent as a caller's
    assert.deepEqual([...used].sort(), [...granted].sort())
  })

  it('are the same for all namespaces, for some and for its own', async () => {
    const want = [...grantedBy(manifests, roles)].sort()
    for (const [namespaces, prefix] of [
      ['*', `${system}-`],
      ['own', ''],
    ]) {
      const values = `gateway.enabled=true,watchNamespaces=${namespaces}`
      const all = manifestsIn(await rendered('kbnt-operator', '--set', values))
      assert.deepEqual([...grantedBy(all, [`${prefix}${name}`, `${name}-own`])].sort(), want)
    }
  })

  it('are all that its account has', () => {
    const subject = JSON.stringify({ kind: 'ServiceAccount', name, namespace: system })
    const bound = manifests.filter(({ subjects }) => JSON.stringify(subjects ?? []).includes(subject))
    assert.deepEqual(bound.map(({ roleRef }) => (roleRef as { name: string }).name).sort(), roles)
  })
})
