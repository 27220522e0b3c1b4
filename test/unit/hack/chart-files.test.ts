import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { generatedFiles } from '../../../hack/charts/generated-files.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'

const read = (path: string) => readFileSync(join(projectDirectory, path), 'utf8')
const charts = ['kbnt-operator', 'kbnt-operator-crds', 'kbnt-kafka']

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly additionalProperties?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
}
interface Alert {
  readonly alert: string
  readonly expr: string
  readonly annotations: Readonly<Record<string, string>>
}

const { groups } = parse(read('charts/kbnt-operator/files/alerts.yaml')) as { groups: { rules: Alert[] }[] }
const alerts = groups.flatMap(({ rules }) => rules)

function queries(): string[] {
  const boards = globSync('charts/kbnt-operator/files/dashboards/*.json', { cwd: projectDirectory }).map(
    (path) => JSON.parse(read(path)) as { panels: { targets: { expr: string }[] }[] },
  )
  const panels = boards.flatMap(({ panels: all }) => all.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
  assert.ok(panels.length > 20)
  return [...panels, ...alerts.map(({ expr }) => expr)]
}

/** Series that a query reads: what is followed by neither a bracket of a function nor stands in a label list. */
function metricsIn(query: string): string[] {
  const bare = query
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|on|without|ignoring)\s*\([^)]*\)/g, ' ')
  return [...bare.matchAll(/\b([a-z]\w*_\w+)\b(?!\s*\()/g)].map(([, name = '']) => name)
}

function faultsOf(schema: Schema, path: string): string[] {
  const own = schema.description || path === '' ? [] : [`${path} has no description`]
  const isClosed = schema.additionalProperties === false || path === '.global' // that is for all charts of an install
  const open = schema.properties && !isClosed ? [`${path || '.'} takes anything`] : []
  const children = Object.entries(schema.properties ?? {})
  return [...own, ...open, ...children.flatMap(([name, child]) => faultsOf(child, `${path}.${name}`))]
}

describe('the files of the charts', () => {
  it('are as generated', async () => {
    for (const [path, content] of await generatedFiles()) {
      assert.equal(existsSync(join(projectDirectory, path)) && read(path), content, `${path}: npm run generate`)
    }
  })

  for (const chart of charts)
    it(`of ${chart} describe every value and refuse unknown ones`, () => {
      assert.deepEqual(faultsOf(JSON.parse(read(`charts/${chart}/values.schema.json`)) as Schema, ''), [])
    })

  it('offer every setting of the operator that the chart does not decide itself', () => {
    const { properties = {} } = JSON.parse(read('charts/kbnt-operator/values.schema.json')) as Schema
    const settings = JSON.parse(read('config/settings.schema.json')) as Schema
    const own = ['watchNamespaces', 'health']
    assert.deepEqual(
      Object.keys(properties['settings']?.properties ?? {}).sort(),
      Object.keys(settings.properties ?? {})
        .filter((name) => !own.includes(name))
        .sort(),
    )
  })

  it('make the topics of config/topics.yaml', () => {
    interface Topic {
      readonly name: string
      readonly partitions: number
    }
    const ours = parse(read('config/topics.yaml')) as { topics: (Topic & { retentionMs: number })[] }
    const theirs = parse(read('charts/kbnt-kafka/values.yaml')) as { topics: (Topic & { retentionDays: number })[] }
    assert.deepEqual(
      theirs.topics.map(({ retentionDays, ...topic }) => ({ ...topic, retentionMs: retentionDays * 86_400_000 })),
      ours.topics,
    )
  })

  it('have an alert for each runbook, a runbook for each alert, and each names the other', () => {
    const linked = new Set<string>()
    for (const { alert, annotations } of alerts) {
      const [, page = ''] = /^RUNBOOKS\/([\w-]+[.]md)$/.exec(annotations['runbook_url'] ?? '') ?? []
      assert.ok(existsSync(join(projectDirectory, 'docs/runbooks', page)), `${alert}: ${page}`)
      assert.ok(read(`docs/runbooks/${page}`).includes(`\`${alert}\``), `${page} does not name ${alert}`)
      linked.add(page)
    }
    assert.deepEqual([...linked].sort(), globSync('*.md', { cwd: join(projectDirectory, 'docs/runbooks') }).sort())
  })

  it('ask in alerts and dashboards only for metrics that are served', () => {
    const served = new Set([...read('docs/reference/metrics.md').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name))
    for (const name of ['process_start_time_seconds', 'process_resident_memory_bytes']) served.add(name) // of Node
    served.add('kube_pod_container_resource_limits') // of kube-state-metrics
    const asked = queries().flatMap(metricsIn)
    assert.ok(asked.includes('kbnt_expiry_lag_seconds_bucket'))
    const unknown = asked.filter((name) => !served.has(name) && !served.has(name.replace(/_(bucket|sum|count)$/, '')))
    assert.deepEqual(unknown, [])
  })

  it('tell the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    for (const chart of charts) {
      const { appVersion, version: own } = parse(read(`charts/${chart}/Chart.yaml`)) as Record<string, string>
      assert.deepEqual([chart, appVersion, own], [chart, version, version])
    }
  })
})
