import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { dryRun, type Manifest, manifestsIn, rendered, setJson } from './helm.ts'

interface Deployment extends Manifest {
  readonly spec: { readonly template: { readonly spec: Readonly<Record<string, unknown>> } }
}

const labelSelector = { matchLabels: { 'app.kubernetes.io/name': 'kbnt-operator' } }
const pods = {
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway', labelSelector }],
  extraArgs: ['--log-level', 'warn'],
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://other:3128' }],
  extraVolumes: [{ name: 'other-ca', configMap: { name: 'other-ca' } }],
  extraVolumeMounts: [{ name: 'other-ca', mountPath: '/etc/other-ca', readOnly: true }],
}
const extras = {
  gateway: { enabled: true, podLabels: { tier: 'web' }, podAnnotations: { mesh: 'off' }, ...pods },
  commonLabels: { team: 'shop' },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/kbnt' } },
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'zone' }] },
  },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule', labelSelector }],
  extraArgs: ['--log-level', 'debug'],
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
  extraVolumes: [{ name: 'corporate-ca', configMap: { name: 'corporate-ca' } }],
  extraVolumeMounts: [{ name: 'corporate-ca', mountPath: '/etc/corporate-ca', readOnly: true }],
  extraObjects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more', namespace: 'kbnt-system' } },
  ],
}

async function deploymentWith(values: object): Promise<Deployment['spec']['template']['spec']> {
  const manifests = manifestsIn(await rendered('kbnt-operator', ...setJson(values)))
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') as Deployment
  return deployment.spec.template.spec
}

describe('What can be added to the chart', () => {
  let manifests: Manifest[] = []
  before(async () => {
    manifests = manifestsIn(await rendered('kbnt-operator', ...setJson(extras)))
  })

  const named = (kind: string, name = 'kbnt-operator') =>
    manifests.find((one) => one.kind === kind && one.metadata.name === name) as Manifest & Deployment

  it('is taken by the API server as it stands', async () => {
    const { kubectl } = testbed()
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kbnt-system' } }
    await kubectl(['apply', '--server-side', '-f', '-'], namespace)
    assert.deepEqual(await dryRun(manifests), { code: 0, stderr: '' })
  })

  it('is labels of everything, and annotations of the account', () => {
    for (const { kind, metadata } of manifests.filter(({ kind }) => kind !== 'ConfigMap' && kind !== 'Pod'))
      assert.equal((metadata as { labels?: Record<string, string> }).labels?.['team'], 'shop', kind)
    const { 'argocd.argoproj.io/sync-wave': _own, ...given } = named('ServiceAccount').metadata.annotations ?? {}
    assert.deepEqual(given, extras.serviceAccount.annotations)
  })

  it('is where the pods go: those of the hooks too', () => {
    const { spec } = named('Deployment').spec.template
    assert.deepEqual(spec['affinity'], extras.affinity)
    assert.deepEqual(spec['topologySpreadConstraints'], extras.topologySpreadConstraints)
    assert.deepEqual(named('Job', 'kbnt-operator-uninstall').spec.template.spec['affinity'], extras.affinity)
  })

  it('is arguments, environment and volumes beside our own', () => {
    const { containers, volumes } = named('Deployment').spec.template.spec as {
      readonly containers: readonly {
        readonly args: string[]
        readonly env: { readonly name: string }[]
        readonly volumeMounts: object[]
      }[]
      readonly volumes: object[]
    }
    const [operator] = containers
    assert.deepEqual(operator?.args, ['--config', '/etc/kbnt/settings/settings.yaml', ...extras.extraArgs])
    const own = ['HOME', 'KBNT_DEPLOYMENT']
    assert.deepEqual(
      operator?.env.map(({ name }) => name),
      [...own, ...extras.extraEnv.map(({ name }) => name)],
    )
    assert.deepEqual(operator?.env.slice(own.length), extras.extraEnv)
    assert.deepEqual(operator?.volumeMounts.at(-1), extras.extraVolumeMounts[0])
    assert.deepEqual(volumes.at(-1), extras.extraVolumes[0])
  })

  it('is all that for the gateway by itself, in the place of what the operator has', () => {
    const { template } = named('Deployment', 'kbnt-operator-gateway').spec
    const { metadata, spec } = template as typeof template & {
      readonly metadata: { readonly labels: object; readonly annotations: object }
    }
    const [container] = spec['containers'] as readonly {
      readonly args: readonly string[]
      readonly env: readonly object[]
      readonly volumeMounts: readonly object[]
    }[]
    assert.deepEqual(container?.args, ['gateway', '--config', '/etc/kbnt/settings/settings.yaml', ...pods.extraArgs])
    assert.deepEqual(container?.env, [{ name: 'HOME', value: '/tmp' }, ...pods.extraEnv])
    assert.deepEqual(container?.volumeMounts.at(-1), pods.extraVolumeMounts[0])
    assert.deepEqual((spec['volumes'] as object[]).at(-1), pods.extraVolumes[0])
    assert.deepEqual(spec['affinity'], pods.affinity)
    assert.deepEqual(spec['topologySpreadConstraints'], pods.topologySpreadConstraints)
    const { team, tier } = metadata.labels as Record<string, string>
    assert.deepEqual([team, tier], ['shop', 'web'])
    assert.equal((metadata.annotations as Record<string, string>)['mesh'], 'off')
  })

  it('is objects of any kind, in which templates are rendered', () => {
    assert.ok(named('ConfigMap', 'kbnt-operator-more'))
  })

  it('is what the pod of helm test may take, where a quota asks for it', async () => {
    const resources = { limits: { cpu: '1', memory: '128Mi' } }
    const all = manifestsIn(await rendered('kbnt-operator', ...setJson({ 'test.resources.limits': resources.limits })))
    const pod = all.find(({ kind }) => kind === 'Pod') as Manifest & {
      readonly spec: { readonly containers: readonly { readonly resources: { readonly limits: object } }[] }
    }
    assert.deepEqual(pod.spec.containers[0]?.resources.limits, resources.limits)
  })
})

