import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { dryRun, helm, type Manifest, manifestsIn, rendered } from './helm.ts'
import { matrix, monitoring } from './matrix.ts'

const refused = [
  { args: ['replica=3'], says: /replica/ },
  { args: ['image.tagg=1'], says: /tagg/ },
  { args: ['image.tag=1234567'], says: /image.tag is taken for a number, 1234567, .* --set-string image.tag=/ },
  { args: ['image.digest=sha256:short'], says: /digest/ },
  { args: ['watchNamespaces=shop'], says: /watchNamespaces/ },
  { args: ['settings.retentoin.finishedMax=3'], says: /retentoin/ },
  { args: ['kafka.brokers={a:9092}', 'kafka.userSecret=s'], says: /kafka.username is needed/ },
  { args: ['databases.Sales.url=postgres://db/x'], says: /'Sales' does not match pattern/ },
  { args: ['databases.default.durability=local'], says: /databases.default needs secret, .* CLUSTER-app, or url/ },
  { args: ['databases.default.secret=app'], says: /databases.default.caSecret \(with CloudNativePG CLUSTER-ca\)/ },
  {
    args: ['databases.default.gatewaySecret=app', 'databases.default.url=postgres://kbnt@db/x'],
    says: /give the operator's as databases.default.secret/,
  },
  {
    args: ['databases.a.gatewaySecret=g', 'databases.a.secret=s', 'databases.a.url=postgres://kbnt@db/x'],
    says: /databases.a.gatewaySecret needs a user of its own/,
  },
  { args: ['databases.default.url=postgres://kbnt@db/x?sslmode=disable'], says: /\/databases\/default\/url/ },
  {
    args: ['kafka.brokers={a:9092}', 'flows.integration.enabled=true'],
    says: /flows.integration.enabled needs flows.integration.url: whose API is it/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'flows.logIndex.enabled=true'],
    says: /flows.logIndex.enabled needs flows.logIndex.url: where are lines of logs put/,
  },
  {
    args: ['flows.logIndex.enabled=true', 'flows.logIndex.url=https://x'],
    says: /flows.logIndex.enabled reads topics: give kafka.brokers/,
  },
  {
    args: [
      'kafka.brokers={a:9092}',
      'flows.logIndex.enabled=true',
      'flows.logIndex.url=https://x',
      'flows.logIndex.user=a',
    ],
    says: /flows.logIndex.user and passwordSecret belong together/,
  },
  {
    args: [
      ...['kafka.brokers={a:9092}', 'flows.logIndex.enabled=true', 'flows.logIndex.url=https://x'],
      ...['flows.logIndex.replicas=7', 'flows.logIndex.autoscaling.by=cpu'],
    ],
    says: /flows.logIndex.autoscaling.maxReplicas is 6, below the 7 that run in any case/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'settings.worker.logIndex.url=https://x'],
    says: /settings.worker.logIndex.url .*flows.logIndex.url/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'flows.virtualization.enabled=true'],
    says: /flows.virtualization.enabled needs flows.virtualization.sources/,
  },
  {
    args: ['flows.virtualization.sources[0].topic=a', 'flows.virtualization.sources[0].namespace=desk'],
    says: /\/flows\/virtualization\/sources\/0.*'namespace'/s,
  },
  {
    args: ['kafka.brokers={a:9092}', 'flows.virtualization.enabled=true', 'flows.virtualization.sources[0].topic=a'],
    says: /flows.virtualization.sources name no namespaces/,
  },
  {
    args: [
      ...['kafka.brokers={a:9092}', 'flows.virtualization.enabled=true', 'watchNamespaces={shop}'],
      ...['flows.virtualization.sources[0].topic=a', 'flows.virtualization.sources[0].namespaces={desk}'],
    ],
    says: /name the namespace desk, which watchNamespaces does not/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'settings.worker.virtualization.topics={a}'],
    says: /settings.worker.virtualization.topics .*flows.virtualization.sources/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'settings.worker.virtualization.registry.url=https://x'],
    says: /settings.worker.virtualization.registry .*flows.virtualization.registry/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'settings.worker.integration.target.url=https://x'],
    says: /worker.integration.target.url .*flows.integration.url/s,
  },
  {
    args: ['kafka.brokers={a:9092}', 'flows.history.enabled=true'],
    says: /flows.history.database needs secret, .* CLUSTER-app, or url/,
  },
  {
    args: ['kafka.brokers={a:9092}', 'flows.history.enabled=true', 'flows.history.database.secret=app'],
    says: /set flows.history.database.caSecret \(with CloudNativePG CLUSTER-ca\)/,
  },
  {
    args: ['databases.default.url=postgres://kbnt@a:5432\\,b:5433/kbnt'],
    says: /databases.default.url names several hosts: .* address of the primary/,
  },
  { args: ['databases.default.sekret=app'], says: /sekret/ },
  { args: ['serviceAccount.create=false'], says: /serviceAccount.name is needed/ },
  {
    args: ['gateway.enabled=true', 'serviceAccount.create=false', 'serviceAccount.name=stock'],
    says: /gateway.serviceAccountName is needed/,
  },
  { args: ['gateway.enabeld=true'], says: /enabeld/ },
  { args: ['gateway.expose.as={Route,Ingress}'], says: /\/gateway\/expose\/as/ },
  { args: ['gateway.expose.as=Ingress'], says: /\/gateway\/expose\/host/ },
  { args: ['gateway.expose.as=HTTPRoute'], says: /\/gateway\/expose\/parentRefs/ },
  { args: ['gateway.expose.as=Route', 'gateway.expose.tlsSecret=host'], says: /\/gateway\/expose\/tlsSecret/ },
  { args: ['gateway.enabled=true', 'gateway.autoscaling.maxReplicas=1'], says: /must not be below minReplicas/ },
  { args: ['gateway.enabled=true', 'settings.gateway.port=80'], says: /settings.gateway.port .* it is 8090/ },
  { args: ['gateway.reviews.make=false'], says: /\/gateway\/reviews/ },
  { args: ['flows.alerts.enabled=true'], says: /flows.alerts.enabled needs flows.alerts.alertmanagers/ },
  {
    args: ['flows.alerts.enabled=true', 'flows.alerts.alertmanagers={http://a:9093}'],
    says: /flows.alerts.enabled reads topics: give kafka.brokers/,
  },
  { args: ['flows.alerts.alertmanagers={alertmanager:9093}'], says: /\/flows\/alerts\/alertmanagers\/0/ },
  { args: ['settings.gateway.writesPerSecond=0'], says: /\/settings\/gateway\/writesPerSecond/ },
]

