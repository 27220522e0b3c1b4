import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { dryRun, helm, type Manifest, manifestsIn, rendered } from './helm.ts'

const name = 'kbnt-operator-gateway'
const tls = { 'gateway.tls.secret': 'front' }

async function manifestsWith(values: object): Promise<Manifest[]> {
  const all = { 'gateway.enabled': true, ...values }
  const args = Object.entries(all).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}

async function specOf(kind: string, values: object, named = name): Promise<Record<string, unknown>> {
  const found = (await manifestsWith(values)).find((one) => one.kind === kind && one.metadata.name === named)
  assert.ok(found, `${kind} ${named}`)
  return found['spec'] as Record<string, unknown>
}

/** What its Deployment has of interest. */
interface Pods {
  readonly template: {
    readonly spec: {
      readonly volumes: readonly { readonly name: string }[]
      readonly containers: readonly { readonly volumeMounts: readonly Readonly<Record<string, string>>[] }[]
    }
  }
}

const expose = (as: string, more: object = {}) => ({ 'gateway.expose': { as, ...more } })
const ready = { parentRefs: [{ name: 'public', namespace: 'gateways' }] }

describe('The gateway of the chart', () => {
  it('is not there unless it is asked for', async () => {
    const monitored = await rendered('kbnt-operator', '--set', 'prometheusRule.enabled=true,dashboards.enabled=true')
    assert.doesNotMatch(monitored, /gateway-own|KbntNoG|dashboard-gateway/)
  })

  it('has a dashboard beside the others', async () => {
    const values = { 'dashboards.enabled': true }
    const boards = async (more: object) =>
      (await manifestsWith({ ...values, ...more })).flatMap(
        ({ metadata }) => metadata.name.split('-dashboard-')[1] ?? [],
      )
    const others = await boards({ 'gateway.enabled': false })
    assert.deepEqual((await boards({})).sort(), [...others, 'gateway'].sort())
  })

  it('says after an install where it is, and what it lacks', async () => {
    const notesWith = async (...values: string[]) => {
      const set = ['crds.check=false', 'gateway.enabled=true', ...values].flatMap((value) => ['--set', value])
      const { stdout, stderr } = await helm('install', 'shop', 'charts/kbnt-operator', '--dry-run=client', ...set)
      return stdout.split('NOTES:')[1] ?? stderr
    }
    const plain = await notesWith()
    assert.match(plain, /The HTTP gateway is http:[/]{2}shop-kbnt-operator-gateway[.]default inside the cluster[.] /)
    assert.match(
      plain,
      /port-forward service\/shop-kbnt-operator-gateway 8090:80\n\n.*plain HTTP: set gateway[.]tls[.]secret/,
    )
    const secured = await notesWith('gateway.tls.secret=front', 'gateway.service.port=8443', 'gateway.expose.as=Route')
    assert.match(
      secured,
      /https:[/]{2}shop-kbnt-operator-gateway[.]default:8443 inside the cluster, and behind the Route/,
    )
    assert.doesNotMatch(secured, /plain HTTP/)
  })

  it('leaves the pods of the operator as they are', async () => {
    const pods = async (values: object) => (await specOf('Deployment', values, 'kbnt-operator'))['template']
    assert.deepEqual(await pods(tls), await pods({ 'gateway.enabled': false }))
  })

  it('is rolled by a change of what it reads, and not of what the operator alone reads', async () => {
    const pods = async (values: object) => (await specOf('Deployment', values))['template']
    const before = await pods({})
    assert.deepEqual(await pods({ 'kafka.brokers': ['kafka:9092'], 'settings.retention.finishedMax': 3 }), before)
    assert.notDeepEqual(await pods({ 'settings.gateway.writesPerSecond': 3 }), before)
  })

  it('speaks HTTP, or HTTPS with the certificate of a Secret that the kubelet renews', async () => {
    const portOf = async (values: object) => (await specOf('Service', values))['ports']
    const http = { name: 'http', port: 80, targetPort: 'api', appProtocol: 'http' }
    const https = { name: 'https', port: 443, targetPort: 'api', appProtocol: 'https' }
    assert.deepEqual(await portOf({}), [http])
    assert.deepEqual(await portOf(tls), [https])
    assert.deepEqual(await portOf({ ...tls, 'gateway.service.port': 8443 }), [{ ...https, port: 8443 }])
    const { template } = (await specOf('Deployment', tls)) as unknown as Pods
    const items = ['tls.crt', 'tls.key'].map((path) => ({ key: path, path }))
    assert.deepEqual(template.spec.volumes.at(-1), { name: 'gateway-tls', secret: { secretName: 'front', items } })
    const mount = { name: 'gateway-tls', mountPath: '/etc/kbnt/gateway-tls', readOnly: true }
    assert.deepEqual(template.spec.containers[0]?.volumeMounts.at(-1), mount)
  })

  it('finds the authorities of an issuer where the example of docs/install.md mounts them', async () => {
    const page = await readFile(join(projectDirectory, 'docs/install.md'), 'utf8')
    const [, example = ''] = /^```yaml\n(# guests[.]yaml[\s\S]*?)^```$/m.exec(page) ?? []
    const { settings, gateway } = parse(example)
    const { template } = (await specOf('Deployment', {
      settings,
      gateway: { enabled: true, ...gateway },
    })) as unknown as Pods
    const { volumes, containers } = template.spec
    const { caFile } = settings.gateway.tokens.issuers[0]
    const mount = containers[0]?.volumeMounts.find(({ mountPath }) => mountPath === dirname(caFile))
    const volume = volumes.find((one) => one.name === mount?.name)
    assert.deepEqual(volume, { name: 'issuer', configMap: { name: 'issuer-ca' } })
  })

  it('is reached from outside by a Route, which ends TLS where nothing behind it does', async () => {
    const to = { kind: 'Service', name, weight: 100 }
    const route = (targetPort: string, termination: string) => {
      return { to, port: { targetPort }, tls: { termination, insecureEdgeTerminationPolicy: 'Redirect' } }
    }
    assert.deepEqual(await specOf('Route', expose('Route')), route('http', 'edge'))
    assert.deepEqual(await specOf('Route', { ...tls, ...expose('Route') }), route('https', 'passthrough'))
    const again = { ...tls, ...expose('Route', { termination: 'reencrypt', host: 'stock.example.com' }) }
    assert.deepEqual(await specOf('Route', again), { host: 'stock.example.com', ...route('https', 'reencrypt') })
  })

  it('or by an HTTPRoute of the Gateways that are named', async () => {
    const rules = [{ backendRefs: [{ name, port: 80 }] }]
    assert.deepEqual(await specOf('HTTPRoute', expose('HTTPRoute', ready)), { ...ready, rules })
  })

  it('or by an Ingress, and always by one of the three alone', async () => {
    const host = 'stock.example.com'
    const more: Readonly<Record<string, object>> = { Route: {}, Ingress: { host }, HTTPRoute: ready }
    for (const [as, values] of Object.entries(more)) {
      const kinds = (await manifestsWith(expose(as, values))).map(({ kind }) => kind)
      assert.deepEqual(
        kinds.filter((kind) => kind in more),
        [as],
      )
    }
  })

  it('is scaled by CPU, memory and, where that is served, requests; or stays as many as are asked for', async () => {
    const rps = { metric: 'http_requests_per_second', average: '250' }
    const scaler = async (values: object) => specOf('HorizontalPodAutoscaler', values)
    const resource = (what: string, averageUtilization: number) => {
      return { type: 'Resource', resource: { name: what, target: { type: 'Utilization', averageUtilization } } }
    }
    const { metrics, behavior, minReplicas, maxReplicas } = await scaler({})
    assert.deepEqual([minReplicas, maxReplicas], [2, 15])
    assert.deepEqual(metrics, [resource('cpu', 70), resource('memory', 80)])
    assert.deepEqual(behavior, {
      scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 2, periodSeconds: 120 }] },
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 300 }] },
    })
    const other = await scaler({ 'gateway.autoscaling.memory': 0, 'gateway.autoscaling.requestsPerSecond': rps })
    const target = { type: 'AverageValue', averageValue: '250' }
    assert.deepEqual(other['metrics'], [
      resource('cpu', 70),
      { type: 'Pods', pods: { metric: { name: rps.metric }, target } },
    ])

    assert.ok(!('replicas' in (await specOf('Deployment', {}))), 'or each upgrade would undo what was scaled')
    const off = { 'gateway.autoscaling.enabled': false, 'gateway.replicas': 3 }
    assert.equal((await specOf('Deployment', off))['replicas'], 3)
    assert.ok(!(await manifestsWith(off)).some(({ kind }) => kind === 'HorizontalPodAutoscaler'))
  })

  it('has names that a Service may have, however long that of the release is', async () => {
    const fullnameOverride = `7${'x'.repeat(49)}`
    const items = (await manifestsWith({ fullnameOverride })).filter(({ kind }) => kind === 'Service')
    assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 3)
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kbnt-system' } }
    await testbed().kubectl(['apply', '--server-side', '-f', '-'], namespace)
    assert.deepEqual(await dryRun(items), { code: 0, stderr: '' })
  })
})
