import assert from 'node:assert/strict'
import { testbed } from '../../fixtures/testbed.ts'
import { dryRun, type Manifest, manifestsIn, rendered } from './helm.ts'

/*
 * Labels and annotations that somebody wants on everything, because a policy of theirs asks for them or a tool of theirs
 * reads them.
 */
interface Marks {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}
type WithPods = Manifest & { readonly spec?: { readonly template?: { readonly metadata?: Marks } } }

const wanted = { team: 'shop', 'policy.example.com/cost-centre': '0815' }
const common = ['commonLabels', 'commonAnnotations'].flatMap((name) => [
  '--set-json',
  `${name}=${JSON.stringify(wanted)}`,
])
const monitoring = 'serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboards.enabled=true'
const charts: readonly { readonly chart: string; readonly values: string; readonly kinds: number }[] = [
  { chart: 'kbnt-operator', values: `${monitoring},gateway.enabled=true,gateway.expose.as=Route`, kinds: 16 },
  {
    chart: 'kbnt-operator',
    values: 'flows.alerts.enabled=true,flows.alerts.alertmanagers={http://a:9093},kafka.brokers={a:9092}',
    kinds: 12,
  },
  {
    chart: 'kbnt-operator',
    values: 'watchNamespaces=own,gateway.enabled=true,settings.gateway.tokens.audience=kbnt-gateway',
    kinds: 13,
  },
  {
    chart: 'kbnt-kafka',
    values: 'podMonitor.enabled=true,prometheusRule.enabled=true,consumers.topics=true,consumers.users[0].name=depot',
    kinds: 7,
  },
  { chart: 'kbnt-operator-crds', values: 'keep=true', kinds: 2 },
]

const manifestsWith = async (chart: string, ...args: string[]) =>
  manifestsIn(await rendered(chart, ...args)) as readonly WithPods[]

/** Of an object, and of the pods that it makes. */
const marksOf = ({ metadata, spec }: WithPods): readonly Marks[] =>
  [metadata as Marks, spec?.template?.metadata].filter((one) => one !== undefined)

describe('Labels and annotations of everything', () => {
  for (const { chart, values, kinds } of charts)
    describe(`that ${chart} makes with ${values}`, () => {
      let plain: readonly WithPods[]
      let marked: readonly WithPods[]
      before(async () => {
        plain = await manifestsWith(chart, '--set', values)
        marked = await manifestsWith(chart, '--set', values, ...common)
      })

      it('are on each object, and on its pods', () => {
        assert.equal(new Set(marked.map(({ kind }) => kind)).size, kinds)
        for (const item of marked)
          for (const { labels, annotations } of marksOf(item))
            for (const [name, value] of Object.entries(wanted))
              assert.deepEqual(
                [labels?.[name], annotations?.[name]],
                [value, value],
                `${item.kind} ${item.metadata.name}`,
              )
      })

      it('take nothing of its own away, and change nothing else', () => {
        const without = (items: readonly WithPods[]) =>
          items.map((item) => JSON.stringify(item, (_, value) => (isMarks(value) ? stripped(value) : value)))
        assert.deepEqual(without(marked), without(plain))
      })
    })

  it('do not win over what an object needs', async () => {
    const needed = { 'helm.sh/hook': 'test', 'helm.sh/resource-policy': 'delete' }
    const args = ['--set-json', `commonAnnotations=${JSON.stringify(needed)}`]
    const job = (await manifestsWith('kbnt-operator', ...args)).find(({ kind }) => kind === 'Job')
    assert.equal(job?.metadata.annotations?.['helm.sh/hook'], 'pre-delete')
    for (const { metadata } of await manifestsWith(
      'kbnt-operator-crds',
      '--set',
      'installerRole.enabled=false',
      ...args,
    ))
      assert.equal(metadata.annotations?.['helm.sh/resource-policy'], 'keep')
  })

  const beside: readonly (readonly [chart: string, list: string, kind: string, needs?: string])[] = [
    ['kbnt-operator', 'podLabels', 'Deployment'],
    ['kbnt-operator', 'gateway.podLabels', 'Deployment', 'gateway.enabled=true'],
    ['kbnt-operator', 'serviceMonitor.labels', 'ServiceMonitor', 'serviceMonitor.enabled=true'],
    ['kbnt-operator', 'prometheusRule.labels', 'PrometheusRule', 'prometheusRule.enabled=true'],
    ['kbnt-operator', 'dashboards.labels', 'ConfigMap', 'dashboards.enabled=true'],
    ['kbnt-kafka', 'podMonitor.labels', 'PodMonitor', 'podMonitor.enabled=true'],
    ['kbnt-kafka', 'prometheusRule.labels', 'PrometheusRule', 'prometheusRule.enabled=true'],
  ]
  for (const [chart, list, kind, needs = ''] of beside)
    it(`are there once where ${list} of ${chart} has one of them, too, and that is the one which counts`, async () => {
      const items = await manifestsWith(chart, '--set', needs, ...common, '--set-json', `${list}={"team":"its own"}`)
      const marks = items.filter((item) => item.kind === kind).flatMap(marksOf)
      assert.ok(marks.some(({ labels }) => labels?.['team'] === 'its own'))
    })

  const kept: Readonly<Record<string, readonly string[]>> = {
    'kbnt-operator': [
      'commonLabels',
      'podLabels',
      'gateway.podLabels',
      'flows.alerts.podLabels',
      'serviceMonitor.labels',
      'dashboards.labels',
    ],
    'kbnt-kafka': ['commonLabels', 'podMonitor.labels', 'prometheusRule.labels'],
    'kbnt-operator-crds': ['commonLabels'],
  }
  for (const [chart, lists] of Object.entries(kept))
    for (const list of lists)
      it(`are refused in ${list} of ${chart} where they are the chart's own, which would be there twice`, async () => {
        for (const name of ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'])
          await assert.rejects(
            rendered(chart, '--set-json', `${list}={"${name}":"mine"}`),
            new RegExp(`invalid propertyName '${name}'`),
          )
      })

  it('are refused where they would say another schema of the kinds', () =>
    assert.rejects(
      rendered('kbnt-operator-crds', '--set-json', 'commonAnnotations={"kbnt.io/schema-version":"2"}'),
      /invalid propertyName 'kbnt\.io\/schema-version'/,
    ))

  it('are taken by the API server', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kbnt-system' } }
    await testbed().kubectl(['apply', '--server-side', '-f', '-'], namespace)
    const ours = ['--set', 'gateway.enabled=true,dashboards.enabled=true', ...common]
    assert.deepEqual(await dryRun(await manifestsWith('kbnt-operator', ...ours)), { code: 0, stderr: '' })
  })
})

const isMarks = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Without what was wanted, and without a list of them that has nothing else. */
function stripped(value: Readonly<Record<string, unknown>>): object {
  const left = Object.entries(value).filter(([name]) => !(name in wanted))
  return Object.fromEntries(left.filter(([name, one]) => !['labels', 'annotations'].includes(name) || !isEmpty(one)))
}

const isEmpty = (value: unknown): boolean => isMarks(value) && Object.keys(value).every((name) => name in wanted)
