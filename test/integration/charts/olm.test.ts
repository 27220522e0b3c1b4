import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { bundleFiles } from '../../../hack/olm/bundle-files.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import { crds, schemaAt, schemaOf } from '../../fixtures/crd-schemas.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

type Descriptor = Readonly<Record<'path' | 'displayName' | 'description', string>>
interface Owned {
  readonly kind: string
  readonly name: string
  readonly version: string
  readonly description: string
  readonly resources: readonly unknown[]
  readonly specDescriptors: readonly Descriptor[]
  readonly statusDescriptors: readonly Descriptor[]
}
type Permission = { readonly serviceAccountName: string; readonly rules: readonly unknown[] }
type Container = { readonly image: string; readonly env: readonly { readonly name: string; readonly value: string }[] }
interface ServiceVersion extends Manifest {
  readonly spec: {
    readonly version: string
    readonly minKubeVersion: string
    readonly icon: readonly { readonly base64data: string; readonly mediatype: string }[]
    readonly relatedImages: readonly { readonly image: string }[]
    readonly installModes: readonly { readonly type: string; readonly supported: boolean }[]
    readonly customresourcedefinitions: { readonly owned: readonly Owned[] }
    readonly install: {
      readonly spec: {
        readonly clusterPermissions?: readonly Permission[]
        readonly permissions: readonly Permission[]
        readonly deployments: readonly [
          {
            readonly name: string
            readonly spec: { readonly template: { readonly spec: { containers: Container[] } } }
          },
        ]
      }
    }
  }
}

const image = `registry.example.com:5000/kbnt/kbnt-operator@sha256:${'b'.repeat(64)}`
const namespace = 'olm-bundle'
/** Of the kinds that OLM takes beside the service version, those that we use. */
const taken = /^(ClusterRole|ConfigMap|PodDisruptionBudget|PrometheusRule|Service|ServiceMonitor)$/
const asked = [
  'disconnected',
  'fips-compliant',
  'proxy-aware',
  'tls-profiles',
  'token-auth-aws',
  'token-auth-azure',
  'token-auth-gcp',
]

