import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { createMachine, createNetwork, createPool, createStorage, untilMachine } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import type { Prometheus } from '../../fixtures/prometheus.ts'
import { alertsOfFile, type Board, familyOf, metricsIn, metricsOfOthers, queriesOf } from '../../fixtures/queries.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { alertsWorker } from './alerts-worker.ts'
import { drawDashboards } from './draw-dashboards.ts'
import { callGateway, gatewaySettings } from './gateway-life.ts'
import { watchInstalls } from './monitoring.ts'
import { emptyPanels, ofDatabases, ofOtherFlows, onlyInTrouble } from './quiet-series.ts'

const namespace = 'charts-queries'
const command = await findOnPath('prometheus', process.env)
const promtool = await findOnPath('promtool', process.env) // in the same package

/** What Grafana would make of $__rate_interval. It scrapes every second. */
const LOOK_BACK_S = 5

/** One operator, scraped as the chart's ServiceMonitor has it, and as OpenShift does that, which overwrites our labels. */
const installs = [
  { name: 'team-a/kbnt-operator', release: 'team-a', honorLabels: true, label: 'namespace' },
  { name: 'team-b/kbnt-operator', release: 'team-b', honorLabels: false, label: 'exported_namespace' },
] as const

const title = command
  ? 'The queries of alerts and dashboards, on the metrics of an operator that has lived,'
  : 'The queries of alerts and dashboards (skipped: there is no prometheus on PATH; Debian has it in the package prometheus)'

