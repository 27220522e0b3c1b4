import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { dashboards } from '../../../hack/charts/dashboards/dashboards.ts'
import { generatedFiles } from '../../../hack/charts/generated-files.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { alertsOfFile, familyOf, metricsIn, metricsOfOthers } from '../../fixtures/queries.ts'

const read = (path: string) => readFileSync(join(projectDirectory, path), 'utf8')
const charts = ['kbnt-operator', 'kbnt-operator-crds', 'kbnt-kafka']

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly additionalProperties?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
}
const alerts = alertsOfFile()

function queries(): string[] {
  const boards = dashboards.flatMap(({ panels }) => panels.flatMap(({ queries: all }) => all.map(({ expr }) => expr)))
  assert.ok(boards.length > 20)
  return [...boards, ...alerts.map(({ expr }) => expr)]
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

  it('take the settings that the operator takes, by the same rules', () => {
    const { properties = {} } = JSON.parse(read('charts/kbnt-operator/values.schema.json')) as Schema
    const settings = JSON.parse(
      read('config/settings.schema.json').replaceAll('"dependentRequired"', '"dependencies"'),
    ) as Schema
    assert.deepEqual(properties['settings']?.properties, settings.properties)
    assert.equal(properties['settings']?.additionalProperties, false)
  })

  it('make the topics of config/topics.yaml and config/log-topics.yaml', () => {
    interface Topic {
      readonly name: string
      readonly partitions: number
    }
    type Charted = { readonly topics: readonly (Topic & { retentionDays: number })[] }
    const ours = (file: string) => (parse(read(file)) as { topics: (Topic & { retentionMs: number })[] }).topics
    const theirs = ({ topics }: Charted) =>
      topics.map(({ retentionDays, ...topic }) => ({ ...topic, retentionMs: retentionDays * 86_400_000 }))
    const values = parse(read('charts/kbnt-kafka/values.yaml')) as Charted & { readonly logs: Charted }
    assert.deepEqual(theirs(values), ours('config/topics.yaml'))
    assert.deepEqual(theirs(values.logs), ours('config/log-topics.yaml'))
  })

  it('have an alert for each runbook, a runbook for each alert, and each names the other', () => {
    const linked = new Set<string>()
    for (const { alert, annotations } of [...alerts, ...alertsOfFile('kbnt-kafka')]) {
      const [, page = ''] = /^RUNBOOKS\/([\w-]+[.]md)$/.exec(annotations['runbook_url'] ?? '') ?? []
      assert.ok(existsSync(join(projectDirectory, 'docs/runbooks', page)), `${alert}: ${page}`)
      assert.ok(read(`docs/runbooks/${page}`).includes(`\`${alert}\``), `${page} does not name ${alert}`)
      linked.add(page)
    }
    assert.deepEqual([...linked].sort(), globSync('*.md', { cwd: join(projectDirectory, 'docs/runbooks') }).sort())
  })

  it('ask in alerts and dashboards only for metrics that are served', () => {
    const served = new Set([...read('docs/reference/metrics.md').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name))
    const ofNode = /^(process|nodejs)_/
    const asked = queries().flatMap(metricsIn)
    assert.ok(asked.includes('kbnt_expiry_lag_seconds_bucket'))
    const isKnown = (name: string) =>
      served.has(name) || served.has(familyOf(name)) || ofNode.test(name) || metricsOfOthers.has(name)
    const unknown = asked.filter((name) => !isKnown(name))
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
