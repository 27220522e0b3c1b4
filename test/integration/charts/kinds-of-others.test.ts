import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { bundleFiles } from '../../../hack/olm/bundle-files.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'
import { dryRun, type Manifest, manifestsIn, rendered } from './helm.ts'

/*
 * What the charts make of kinds that are not ours, before an API server that has these kinds as their projects publish
 * them: it is strict, and the apiVersions are those that helm finds there.
 */
const monitored = ['serviceMonitor', 'prometheusRule', 'dashboards'].flatMap((name) => [
  ...['--set', `${name}.enabled=true`],
  ...['--set', `${name}.labels.release=monitoring`],
])
const alerts = { KbntNoLeader: { severity: 'warning', for: '10m', labels: { team: 'shop' } } }
const operators: Readonly<Record<string, readonly string[]>> = {
  'as they are': [],
  'with a gateway': ['--set', 'gateway.enabled=true'],
  'elsewhere, with alerts of their own': [
    ...['--set-json', `prometheusRule.alerts=${JSON.stringify(alerts)}`],
    ...['--set', 'serviceMonitor.namespace=monitoring,prometheusRule.namespace=monitoring,serviceMonitor.interval=1m'],
  ],
}
const users = [{ name: 'warehouse' }, { name: 'shop', group: 'shop-1', topics: ['stock-audit-logs'] }]
const clusters: Readonly<Record<string, readonly string[]>> = {
  'as it is': [],
  'with certificates, controllers of its own, racks, consumers and a monitor': [
    ...['--set', 'authentication=tls,cluster.controllers.replicas=3,cluster.keep=false,consumers.topics=true'],
    ...['--set', 'cluster.rack.topologyKey=topology.kubernetes.io/zone,podMonitor.enabled=true'],
    ...['--set-json', `consumers.users=${JSON.stringify(users)}`],
  ],
  'of one broker, for a try': ['--set', 'cluster.replicas=1,replication=1,minInsyncReplicas=1'],
  'that exists already': ['--set', 'cluster.create=false'],
  'with a bridge': ['--set', 'bridge.enabled=true,bridge.writeTopics={order-events}'],
  'with a bridge that has a certificate': ['--set', 'authentication=tls,bridge.enabled=true,bridge.resources=null'],
}
const strimzi = [
  { version: '0.46.0', want: 'kafka.strimzi.io/v1beta2' },
  { version: '0.49.0', want: 'kafka.strimzi.io/v1' },
  { version: '1.2.0', want: 'kafka.strimzi.io/v1' },
]

const TRIES = 20

describe('Kinds of others', () => {
  let kubectl: Testbed['kubectl']
  let server: readonly string[]

  async function must(...args: string[]): Promise<void> {
    const { code, stderr } = await kubectl(args)
    assert.equal(code, 0, stderr)
  }
  /** What is wrong with kinds of a file here; undefined = they are served. */
  async function unserved(file: string): Promise<string | undefined> {
    for (const args of [
      ['apply', '--server-side'],
      ['wait', '--for=condition=Established', '--timeout=30s'],
    ]) {
      const { code, stderr } = await kubectl([...args, '-f', file])
      if (code !== 0) return stderr
    }
    return undefined
  }

  /** Tried again, because kubectl can't wait for a kind that has no condition yet, and older ones may be on their way out. */
  async function serve(file: string): Promise<void> {
    let wrong = await unserved(file)
    for (let tries = 1; wrong !== undefined && tries < TRIES; tries += 1) {
      await pause(1_000)
      wrong = await unserved(file)
    }
    assert.equal(wrong, undefined)
  }

  /** Rendered with what this server serves. */
  const renderedHere = async (chart: string, args: readonly string[]) =>
    manifestsIn(await rendered(chart, '--dry-run=server', ...server, ...args))

  const mustTake = async (items: readonly Manifest[]) =>
    assert.deepEqual(await dryRun(items, kubectl), { code: 0, stderr: '' })

  before(async function () {
    this.timeout(60_000)
    const own = await testbed().ownApiServer()
    kubectl = testbed().kubectlOf(own)
    server = ['--kubeconfig', own.kubeconfigPath]
    for (const name of ['kbnt-system', 'monitoring']) await must('create', 'namespace', name)
  })

  for (const file of globSync('test/fixtures/prometheus-operator/*.yaml'))
    describe(`of the Prometheus operator ${basename(file, '.yaml')}`, () => {
      before(() => serve(file))

      for (const [name, args] of Object.entries(operators))
        it(`take the monitors and the rules of the operator ${name}`, async () => {
          const items = await renderedHere('kbnt-operator', [...monitored, ...args])
          const monitors = items.filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1')
          assert.equal(monitors.length, args.includes('gateway.enabled=true') ? 3 : 2)
          await mustTake(items)
        })

      it('take the monitor and the rules of a Kafka cluster', async () => {
        const args = ['--set', 'podMonitor.enabled=true,prometheusRule.enabled=true,prometheusRule.labels.release=m']
        const all = manifestsIn(await rendered('kbnt-kafka', ...args))
        const items = all.filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1')
        assert.deepEqual(items.map(({ kind }) => kind).sort(), ['PodMonitor', 'PrometheusRule'])
        await mustTake(items)
      })

      it('take those of the OLM bundle', async () => {
        const bundle = [...(await bundleFiles('registry.example.com/kbnt-operator:1.0.0')).values()].flatMap(
          manifestsIn,
        )
        const items = bundle.filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1')
        assert.equal(items.length, 2)
        await mustTake(items.map((item) => ({ ...item, metadata: { ...item.metadata, namespace: 'monitoring' } })))
      })

      it('refuse a field that they do not have', async () => {
        const metadata = { name: 'wrong', namespace: 'monitoring' }
        const wrong = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec: { rules: [] } }
        assert.match((await dryRun([wrong], kubectl)).stderr, /unknown field "rules"/)
      })
    })

  for (const { version, want } of strimzi)
    describe(`of Strimzi ${version}`, () => {
      const file = `test/fixtures/strimzi/${version}.yaml`
      before(() => serve(file))
      after(() => must('delete', '-f', file)) // one version's storage can't be read by the next

      for (const [name, args] of Object.entries(clusters))
        it(`take a cluster ${name}, as ${want}`, async () => {
          const items = await renderedHere('kbnt-kafka', args)
          const versions = items.map(({ apiVersion }) => apiVersion).filter((each) => each.startsWith('kafka.'))
          assert.deepEqual(new Set(versions), new Set([want]))
          await mustTake(items)
        })

      it('refuse a field that they do not have', async () => {
        const metadata = { name: 'wrong', namespace: 'kbnt-system' }
        const wrong = { apiVersion: want, kind: 'KafkaTopic', metadata, spec: { partition: 3 } }
        assert.match((await dryRun([wrong], kubectl)).stderr, /unknown field "partition"/)
      })
    })
})
