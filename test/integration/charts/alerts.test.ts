import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import { crds, type Schema, schemaAt, schemaOf } from '../../fixtures/crd-schemas.ts'
import { manifestsIn, rendered } from './helm.ts'

interface Rule {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
interface AlertTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[]
  }[]
}

/** As a file of test/fixtures names it. */
const runbookUrl = 'https://runbooks.example.com'
const promtool = await findOnPath('promtool', process.env)
const read = (path: string) => readFile(join(projectDirectory, path), 'utf8')

/** Charts that have alerts; the cases of each are a file of test/fixtures. */
const charts = {
  'kbnt-operator': {
    values: [
      ...['--set', 'gateway.enabled=true,databases.sales.url=postgres://db/kbnt,kafka.brokers={kafka:9092}'],
      ...['--set', 'flows.alerts.enabled=true,flows.alerts.alertmanagers={http://alertmanager:9093}'],
      ...['--set', 'flows.history.enabled=true,settings.worker.history.group=past'],
      ...['--set', 'flows.history.database.url=postgres://db/past'],
    ],
    cases: 'alerts.test.yaml',
  },
  'kbnt-kafka': { values: [], cases: 'kafka-alerts.test.yaml' },
} as const
type Chart = keyof typeof charts

/** The rules as the API server would get them. */
async function installedRules(chart: Chart, ...args: string[]): Promise<RuleFile> {
  const enabled = `prometheusRule.enabled=true,prometheusRule.runbookUrl=${runbookUrl}`
  const all = manifestsIn(await rendered(chart, '--set', enabled, ...charts[chart].values, ...args))
  return all.find(({ kind }) => kind === 'PrometheusRule')?.['spec'] as RuleFile
}

const rulesOf = async (chart: Chart) => (await installedRules(chart)).groups.flatMap(({ rules }) => rules)

for (const [chart, { cases: file }] of Object.entries(charts) as [Chart, (typeof charts)[Chart]][])
  describe(`The alerts that ${chart} installs`, () => {
    let rules: Rule[]
    let tested: AlertTests

    before(async () => {
      rules = await rulesOf(chart)
      tested = parse(await read(`test/fixtures/${file}`)) as AlertTests
    })

    it('each have a case where they fire and one where they do not', () => {
      const cases = tested.tests.flatMap(({ alert_rule_test: all }) => all)
      const firing = new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname))
      const quiet = new Set(cases.filter(({ exp_alerts }) => exp_alerts.length === 0).map(({ alertname }) => alertname))
      const names = rules.map(({ alert }) => alert).sort()
      assert.deepEqual([...firing].sort(), names)
      assert.deepEqual([...quiet].sort(), names)
    })

    it('say how bad it is, what it is and where to read on', () => {
      for (const { alert, labels, annotations } of rules) {
        assert.match(alert, /^Kbnt[A-Z]\w+$/)
        assert.match(labels['severity'] ?? '', /^(critical|warning|info)$/)
        assert.ok(annotations['summary'] && annotations['description'], alert)
        assert.match(annotations['runbook_url'] ?? '', /^https:\/\/runbooks[.]example[.]com\/[\w-]+[.]md$/)
      }
    })

    it('are all explained in docs/alerts.md, each with its runbook', async () => {
      const page = await read('docs/alerts.md')
      for (const { alert, labels, annotations } of rules) {
        const runbook = annotations['runbook_url']?.replace(runbookUrl, 'runbooks')
        const row = page.split('\n').find((line) => line.startsWith(`| \`${alert}\``))
        assert.ok(row?.includes(`(${runbook})`) && row.includes(labels['severity'] ?? ''), `${alert}: ${row}`)
      }
    })
  })

describe('The alerts of databases, and their dashboard,', () => {
  it('are not there where there is no database', async () => {
    const text = await rendered('kbnt-operator', '--set', 'prometheusRule.enabled=true,dashboards.enabled=true')
    assert.match(text, /KbntNoLeader/)
    assert.match(text, /dashboard-kafka/)
    assert.doesNotMatch(text, /kbnt_database|KbntOutbox|dashboard-databases/)
  })
})

describe('The alerts of flows', () => {
  it('are not there where no flow is enabled', async () => {
    assert.doesNotMatch(await rendered('kbnt-operator', '--set', 'prometheusRule.enabled=true'), /kafka_consumer_lag/)
  })
})

describe('The page of the alerts', () => {
  it('has no row of an alert that there is not', async () => {
    const all = await Promise.all((Object.keys(charts) as Chart[]).map(rulesOf))
    assert.equal([...(await read('docs/alerts.md')).matchAll(/^\| `Kbnt\w+`/gm)].length, all.flat().length)
  })
})

const title = promtool
  ? 'The alerts, as Prometheus evaluates them,'
  : 'The alerts (skipped: there is no promtool on PATH; Debian has it in the package prometheus)'

