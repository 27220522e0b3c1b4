import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { nodeFlags } from '../../../hack/image/operator-image.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { helm, type Manifest, manifestsIn, rendered } from './helm.ts'

/*
 * The rules of Red Hat's certification that can be judged without a cluster and without their tools: chart-verifier
 * (profile 1.3) for charts, preflight for the image. Not here: images-are-certified, chart-testing, signature-is-valid,
 * cluster-is-not-EOL, which ask a registry or a cluster.
 */
interface Chart {
  readonly name: string
  readonly meta: Readonly<Record<string, unknown>> & { readonly annotations?: Readonly<Record<string, string>> }
  readonly files: readonly string[]
  readonly manifests: readonly Manifest[]
}
/** What is wrong; nothing when all is well. */
type Rule = (chart: Chart) => string[] | Promise<string[]>

const read = (path: string) => readFileSync(join(projectDirectory, path), 'utf8')
const has =
  (...patterns: RegExp[]): Rule =>
  ({ files }) =>
    patterns.filter((pattern) => !files.some((file) => pattern.test(file))).map((pattern) => `no file ${pattern}`)
const ofKind =
  (kinds: RegExp): Rule =>
  ({ manifests }) =>
    manifests.filter(({ kind }) => kinds.test(kind)).map(({ kind, metadata }) => `${kind} ${metadata.name}`)

const verifierRules: Readonly<Record<string, Rule>> = {
  'is-helm-v3': ({ meta }) => (meta['apiVersion'] === 'v2' ? [] : ['apiVersion is not v2']),
  'has-readme': has(/^README[.]md$/),
  'contains-test': has(/^templates\/tests\/.+[.]yaml$/),
  'contains-values': has(/^values[.]yaml$/),
  'contains-values-schema': has(/^values[.]schema[.]json$/),
  'has-notes': has(/^templates\/NOTES[.]txt$/),
  'has-kubeversion': ({ meta }) => (/^>=1[.]\d+[.]\d+(-0)?$/.test(String(meta['kubeVersion'])) ? [] : ['no range']),
  'not-contains-crds': ofKind(/^CustomResourceDefinition$/),
  'not-contain-csi-objects': ofKind(/^(CSIDriver|CSINode|CSIStorageCapacity)$/),
  'required-annotations-present': ({ meta }) => (meta.annotations?.['charts.openshift.io/name'] ? [] : ['no name']),
  'helm-lint': async ({ name }) => {
    const { exitCode, stdout, stderr } = await helm('lint', '--strict', join('charts', name))
    return exitCode === 0 ? [] : [stdout + stderr]
  },
}

/** Only what is really so: a case below fails when one of them is no longer needed. */
const exceptions: readonly { readonly chart: string; readonly rule: string; readonly reason: string }[] = [
  {
    chart: 'kbnt-operator-crds',
    rule: 'not-contains-crds',
    reason: 'it holds nothing else: the kinds have a chart of their own so that kbnt-operator has none',
  },
  { chart: 'kbnt-operator-crds', rule: 'contains-test', reason: 'nothing of it runs; kbnt-operator tests the kinds' },
  {
    chart: 'kbnt-kafka',
    rule: 'contains-test',
    reason: 'all of it is for Strimzi to carry out, which tells the outcome in its own status',
  },
]

const monitoring = [
  '--set',
  'serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboards.enabled=true,gateway.enabled=true',
]

async function chartNamed(name: string): Promise<Chart> {
  const folder = join(projectDirectory, 'charts', name)
  return {
    name,
    meta: parse(read(`charts/${name}/Chart.yaml`)) as Chart['meta'],
    files: globSync('**/*', { cwd: folder }),
    manifests: manifestsIn(await rendered(name, ...(name === 'kbnt-operator' ? monitoring : []))),
  }
}

interface Container {
  readonly name: string
  readonly image: string
  readonly securityContext: unknown
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly resources?: { readonly requests?: object; readonly limits?: object }
}
interface PodSpec {
  readonly containers: readonly Container[]
  readonly securityContext: unknown
  readonly volumes?: readonly Readonly<Record<string, unknown>>[]
}

function podSpecsOf(manifests: readonly Manifest[]): PodSpec[] {
  return manifests.flatMap(({ kind, spec }) => {
    if (kind === 'Pod') return [spec as PodSpec]
    const template = (spec as { template?: { spec?: PodSpec } } | undefined)?.template
    return template?.spec ? [template.spec] : []
  })
}

const labels = ['name', 'vendor', 'version', 'release', 'summary', 'description', 'maintainer']

