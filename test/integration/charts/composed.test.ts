import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { dryRun, helm, type Manifest, manifestsIn, rendered } from './helm.ts'

const charts = ['kbnt-operator-crds', 'kbnt-operator', 'kbnt-kafka'] as const
type Chart = (typeof charts)[number]

interface PodOwner extends Manifest {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly imagePullSecrets?: unknown; readonly containers: readonly { readonly image: string }[] }
    }
  }
}

/** A shop's chart that has ours among its dependencies, each behind a condition. */
async function parentChart(directory: string): Promise<void> {
  const dependencies = charts.map((name) => ({
    ...{ name, version: '*', condition: `${name}.enabled` },
    repository: `file://${join(projectDirectory, 'charts', name)}`,
  }))
  const chart = { apiVersion: 'v2', name: 'shop', version: '1.0.0', dependencies }
  await writeFile(join(directory, 'Chart.yaml'), stringify(chart))
  const { exitCode, stderr } = await helm('dependency', 'update', directory)
  assert.equal(exitCode, 0, stderr)
}

/** Only what is said here is on. */
function valuesOf(enabled: readonly Chart[], global: object): object {
  const own = charts.map((name) => [name, { enabled: enabled.includes(name) }] as const)
  return { global, ...Object.fromEntries(own) }
}

describe('A chart that has ours among its dependencies', () => {
  let directory = ''
  before(async function () {
    this.timeout(60_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-parent-'))
    await parentChart(directory)
  })
  after(() => rm(directory, { recursive: true, force: true }))

  async function render(enabled: readonly Chart[], global: object = {}): Promise<Manifest[]> {
    const values = join(directory, 'values.json')
    await writeFile(values, JSON.stringify(valuesOf(enabled, global)))
    const args = ['template', 'shop', directory, '--namespace', 'shop', '--values', values]
    const { exitCode, stdout, stderr } = await helm(...args)
    assert.equal(exitCode, 0, stderr)
    return manifestsIn(stdout).filter(Boolean)
  }

  const kindsOf = (manifests: readonly Manifest[]) => new Set(manifests.map(({ kind }) => kind))
  const podOwners = (manifests: readonly Manifest[]) =>
    manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job') as PodOwner[]

  it('has of them what its conditions say', async () => {
    assert.deepEqual([...kindsOf(await render(['kbnt-operator-crds']))], ['CustomResourceDefinition', 'ClusterRole'])
    assert.ok(kindsOf(await render(['kbnt-kafka'])).has('KafkaTopic'))
    const all = kindsOf(await render(charts))
    for (const kind of ['CustomResourceDefinition', 'Deployment', 'KafkaTopic']) assert.ok(all.has(kind), kind)
    assert.deepEqual(await render([]), [])
  })

  it('says for all where images come from and with which Secrets, by name or as in a pod', async () => {
    const global = { imageRegistry: 'mirror.example.com:5000', imagePullSecrets: ['mirror', { name: 'other' }], of: 1 }
    const owners = podOwners(await render(charts, global))
    assert.ok(owners.length >= 2)
    for (const { spec } of owners) {
      const { imagePullSecrets, containers } = spec.template.spec
      assert.deepEqual(imagePullSecrets, [{ name: 'mirror' }, { name: 'other' }])
      for (const { image } of containers) assert.match(image, /^mirror\.example\.com:5000\/kbnt-operator:/)
    }
  })
})

describe('The registry of the image', () => {
  const cases = [
    { values: ['image.registry=r.example.com'], image: /^r\.example\.com\/kbnt-operator:/ },
    { values: ['image.repository=r.example.com/k'], image: /^r\.example\.com\/k:/ },
    { values: ['image.repository=team/k', 'image.registry=r.example.com'], image: /^r\.example\.com\/team\/k:/ },
    { values: ['image.registry=r1.example.com', 'global.imageRegistry=r2:5000'], image: /^r2:5000\/kbnt-operator:/ },
  ]
  for (const { values, image } of cases)
    it(`follows ${values.join(' and ')}`, async () => {
      const text = await rendered('kbnt-operator', ...values.flatMap((value) => ['--set', value]))
      const [deployment] = manifestsIn(text).filter(({ kind }) => kind === 'Deployment') as PodOwner[]
      assert.match(deployment?.spec.template.spec.containers[0]?.image ?? '', image)
    })
})

interface Policy extends Manifest {
  readonly spec: {
    readonly podSelector: {
      readonly matchLabels?: Readonly<Record<string, string>>
      readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[]
    }
    readonly ingress?: readonly { readonly from?: object }[]
    readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[]
  }
}

describe('The NetworkPolicies', () => {
  const manifestsWith = async (...values: string[]) =>
    manifestsIn(await rendered('kbnt-operator', ...values.flatMap((value) => ['--set-json', value])))
  const policiesIn = (manifests: readonly Manifest[]) =>
    manifests.filter(({ kind }) => kind === 'NetworkPolicy') as Policy[]
  const portsOf = ({ spec }: Policy) => spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port))

  it('let the operator reach the ports of its brokers, whatever they are', async () => {
    const [policy] = policiesIn(await manifestsWith('kafka.brokers=["a.example.com:9096","b.example.com:9093"]'))
    assert.deepEqual(
      policy?.spec.egress.at(-1)?.ports.map(({ port }) => port),
      [9092, 9093, 9094, 9096],
    )
  })

  it('let in and out who else is named', async () => {
    const from = [{ namespaceSelector: { matchLabels: { team: 'sre' } } }]
    const proxy = { ports: [{ port: 3128, protocol: 'TCP' }] }
    const values = [
      `networkPolicy.from=${JSON.stringify(from)}`,
      `networkPolicy.extraEgress=${JSON.stringify([proxy])}`,
    ]
    const [policy] = policiesIn(await manifestsWith(...values))
    assert.deepEqual([policy?.spec.ingress?.[0]?.from, policy?.spec.egress.at(-1)], [from, proxy])
  })

  it('let who is named call the gateway, and nobody but its scrapers read its metrics', async () => {
    const [callers, scrapers] = ['web', 'sre'].map((team) => [{ namespaceSelector: { matchLabels: { team } } }])
    const more = { ports: [{ port: 3128, protocol: 'TCP' }] }
    const manifests = await manifestsWith(
      'gateway.enabled=true',
      'kafka.brokers=["kafka:9093"]',
      `gateway.networkPolicy=${JSON.stringify({ from: callers, extraIngress: [more], extraEgress: [more] })}`,
      `networkPolicy.from=${JSON.stringify(scrapers)}`,
    )
    const policy = policiesIn(manifests).find(({ metadata }) => metadata.name === 'kbnt-operator-gateway') as Policy
    const tcp = (...ports: string[]) => ports.map((port) => ({ port, protocol: 'TCP' }))
    assert.deepEqual(policy.spec.ingress, [
      { ports: tcp('api'), from: callers },
      { ports: tcp('metrics', 'health'), from: scrapers },
      more,
    ])
    assert.deepEqual(portsOf(policy), [53, 53, 5353, 5353, 443, 6443, 3128])
    const gateway = manifests.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === policy.metadata.name,
    ) as unknown as { readonly spec: { readonly template: { readonly metadata: Labelled } } }
    const wanted = Object.entries(policy.spec.podSelector.matchLabels ?? {})
    assert.equal(wanted.length, 2)
    for (const [name, value] of wanted) assert.equal(gateway.spec.template.metadata.labels[name], value)
  })

  it('select the pod of each hook, and let it reach the API server', async () => {
    const manifests = await manifestsWith()
    const hooks = policiesIn(manifests).find(({ metadata }) => metadata.name.endsWith('-hooks')) as Policy
    const { matchLabels = {}, matchExpressions = [] } = hooks.spec.podSelector
    const pods = manifests.flatMap((one) => {
      const { metadata, spec } = one as unknown as { metadata: Labelled; spec: { template: { metadata: Labelled } } }
      return one.kind === 'Pod' ? [metadata.labels] : one.kind === 'Job' ? [spec.template.metadata.labels] : []
    })
    assert.equal(pods.length, 2)
    for (const labels of pods) {
      for (const [name, value] of Object.entries(matchLabels)) assert.equal(labels[name], value)
      for (const { key, values } of matchExpressions) assert.ok(values.includes(labels[key] ?? ''), labels[key])
    }
    for (const port of [53, 443, 6443]) assert.ok(portsOf(hooks).includes(port), `${port}`)
  })
})