;(promtool ? describe : describe.skip)(title, () => {
  let directory: string
  const run = (...args: string[]) => runProgram({ command: promtool ?? '', arguments: args, directory })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-alerts-'))
    await writeFile(join(directory, 'alerts.yaml'), stringify(await installedRules('kbnt-operator')))
    await mkdir(join(directory, 'kafka'))
    await writeFile(join(directory, 'kafka/alerts.yaml'), stringify(await installedRules('kbnt-kafka')))
    await writeFile(join(directory, 'kafka/test.yaml'), await read('test/fixtures/kafka-alerts.test.yaml'))
    for (const team of ['team-a', 'team-b']) {
      const rules = await installedRules('kbnt-operator', '--namespace', team, '--set', 'serviceMonitor.enabled=true')
      await writeFile(join(directory, `${team}.yaml`), stringify(rules))
    }
    for (const name of ['alerts.test.yaml', 'two-installs.test.yaml'])
      await writeFile(join(directory, name), await read(`test/fixtures/${name}`))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  it('are rules that it takes', async () => {
    const { exitCode, stdout, stderr } = await run('check', 'rules', 'alerts.yaml', 'team-a.yaml', 'kafka/alerts.yaml')
    assert.deepEqual([exitCode, stderr], [0, ''], stdout)
  })

  it('fire when they should, with what they should say, and only then', async () => {
    const { exitCode, stdout, stderr } = await run('test', 'rules', 'alerts.test.yaml')
    assert.equal(exitCode, 0, stdout + stderr)
  })

  it('of Kafka, too', async () => {
    const { exitCode, stdout, stderr } = await run('test', 'rules', 'kafka/test.yaml')
    assert.equal(exitCode, 0, stdout + stderr)
  })

  it('are those of one install each, also where another one lives in the same Prometheus', async () => {
    const { exitCode, stdout, stderr } = await run('test', 'rules', 'two-installs.test.yaml')
    assert.equal(exitCode, 0, stdout + stderr)
  })

  it('would not pass with another threshold', async () => {
    const rules = await readFile(join(directory, 'alerts.yaml'), 'utf8')
    await writeFile(join(directory, 'alerts.yaml'), rules.replace('> 1000', '> 100'))
    const { exitCode, stderr } = await run('test', 'rules', 'alerts.test.yaml')
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /KbntQueueDeep/)
  })
})

interface Metric {
  readonly name: string
  readonly each: Readonly<
    Record<
      string,
      string | { path?: string[]; labelsFromPath?: Record<string, string[]>; valueFrom?: string[]; list?: string[] }
    >
  >
}
interface StateMetrics {
  readonly spec: {
    readonly resources: readonly {
      readonly groupVersionKind: { readonly group: string; readonly version: string; readonly kind: string }
      readonly resourcePlural: string
      readonly labelsFromPath: Readonly<Record<string, string[]>>
      readonly metrics: readonly Metric[]
    }[]
  }
}

/** Every path of a metric, from the top of the object. */
function pathsOf({ each }: Metric): string[][] {
  const of = each[String(each['type']).toLowerCase()]
  assert.ok(typeof of === 'object')
  const base = of.path ?? []
  return [of.path, of.valueFrom, ...Object.values(of.labelsFromPath ?? {})].flatMap((path) =>
    path ? [path === of.path ? path : [...base, ...path]] : [],
  )
}

describe('The configuration for kube-state-metrics', () => {
  it('asks our kinds only for fields that they have', async () => {
    const { spec } = parse(await read('config/monitoring/kube-state-metrics.yaml')) as StateMetrics
    assert.equal(spec.resources.length, 7)
    for (const { groupVersionKind, resourcePlural, labelsFromPath, metrics } of spec.resources) {
      const { group, version, kind } = groupVersionKind
      const crd = crds().find((each) => each.spec.names.kind === kind)
      assert.deepEqual([group, resourcePlural], [crd?.spec.group, crd?.spec.names.plural])
      assert.ok(crd?.spec.versions.some(({ name }) => name === version))
      const schema: Schema = schemaOf(kind)
      const paths = [...Object.values(labelsFromPath), ...metrics.flatMap(pathsOf)]
      const missing = paths.filter((path) => !schemaAt(schema, path)).map((path) => `${kind}.${path.join('.')}`)
      assert.deepEqual(missing, [])
    }
  })

  it('may read what it asks for', async () => {
    const { spec } = parse(await read('config/monitoring/kube-state-metrics.yaml')) as StateMetrics
    const { rules } = parse(await read('config/monitoring/rights.yaml')) as {
      rules: { resources: string[]; verbs: string[] }[]
    }
    const readable = rules.filter(({ verbs }) => verbs.includes('watch')).flatMap(({ resources }) => resources)
    for (const { resourcePlural } of spec.resources) assert.ok(readable.includes(resourcePlural), resourcePlural)
  })
})