describe('The time that the kubelet gives a pod to end', () => {
  const times = [
    { grace: undefined, seconds: 30 },
    { grace: '1m30s', seconds: 100 },
    { grace: '500ms', seconds: 11 },
    { grace: '1h', seconds: 3_610 },
  ]
  for (const { grace, seconds } of times)
    it(`is longer than the operator takes: ${seconds} s for a shutdownGrace of ${grace ?? '20s, the default'}`, async () => {
      const spec = await deploymentWith(grace === undefined ? {} : { 'settings.shutdownGrace': grace })
      assert.equal(spec['terminationGracePeriodSeconds'], seconds)
    })
})

describe('Monitoring of a release', () => {
  const everything = {
    'serviceMonitor.enabled': true,
    'prometheusRule.enabled': true,
    'dashboards.enabled': true,
  }
  const renderedWith = async (values: object, ...args: string[]) =>
    manifestsIn(await rendered('kbnt-operator', ...setJson({ ...everything, ...values }), ...args))

  interface Rule {
    readonly alert: string
    readonly expr: string
    readonly for?: string
    readonly labels: Readonly<Record<string, string>>
  }
  const rulesIn = (manifests: readonly Manifest[]) => {
    const { spec } = manifests.find(({ kind }) => kind === 'PrometheusRule') as unknown as {
      readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
    }
    return new Map(spec.groups.flatMap(({ rules }) => rules).map((rule) => [rule.alert, rule]))
  }

  it('has the alerts that are asked for, as bad as they are there', async () => {
    const before = rulesIn(await renderedWith({}))
    const changed = { severity: 'info', for: '1h', labels: { team: 'shop' } }
    const alerts = { KbntStockExhausted: changed, KbntQueueDeep: { enabled: false } }
    const after = rulesIn(await renderedWith({ 'prometheusRule.alerts': alerts }))
    const { labels, for: lasts } = after.get('KbntStockExhausted') as Rule
    assert.deepEqual([labels, lasts], [{ severity: 'info', team: 'shop' }, '1h'])
    assert.deepEqual(
      [...before.keys()].filter((name) => !after.has(name)),
      ['KbntQueueDeep'],
    )
    for (const [name, rule] of after) if (name !== 'KbntStockExhausted') assert.deepEqual(rule, before.get(name))
  })

  it('has alerts whose numbers can be changed, where they have one', async () => {
    const before = rulesIn(await renderedWith({}))
    const withNumber = [...before.values()].filter(({ expr }) => / > (?!0$)[\d.]+$/.test(expr))
    const page = await readFile(join(projectDirectory, 'docs/alerts.md'), 'utf8')
    const told = page.split('\n').find((line) => line.includes('`threshold`')) ?? ''
    for (const { alert } of withNumber) assert.ok(told.includes(`\`${alert}\``), alert)
    const alerts = Object.fromEntries(withNumber.map(({ alert }) => [alert, { threshold: 0.25 }]))
    const after = rulesIn(await renderedWith({ 'prometheusRule.alerts': alerts }))
    for (const { alert, expr } of withNumber)
      assert.equal(after.get(alert)?.expr, expr.replace(/[\d.]+$/, '0.25'), alert)
    const none = { KbntStockHalted: { threshold: 3 } }
    await assert.rejects(
      renderedWith({ 'prometheusRule.alerts': none }),
      /KbntStockHalted.threshold: this alert has none/,
    )
  })

  it('refuses to change an alert that there is not, and names those that there are', async () => {
    const alerts = { KbntStockSoldOut: { severity: 'info' } }
    await assert.rejects(
      renderedWith({ 'prometheusRule.alerts': alerts }),
      /KbntStockSoldOut: there is no.*KbntNoLeader/,
    )
  })

  it('is where Prometheus and Grafana look for it', async () => {
    const namespaces = ['serviceMonitor', 'prometheusRule', 'dashboards'].map((name) => [
      `${name}.namespace`,
      'monitoring',
    ])
    const there = (await renderedWith(Object.fromEntries(namespaces))).filter(
      ({ metadata }) => metadata.namespace === 'monitoring',
    )
    const kinds = there.map(({ kind }) => kind)
    assert.deepEqual([kinds.length, new Set(kinds)], [7, new Set(['ServiceMonitor', 'PrometheusRule', 'ConfigMap'])])
    const monitor = there.find(({ kind }) => kind === 'ServiceMonitor') as Manifest
    assert.deepEqual((monitor['spec'] as { namespaceSelector?: object }).namespaceSelector, {
      matchNames: ['kbnt-system'],
    })
  })

  it('is scraped under a label that tells it from others, before what else is done to labels', async () => {
    const more = { targetLabel: 'cluster', replacement: 'west' }
    const dropped = { sourceLabels: ['__name__'], regex: 'nodejs_.*', action: 'drop' }
    const values = { 'serviceMonitor.relabelings': [more], 'serviceMonitor.metricRelabelings': [dropped] }
    for (const namespace of ['kbnt-system', 'team-b']) {
      const all = await renderedWith(values, '--namespace', namespace)
      const { spec } = all.find(({ kind }) => kind === 'ServiceMonitor') as unknown as {
        readonly spec: { readonly endpoints: readonly [{ relabelings: object[]; metricRelabelings: object[] }] }
      }
      const install = { targetLabel: 'kbnt_install', replacement: `${namespace}/kbnt-operator` }
      assert.deepEqual(spec.endpoints[0].relabelings, [install, more])
      assert.deepEqual(spec.endpoints[0].metricRelabelings, [dropped])
    }
  })

  it('has dashboards that no other release takes for its own', async () => {
    const boardsOf = async (...args: string[]) =>
      (await renderedWith({}, ...args))
        .filter(({ metadata }) => metadata.name.includes('-dashboard-'))
        .flatMap((one) => Object.entries(one['data'] as Readonly<Record<string, string>>))
        .map(([file, text]) => ({ file, ...(JSON.parse(text) as { uid: string; title: string }) }))
    const [here, there] = [await boardsOf(), await boardsOf('--namespace', 'team-b')]
    for (const name of ['file', 'uid', 'title'] as const)
      assert.equal(new Set([...here, ...there].map((board) => board[name])).size, 2 * here.length, name)
    assert.ok(here.length >= 4)
    for (const { uid } of here) assert.ok(uid.length <= 40, uid)
  })
})