interface Labelled {
  readonly labels: Readonly<Record<string, string>>
}

describe('Names that YAML would take for something else', () => {
  const unusual = ['2024', '1e3', 'on', 'yes', 'null', '7']

  for (const name of unusual)
    it(`are names: ${name} of a release, of its namespace and of one that is served`, async function () {
      this.timeout(60_000)
      const { kubectl } = testbed()
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
      const priority = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value: 1 }
      await kubectl(['apply', '--server-side', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'List',
        items: [namespace, priority],
      })
      for (const chart of ['kbnt-operator', 'kbnt-kafka']) {
        const more = [`watchNamespaces=["${name}"]`, `priorityClassName="${name}"`, 'gateway.enabled=true']
        const values = chart === 'kbnt-operator' ? more.flatMap((value) => ['--set-json', value]) : []
        const args = ['template', name, `charts/${chart}`, '--namespace', name, ...values]
        const { exitCode, stdout, stderr } = await helm(...args)
        assert.equal(exitCode, 0, stderr)
        const items = manifestsIn(stdout)
        for (const { metadata } of items) assert.ok(metadata.namespace === undefined || metadata.namespace === name)
        if (chart === 'kbnt-kafka') continue // the test bed does not know Strimzi's kinds
        assert.deepEqual(await dryRun(items), { code: 0, stderr: '' })
      }
    })

  // the second one ends in a dot where it is cut to a label
  for (const version of ['0.1.0+abc.1', `0.1.0+${'a'.repeat(42)}.${'b'.repeat(30)}`])
    it(`include versions with build metadata, as Flux gives charts, of ${version.length} letters`, () =>
      mustHaveLabels(version))

  async function mustHaveLabels(version: string): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'kbnt-version-'))
    try {
      const versions = ['--version', version, '--app-version', version]
      const packaged = await helm('package', 'charts/kbnt-operator', ...versions, '--destination', directory)
      assert.equal(packaged.exitCode, 0, packaged.stderr)
      const { exitCode, stdout, stderr } = await helm('template', 'x', join(directory, `kbnt-operator-${version}.tgz`))
      assert.equal(exitCode, 0, stderr)
      for (const { metadata } of manifestsIn(stdout)) {
        const { labels } = metadata as { labels?: Readonly<Record<string, string>> }
        for (const label of Object.values(labels ?? {}))
          assert.match(label, /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
      }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
})
