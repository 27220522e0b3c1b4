import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { helm } from './helm.ts'

type Values = Readonly<Record<string, unknown>>
const isGroup = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0

/** What has most of the chart rendered. */
const wanted: Readonly<Record<string, Values>> = {
  'kbnt-operator': {
    watchNamespaces: '*',
    kafka: { brokers: ['kafka:9093'], tls: true },
    databases: { default: { secret: 'sales-app', tls: true } },
    gateway: { enabled: true },
    flows: {
      alerts: { enabled: true, alertmanagers: ['http://alertmanager:9093'] },
      history: { enabled: true, database: { secret: 'past', tls: true } },
      integration: { enabled: true, url: 'https://partner.example', database: { secret: 'rows', tls: true } },
      logIndex: { enabled: true, url: 'https://search.example' },
      virtualization: { enabled: true, sources: [{ topic: 'asked', namespaces: ['shop'], types: '*' }] },
    },
    prometheusRule: { enabled: true },
    serviceMonitor: { enabled: true },
    dashboards: { enabled: true },
  },
  'kbnt-operator-crds': {},
  'kbnt-kafka': { logs: { enabled: true }, flows: { logIndex: { enabled: true }, virtualization: { enabled: true } } },
}

/** A part of these is taken away by an empty key. */
const asGiven = new Set(['resources', 'podSecurityContext', 'containerSecurityContext', 'nodeSelector', 'jvmOptions'])
const isAsGiven = (name: string) => asGiven.has(name) || name === 'labels'

/** Every value with a default, as an empty key of YAML; groups stay. */
function emptied(defaults: Values): Values {
  const entries = Object.entries(defaults)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isGroup(value) && !isAsGiven(name) ? emptied(value) : null]),
  )
}

function over(under: Values, top: Values): Values {
  const entries = Object.entries(top).map(([name, value]) => {
    const below = under[name]
    return [name, isGroup(value) && isGroup(below) ? over(below, value) : value] as const
  })
  return { ...under, ...Object.fromEntries(entries) }
}

describe('Values that are empty', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-empty-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  async function renders(chart: string, values: Values): Promise<string> {
    const file = join(directory, 'given.yaml')
    await writeFile(file, stringify(values))
    const { exitCode, stdout, stderr } = await helm('template', 'kbnt', chart, '--values', file)
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const defaultsOf = async (chart: string): Promise<Values> =>
    parse(await readFile(join(projectDirectory, 'charts', chart, 'values.yaml'), 'utf8'))

  it('are filled in before any template reads them', async () => {
    for (const chart of Object.keys(wanted)) {
      const folder = join(projectDirectory, 'charts', chart, 'templates')
      const files = (await readdir(folder, { recursive: true })).filter((file) =>
        /^(.*[/])?[^_][^/]*[.]\w+$/.test(file),
      )
      assert.ok(files.length >= 3)
      for (const file of files)
        assert.match(
          await readFile(join(folder, file), 'utf8'),
          /^\{\{- include "(kbnt[.]values|values[.]filled)" [.] \}\}/,
          file,
        )
    }
  })

  for (const [chart, given] of Object.entries(wanted)) {
    it(`are as by default in ${chart}, each of them`, async () => {
      const path = join('charts', chart)
      const empty = over(emptied(await defaultsOf(chart)), given)
      assert.equal(await renders(path, empty), await renders(path, given))
    })

    it(`are as by default in ${chart} where whole groups are empty`, async () => {
      const path = join('charts', chart)
      const empty = {
        ...Object.fromEntries(Object.keys(await defaultsOf(chart)).map((name) => [name, null])),
        ...given,
      }
      assert.equal(await renders(path, empty), await renders(path, given))
    })

    it(`are as by default in ${chart} where an upgrade with --reuse-values knows none of them yet`, async () => {
      // what Helm has the new templates see then: the values of the old chart, not those of the new
      const old = join(directory, chart)
      await cp(join(projectDirectory, 'charts', chart), old, { recursive: true })
      await writeFile(join(old, 'values.yaml'), '')
      assert.equal(await renders(old, given), await renders(join('charts', chart), given))
    })
  }

  it('take away a part of what pods have as it is given', async () => {
    const text = await renders('charts/kbnt-operator', {
      resources: { limits: { memory: null } },
      uninstall: { releaseFinalizers: false },
    })
    assert.match(text, /memory: 192Mi/)
    assert.doesNotMatch(text, /memory: 512Mi/)
  })

  it('are refused where everything would be meant', async () => {
    const { exitCode, stderr } = await helm('template', 'charts/kbnt-operator', '--set-json', 'watchNamespaces=null')
    assert.equal(exitCode, 1)
    assert.match(stderr, /watchNamespaces is empty: give "own", a list of namespaces, or "[*]" for all/)
  })
})