describe('On OpenShift', () => {
  let charts: Chart[]

  before(async () => {
    charts = await Promise.all(['kbnt-operator', 'kbnt-operator-crds', 'kbnt-kafka'].map(chartNamed))
  })
  const operator = () => charts[0]!.manifests

  for (const [rule, faultsOf] of Object.entries(verifierRules))
    it(`the charts keep the rule ${rule} of chart-verifier, but for the exceptions`, async () => {
      for (const chart of charts) {
        const excepted = exceptions.some((each) => each.chart === chart.name && each.rule === rule)
        const faults = await faultsOf(chart)
        if (excepted) assert.ok(faults.length > 0, `${chart.name} keeps ${rule} now: take the exception away`)
        else assert.deepEqual([chart.name, faults], [chart.name, []])
      }
    })

  it('every pod fits restricted-v2, which gives it a user of its own', () => {
    const pods = podSpecsOf(operator())
    assert.equal(pods.length, 4) // the operator, the gateway, the test, the end
    for (const { containers, securityContext, volumes = [] } of pods) {
      assert.deepEqual(securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const container of containers) {
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        assert.ok(container.resources?.requests && container.resources.limits, container.name)
      }
      const allowed = ['name', 'configMap', 'downwardAPI', 'emptyDir', 'projected', 'secret']
      assert.deepEqual(
        volumes.flatMap((volume) => Object.keys(volume)).filter((key) => !allowed.includes(key)),
        [],
      )
    }
  })

  it('a user that no passwd file knows has a home', () => {
    const [pod] = podSpecsOf(operator().filter(({ kind }) => kind === 'Deployment'))
    assert.ok(
      pod?.containers.every(({ env = [] }) => env.some(({ name, value }) => name === 'HOME' && value === '/tmp')),
    )
  })

  it('no image is taken by the tag latest, or without one', () => {
    const images = podSpecsOf(operator()).flatMap(({ containers }) => containers.map(({ image }) => image))
    for (const image of images) assert.match(image, /(@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)$/)
  })

  it('the monitors stay in our namespace and read no files, as user-workload monitoring asks for', () => {
    const monitors = operator().filter(({ apiVersion }) => apiVersion.startsWith('monitoring.coreos.com/'))
    assert.deepEqual(monitors.map(({ kind }) => kind).sort(), ['PrometheusRule', 'ServiceMonitor', 'ServiceMonitor'])
    for (const { metadata } of monitors) assert.equal(metadata.namespace, 'kbnt-system')
    const text = JSON.stringify(monitors)
    assert.doesNotMatch(text, /bearerTokenFile|caFile|certFile|keyFile|namespaceSelector/)
    assert.doesNotMatch(JSON.stringify(operator()), /openshift[.]io\/cluster-monitoring/)
  })

  it('the network policy lets names be asked for at the port of its DNS', () => {
    const policy = operator().find(({ kind }) => kind === 'NetworkPolicy')
    assert.ok(policy)
    const { egress } = policy['spec'] as { egress: { ports: { port: number; protocol: string }[] }[] }
    const ports = egress.flatMap((each) => each.ports)
    for (const protocol of ['UDP', 'TCP'])
      assert.ok(ports.some((each) => each.port === 5353 && each.protocol === protocol))
  })

  it('nobody is bound to a role of the cluster that is not ours', () => {
    const own = new Set(operator().flatMap(({ kind, metadata }) => (/Role$/.test(kind) ? [metadata.name] : [])))
    const bindings = operator().filter(({ kind }) => /RoleBinding$/.test(kind))
    assert.ok(bindings.length >= 3)
    for (const { roleRef } of bindings) assert.ok(own.has((roleRef as { name: string }).name))
  })

  it('the image is what preflight asks for: UBI, labels, licence, a numeric user, few layers, no trademark', () => {
    const file = read('Containerfile')
    const last = file.slice(file.lastIndexOf('\nFROM '))
    assert.match(last, /^\nFROM registry[.]access[.]redhat[.]com\/ubi9\//)
    for (const label of labels) assert.match(last, new RegExp(`(LABEL |^ +)${label}="[^"]+"`, 'm'), label)
    assert.match(last, /COPY .* LICENSE \/licenses\//)
    assert.ok(existsSync(join(projectDirectory, 'LICENSE')))
    const users = [...last.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)
    assert.match(users.at(-1) ?? '', /^[1-9]\d*$/)
    assert.ok([...last.matchAll(/^(COPY|ADD|RUN) /gm)].length < 20)
    assert.doesNotMatch(/name="([^"]+)"/.exec(last)?.[1] ?? '', /red ?hat|openshift/i)
    assert.doesNotMatch(last, /(dnf|yum|rpm) /)
    const start = ['node', ...nodeFlags, '/app/operator/main.mjs'].map((word) => `"${word}"`).join(', ')
    assert.ok(last.includes(`\nENTRYPOINT [${start}]\n`), 'it starts as the image without a container engine does')
  })
})