/** Versions of helm leave different ones between objects. */
const withoutBlankLines = (text: string) => text.replaceAll(/^\s*\n/gm, '')

/** Kinds of others, which the test bed's API server does not know. */
const isOurs = ({ apiVersion }: Manifest) =>
  !/^(monitoring\.coreos\.com|kafka\.strimzi\.io|keda\.sh)\//.test(apiVersion)

describe('The charts', () => {
  for (const { name, chart, args } of matrix)
    it(`render ${chart} as ${name}.yaml has it`, async () => {
      const path = join(projectDirectory, 'test/fixtures/charts', `${name}.yaml`)
      const text = withoutBlankLines(await rendered(chart, ...args))
      if (process.env['KBNT_UPDATE_RENDERS']) await writeFile(path, text)
      assert.equal(text, await readFile(path, 'utf8'), 'look at the change; KBNT_UPDATE_RENDERS=1 writes it')
    })

  for (const { args, says } of refused)
    it(`refuse ${args.join(' and ')}`, async () => {
      const values = args.flatMap((value) => ['--set', value])
      await assert.rejects(rendered('kbnt-operator', ...values), says)
    })

  it('refuse to install the operator in a cluster without its kinds, and say how to get them', async () => {
    const seen = ['v1/Pod', 'kbnt.io/v1beta1/VirtualStock'].flatMap((kind) => ['--api-versions', kind]) // as Argo CD says it
    const { exitCode, stderr } = await helm('template', 'x', 'charts/kbnt-operator', ...seen)
    assert.notEqual(exitCode, 0)
    assert.match(
      stderr,
      /does not serve Reservation, VirtualMachine, VirtualStorage, VirtualNetwork, VirtualizationRequest, Order, EventSpool, NetworkFabric of kbnt.io\/v1beta1/,
    )
    assert.match(stderr, /helm upgrade --install kbnt-operator-crds[\s\S]*crds.check=false/)
    const unchecked = await helm('template', 'x', 'charts/kbnt-operator', ...seen, '--set', 'crds.check=false')
    assert.equal(unchecked.exitCode, 0, unchecked.stderr)
  })

  it('find the kinds that the test bed has', async () => {
    const args = ['--kubeconfig', testbed().kubeconfigPath, '--dry-run=server', '--namespace', 'default']
    const { exitCode, stderr } = await helm('install', 'kbnt-operator', 'charts/kbnt-operator', ...args)
    assert.equal(exitCode, 0, stderr)
  })

  it('stay far below what a release may hold and what kubectl can apply', async () => {
    const crds = manifestsIn(await rendered('kbnt-operator-crds', '--set', 'installerRole.enabled=false'))
    assert.equal(crds.length, 9)
    for (const crd of crds) {
      assert.equal(crd.metadata.annotations?.['helm.sh/resource-policy'], 'keep')
      assert.ok(JSON.stringify(crd).length < 200 * 1024, crd.metadata.name)
    }
    assert.ok((await rendered('kbnt-operator', ...monitoring)).length < 512 * 1024)
  })

  it('render nothing that the API server, or the strictest pod security, would refuse', async function () {
    this.timeout(120_000)
    const { kubectl } = testbed()
    const enforced = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    }
    for (const name of ['kbnt-system', 'shop', 'depot']) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: enforced } }
      await kubectl(['apply', '--server-side', '-f', '-'], namespace)
    }
    for (const { name, chart, args } of matrix) {
      const items = manifestsIn(
        await rendered(chart, ...args, ...(chart === 'kbnt-operator' ? monitoring : [])),
      ).filter(isOurs)
      if (items.length === 0) continue
      const { code, stderr } = await dryRun(items)
      assert.deepEqual([name, code, stderr], [name, 0, ''])
    }
  })

  it('ask for no fixed user, no privilege and no wildcard', async () => {
    for (const { chart, args } of matrix) {
      const text = await rendered(chart, ...args)
      assert.doesNotMatch(text, /runAsUser|runAsGroup|fsGroup|hostNetwork|hostPath|privileged: true|['"]\*['"]\]/)
      assert.doesNotMatch(text, /resources: \[.*secrets/)
    }
  })
})