describe('The OLM bundle', () => {
  let files: ReadonlyMap<string, string>
  let csv: ServiceVersion
  let others: Manifest[]

  before(async function () {
    this.timeout(30_000)
    files = await bundleFiles(image)
    const manifests = [...files]
      .filter(([path]) => path.startsWith('manifests/'))
      .map(([, text]) => parse(text) as Manifest)
    csv = manifests.find(({ kind }) => kind === 'ClusterServiceVersion') as ServiceVersion
    others = manifests.filter(({ kind }) => !/^(ClusterServiceVersion|CustomResourceDefinition)$/.test(kind))
    const { kubectl } = testbed()
    const labels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    }
    await kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
  })

  /** Asks the API server to take them all, as far as it knows their kinds. */
  async function mustTake(items: readonly object[]): Promise<void> {
    const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-n', namespace, '-f', '-']
    const { code, stderr } = await testbed().kubectl(args, { apiVersion: 'v1', kind: 'List', items })
    assert.deepEqual([code, stderr], [0, ''])
  }
  const examples = () => JSON.parse(csv.metadata.annotations?.['alm-examples'] ?? '[]') as Manifest[]
  const owned = () => csv.spec.customresourcedefinitions.owned

  it('owns every kind of ours, as it is in crds/, and says what each is', () => {
    const bundled = [...files.values()].map((text) => parse(text) as Manifest)
    for (const crd of crds()) {
      const same = bundled.find(({ kind, metadata }) => kind === crd.kind && metadata.name === crd.metadata.name)
      assert.deepEqual(same, crd)
      const entry = owned().find(({ name }) => name === crd.metadata.name)
      assert.deepEqual([entry?.kind, entry?.version], [crd.spec.names.kind, crd.spec.versions[0]?.name])
      assert.ok(entry?.description && entry.resources.length > 0)
    }
    assert.equal(owned().length, crds().length)
  })

  it('gives the operator the rules of the chart, no more and no less', async () => {
    const on = ['kubevirt', 'volumes', 'networks'].map((provider) => `${provider}.enabled=true`).join()
    const chart = manifestsIn(await rendered('kbnt-operator', '--set', `${on},settings.orders.payments.a.adapter=none`))
    const rulesOf = (kind: string, name: string) =>
      chart.find((each) => each.kind === kind && each.metadata.name === name)?.['rules'] as object[]
    const { clusterPermissions, permissions } = csv.spec.install.spec
    const wanted = [...rulesOf('ClusterRole', 'kbnt-system.kbnt-operator'), ...rulesOf('Role', 'kbnt-operator-own')]
    assert.deepEqual(permissions, [{ serviceAccountName: 'kbnt-operator', rules: wanted }])
    assert.equal(clusterPermissions, undefined) // they would be granted in the whole cluster whatever is served
  })

  it('has an example of every kind that people write, which the API server takes', async () => {
    const internal = JSON.parse(
      csv.metadata.annotations?.['operators.operatorframework.io/internal-objects'] ?? '',
    ) as string[]
    const written = owned().filter(({ name }) => !internal.includes(name))
    assert.deepEqual(
      examples()
        .map(({ kind }) => kind)
        .sort(),
      written.map(({ kind }) => kind).sort(),
    )
    await mustTake(examples())
  })

  it('describes the fields that the kinds have, and every one that an example uses', () => {
    for (const { kind, specDescriptors, statusDescriptors } of owned()) {
      const schema = schemaOf(kind)
      for (const [part, descriptors] of [
        ['spec', specDescriptors],
        ['status', statusDescriptors],
      ] as const) {
        const wrong = descriptors.filter(
          ({ path, displayName, description }) =>
            !schemaAt(schema, [part, ...path.split('.')]) || !displayName || !description,
        )
        assert.deepEqual([kind, part, wrong], [kind, part, []])
      }
      const used = Object.keys(examples().find((each) => each.kind === kind)?.['spec'] ?? {})
      const described = specDescriptors.map(({ path }) => path)
      assert.deepEqual(
        used.filter((path) => !described.includes(path)),
        [],
      )
      if (schemaAt(schema, ['status'])) assert.ok(statusDescriptors.some(({ path }) => path === 'conditions'))
    }
  })

  it('says all that preflight asks for', () => {
    const { annotations = {}, name } = csv.metadata
    for (const feature of asked)
      assert.match(annotations[`features.operators.openshift.io/${feature}`] ?? '', /^(true|false)$/)
    assert.equal(name, `kbnt-operator.v${csv.spec.version}`)
    assert.match(csv.spec.minKubeVersion, /^1[.]\d+[.]0$/)
    assert.deepEqual(
      csv.spec.installModes.filter(({ supported }) => supported).map(({ type }) => type),
      ['OwnNamespace', 'SingleNamespace', 'MultiNamespace', 'AllNamespaces'],
    )
    const [icon] = csv.spec.icon
    assert.match(Buffer.from(icon?.base64data ?? '', 'base64').toString(), /^<svg /)
  })

  it('works away from the internet when the image is named by its digest, and does not say so otherwise', async () => {
    const { annotations = {} } = csv.metadata
    const [{ spec }] = csv.spec.install.spec.deployments
    const [container] = spec.template.spec.containers
    assert.equal(annotations['features.operators.openshift.io/disconnected'], 'true')
    assert.deepEqual([annotations['containerImage'], container?.image], [image, image])
    assert.deepEqual(
      csv.spec.relatedImages.map((each) => each.image),
      [image],
    )
    assert.ok(container?.env.some(({ name, value }) => name.startsWith('RELATED_IMAGE_') && value === image))
    const tagged = (await bundleFiles('registry.example.com:5000/kbnt/kbnt-operator:1.2.3')).get(
      'manifests/kbnt-operator.clusterserviceversion.yaml',
    )
    assert.match(
      tagged ?? '',
      /disconnected: "false"[\s\S]*image: registry.example.com:5000\/kbnt\/kbnt-operator:1.2.3\n/,
    )
    await assert.rejects(bundleFiles('registry.example.com:5000/kbnt'), /neither tag nor digest/)
  })

  it('runs the Deployment of the chart, which the API server takes under the strictest pod security', async () => {
    const [{ name, spec }] = csv.spec.install.spec.deployments
    await mustTake([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec }])
    assert.match(JSON.stringify(spec), /"defaultMode":292/) // r--r--r--
  })

  it('has beside it only what OLM takes, in no namespace and without a trace of Helm', async () => {
    for (const { kind, metadata } of others) {
      assert.match(kind, taken)
      assert.equal(metadata.namespace, undefined)
    }
    assert.doesNotMatch([...files.values()].join('\n'), /helm/i)
    const monitoring = (each: Manifest) => each.apiVersion.startsWith('monitoring.coreos.com/')
    assert.equal(others.filter(monitoring).length, 2)
    await mustTake(others.filter((each) => !monitoring(each)))
  })

  it('tells two installs apart by their namespaces, and judges none by the name of another', () => {
    const monitor = others.find(({ kind }) => kind === 'ServiceMonitor')?.['spec'] as {
      readonly endpoints: readonly [{ readonly relabelings: readonly object[] }]
    }
    const label = { targetLabel: 'kbnt_install', replacement: '$1/kbnt-operator' }
    assert.deepEqual(monitor.endpoints[0].relabelings, [{ ...label, sourceLabels: ['__meta_kubernetes_namespace'] }])
    const rules = JSON.stringify(others.find(({ kind }) => kind === 'PrometheusRule'))
    assert.match(rules, /max by \(kbnt_install, namespace, job\)/)
    assert.doesNotMatch([...files.values()].join('\n'), /kbnt-system\/kbnt-operator|kbnt_install=/)
  })

  it('leaves the brokers to the Subscription, and the way to them open, without a NetworkPolicy that older OLM refuses', () => {
    const settings = others.find(({ kind }) => kind === 'ConfigMap')?.['data'] as Record<string, string>
    assert.deepEqual(parse(settings['settings.yaml'] ?? ''), {
      watchNamespaces: '*',
      health: { port: 8081 },
      metrics: { port: 8080 },
      leaderElection: { leaseName: 'kbnt-operator' },
    })
    assert.ok(others.every(({ kind }) => kind !== 'NetworkPolicy'))
  })

  it('names its package, its channel and its six scorecard tests', () => {
    const { annotations } = parse(files.get('metadata/annotations.yaml') ?? '') as Manifest['metadata']
    const bundle = 'operators.operatorframework.io.bundle'
    assert.equal(annotations?.[`${bundle}.package.v1`], 'kbnt-operator')
    assert.equal(annotations?.[`${bundle}.channels.v1`], annotations?.[`${bundle}.channel.default.v1`])
    assert.match(annotations?.['com.redhat.openshift.versions'] ?? '', /^v4[.]\d+$/)
    const { stages } = parse(files.get('tests/scorecard/config.yaml') ?? '') as {
      stages: { tests: { entrypoint: string[]; image: string }[] }[]
    }
    const tests = stages.flatMap(({ tests: all }) => all.map(({ entrypoint }) => entrypoint[1]))
    assert.deepEqual([tests.length, new Set(tests).size], [6, 6])
  })

  it('is written to a folder by one command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kbnt-bundle-'))
    try {
      const script = join(projectDirectory, 'hack/olm-bundle.ts')
      await mustRun({ command: process.execPath, arguments: [script, '--image', image, '--output', folder] })
      const written = await readdir(folder, { recursive: true, withFileTypes: true })
      assert.equal(written.filter((entry) => entry.isFile()).length, files.size)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