;(command ? describe : describe.skip)(title, () => {
  let directory: string
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let gateway: GatewayProcess
  let worker: OperatorProcess
  let prometheus: Prometheus
  let boards: readonly Board[]

  before(async function () {
    this.timeout(180_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-queries-'))
    const { kubeconfigPath, kafka } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = { kafka: { createTopics: true }, machines: { simulated: { bootDelay: '200ms' } } }
    const kafkaBrokers = await kafka()
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], kafkaBrokers, settings })
    await operator.start()
    gateway = gatewayProcess({ kubeconfigPath, namespaces: [namespace], settings: gatewaySettings })
    await gateway.start()
    worker = alertsWorker({ kubeconfigPath, namespace, kafkaBrokers })
    await worker.start()
    const metricsPorts = [portOf(operator), portOf(gateway), portOf(worker)]
    const watched = await watchInstalls({ command: command ?? '', directory, installs, metricsPorts })
    prometheus = watched.prometheus
    boards = watched.boards
    await shop.createStock('beans', { quantity: 20, price: { amount: '349.00', currency: 'EUR' } })
    await shop.createStock('grinder', { quantity: 1 })
    await shop.createStock('shut', { quantity: 1, paused: true })
    await createPool(shop, namespace, 'east', { cpu: 8, memory: 32, disk: 200 })
    // twice: what happened before the first scrape is in no rate
    for (const time of ['first', 'second']) await live(time)
    await until('history longer than what the queries look back', 30_000, async () => {
      const scrapes = await prometheus.query('count_over_time(kbnt_build_info[1m])')
      return scrapes.every(({ value }) => value > 2 * LOOK_BACK_S) ? true : undefined
    })
    await until('how far the worker is', 60_000, async () => {
      return (await prometheus.query('kafka_consumer_lag')).length >= installs.length ? true : undefined
    })
  })
  after(async () => {
    await prometheus?.stop()
    await worker?.dispose()
    await gateway?.dispose()
    await operator?.dispose()
    await shop?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const portOf = ({ logs }: OperatorProcess) =>
    Number(logs().find(({ message }) => message === 'started')?.['metricsPort'])

  /** Something of everything; then everybody has seen it. */
  async function live(time: string): Promise<void> {
    const named = (what: string) => `${what}-${time}`
    await shop.reserve(named('sold'), { beans: 2 }, { state: 'Confirmed' })
    await shop.reserve(named('short'), { beans: 1 }, { ttl: '1s' })
    await shop.reserve(named('refused'), { beans: 20 })
    await shop.reserve(named('has'), { grinder: 1 }, { ttl: '1h' })
    await shop.untilPhase(named('has'), 'Reserved')
    await shop.reserve(named('next'), { grinder: 1 }, { waitFor: '1h', ttl: '1h' })
    await shop.untilPhase(named('next'), 'Waiting')
    await shop.patchReservation(named('has'), { state: 'Released' })
    await shop.untilPhase(named('next'), 'Reserved')
    await shop.untilPhase(named('refused'), 'Rejected')
    await shop.untilPhase(named('short'), 'Expired')
    await createMachine(shop, { namespace, name: named('web') }, { pool: 'east' })
    await untilMachine(shop, `${namespace}/${named('web')}`, ['Running', undefined])
    await createMachine(shop, { namespace, name: named('giant') }, { pool: 'east', cpu: 9 })
    await untilMachine(shop, `${namespace}/${named('giant')}`, ['Failed', undefined])
    await createStorage(shop, { namespace, name: named('data') }, { pool: 'east' })
    await shop.storages.until(`${namespace}/${named('data')}`, (storage) => storage?.status?.phase === 'Allocated')
    await createNetwork(shop, { namespace, name: named('lan') }, { cidr: '10.20.0.0/24', vlan: 120, fabric: 'nobodys' })
    await shop.networks.until(`${namespace}/${named('lan')}`, (network) => network?.status?.reason === 'FabricUnknown')
    if (time === 'first') await shop.patchReservation(named('next'), { state: 'Released' })
    else await shop.reserve('last', { grinder: 1 }, { waitFor: '1h' })
    await callGateway(gateway, namespace, time)
    await scraped()
  }

  /** Until Prometheus has what the operator says now. */
  async function scraped(): Promise<void> {
    const at = Date.now() / 1_000
    await until('scrape', 20_000, async () => {
      const times = await prometheus.query('timestamp(kbnt_build_info)')
      return times.length === 3 * installs.length && times.every(({ value }) => value > at) ? true : undefined
    })
  }

  async function allMetrics(): Promise<string> {
    return (await Promise.all([operator, gateway, worker].map((one) => one.metrics()))).join('')
  }

  it('ask only for what the operator, the gateway and the worker serve', async () => {
    const served = new Set([...(await allMetrics()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name))
    const exprs = [...alertsOfFile().map(({ expr }) => expr), ...queriesOf(boards).map(({ expr }) => expr)]
    const unknown = exprs
      .flatMap(metricsIn)
      .filter((name) => !served.has(name) && !served.has(familyOf(name)) && !metricsOfOthers.has(name))
    assert.deepEqual(unknown, [])
  })

  it('ask for metrics that are named as Prometheus wants it, but for two that older dashboards know', async () => {
    const input = await operator.metrics()
    const { stdout, stderr } = await runProgram({ command: promtool ?? '', arguments: ['check', 'metrics'], input })
    const complaints = new Set(`${stdout}${stderr}`.split('\n').flatMap((line) => line.split(' ')[0] || []))
    assert.deepEqual([...complaints].sort(), ['kbnt_virtual_reservations_active_total', 'kbnt_virtual_stock_total'])
  })

  it('are rules that work, and of which only the one fires that should, once for each install', async () => {
    const firing = await until('alert', 20_000, async () => {
      const alerts = (await prometheus.rules()).flatMap(({ name, alerts: all }) => all.map((one) => ({ name, ...one })))
      const found = alerts.filter(({ state }) => state === 'firing')
      return found.length >= installs.length ? found : undefined
    })
    assert.deepEqual(
      firing.map(({ name, labels, annotations }) => [name, labels['kbnt_install'], annotations['summary']]).sort(),
      installs.map(({ name }) => ['KbntStockExhausted', name, `Stock ${namespace}/grinder is exhausted.`]),
    )
    const rules = await prometheus.rules()
    assert.equal(rules.length, installs.length * alertsOfFile().length)
    for (const { name, health, lastError } of rules)
      assert.deepEqual([name, health, lastError], [name, 'ok', undefined])
  })

  it('of the alerts ask for series that are there, but for those that come only with trouble', async () => {
    const names = new Set(alertsOfFile().flatMap(({ expr }) => metricsIn(expr)))
    for (const name of names)
      for (const install of installs) {
        if (onlyInTrouble.has(name) || metricsOfOthers.has(name)) continue
        if (ofDatabases.test(name) || ofOtherFlows.test(name)) continue
        const series = await prometheus.query(`${name}{kbnt_install="${install.name}"}`)
        assert.ok(series.length > 0, `${name} of ${install.name}`)
      }
  })

  for (const { name, label } of installs) {
    const choices: Readonly<Record<string, string>> = { install: name, namespace_label: label, namespace }
    const all = { product: '.*', stock: '.*', __rate_interval: `${LOOK_BACK_S}s`, __range: '2m' }
    const chosen = (expr: string): string =>
      expr.replaceAll(/\$(\w+)/g, (_, variable: string) => ({ ...all, ...choices })[variable] ?? `no ${variable}`)

    it(`of the dashboards have an answer, and the answer is of ${name}`, async () => {
      assert.ok(boards.length >= 6)
      const wrong: string[] = []
      for (const { panel, expr } of queriesOf(boards)) {
        const answer = await prometheus.query(chosen(expr))
        if (answer.length > 0 === emptyPanels.has(panel)) wrong.push(`${panel}: ${chosen(expr)}`)
        for (const { labels } of answer) assert.equal(labels['kbnt_install'] ?? name, name, panel)
      }
      assert.deepEqual(wrong, [])
    })

    // with some more life in them
    if (process.env['KBNT_UPDATE_PICTURES'] && label === 'namespace')
      it('of the dashboards are drawn for the docs', async () => {
        for (let round = 0; round < 25; round += 1) await callGateway(gateway, namespace, `round-${round}`)
        await scraped()
        await drawDashboards({ prometheus, boards, chosen })
      }).timeout(240_000)

    it(`of the dashboards offer what there is to choose, of ${name}`, async () => {
      const offered: Record<string, readonly string[]> = {}
      for (const { templating } of boards)
        for (const variable of templating.list) {
          if (variable.type !== 'query') continue
          const [, series = '', of = ''] = /^label_values\((.*), (\S+)\)$/.exec(variable.query) ?? []
          offered[variable.name] = await prometheus.labelValues(chosen(of), chosen(series))
        }
      assert.deepEqual(Object.keys(offered).sort(), ['install', 'namespace', 'product', 'stock'])
      assert.deepEqual(
        offered['install'],
        installs.map((install) => install.name),
      )
      assert.deepEqual(offered['namespace'], [namespace])
      for (const variable of ['product', 'stock']) assert.ok(offered[variable]?.includes('beans'), variable)
    })
  }

  it('are of series that say what is in the books', async () => {
    const [{ name, label }] = installs
    const selector = `kbnt_install="${name}", ${label}="${namespace}"`
    const valueNow = async (expr: string) => (await prometheus.query(expr))[0]?.value
    assert.equal(await valueNow(`kbnt_virtual_stock_confirmed{stock="beans", ${selector}}`), 4)
    assert.equal(await valueNow(`kbnt_virtual_stock_waiting{stock="grinder", ${selector}}`), 1)
    assert.equal(await valueNow(`sum(kbnt_machines{phase="Running", kbnt_install="${name}"})`), 2)
    assert.equal(await valueNow(`kbnt_stock_mode{stock="shut", reason="Paused", ${selector}}`), 1)
  })

  it('of the alerts find a machine that was robbed, and a stock that was restored without its books', async () => {
    const isOfMachine = ({ metadata }: Reservation) => metadata.annotations?.['kbnt.io/machine'] === 'web-first'
    await shop.deleteReservation(shop.reservations.all().find(isOfMachine)?.metadata.name ?? '')
    const metadata = { namespace, name: 'restored', annotations: { 'kbnt.io/opened': 'another-uid' } }
    const restored = { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata, spec: { quantity: 3 } }
    await shop.clients.stocks.create(restored as unknown as VirtualStock)
    for (const alert of ['KbntMachineWithoutCapacity', 'KbntStatusLost'])
      await until(alert, 20_000, async () => {
        const rules = (await prometheus.rules()).filter(({ name }) => name === alert)
        return rules.every(({ alerts }) => alerts.length === 1) ? true : undefined
      })
  })
})
