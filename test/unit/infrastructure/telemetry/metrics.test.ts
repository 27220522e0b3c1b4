import assert from 'node:assert/strict'
import { type Metrics, type MetricsOptions, metrics } from '../../../../operator/infrastructure/telemetry/metrics.ts'
import type { StockSample } from '../../../../operator/infrastructure/telemetry/stock-table.ts'

function newMetrics(options: Partial<MetricsOptions> = {}): Metrics {
  return metrics({
    version: '1.2.3',
    commit: 'abc',
    legacyNames: true,
    maxStocks: 2_000,
    processMetrics: false,
    ...options,
  })
}

function aStock(change: Partial<StockSample> = {}): StockSample {
  const numbers = { quantity: 20, available: 17, reserved: 1, confirmed: 2, waiting: 0, pendingEntries: 0 }
  const value = { amount: '6980.00', currency: 'EUR' }
  return { namespace: 'shop', stock: 'grinder', product: 'PROD-1', level: 'Normal', value, ...numbers, ...change }
}

/** The lines of a metric, without help and type. */
async function series(subject: Metrics, name: string): Promise<string[]> {
  const text = await subject.text()
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
}

describe('metrics', () => {
  it('goes on counting the cost of machines when the wall clock is set back', async () => {
    const { now } = Date
    let setBy = 0
    Date.now = () => now() + setBy
    try {
      const subject = newMetrics()
      const costs = [{ hourly: '1', currency: 'EUR' }]
      subject.machines.readFrom({ states: () => [], costs: () => costs, orphaned: () => 0 })
      setBy = -86_400_000
      assert.match(
        (await series(subject, 'kbnt_resource_cost_total')).join(),
        /^kbnt_resource_cost_total\{currency="EUR"\} /,
      )
    } finally {
      Date.now = now
    }
  })

  it('shows what a stock looks like', async () => {
    const subject = newMetrics()
    subject.stocks.observed(aStock())
    const labels = '{namespace="shop",stock="grinder",product="PROD-1"'
    const want: Record<string, string> = {
      kbnt_virtual_stock_quantity: `${labels}} 20`,
      kbnt_virtual_stock_available: `${labels}} 17`,
      kbnt_virtual_stock_reserved: `${labels}} 1`,
      kbnt_virtual_stock_confirmed: `${labels}} 2`,
      kbnt_virtual_stock_utilization_percent: `${labels}} 15`,
      kbnt_virtual_stock_value: `${labels},currency="EUR"} 6980`,
    }
    for (const [name, line] of Object.entries(want)) assert.deepEqual(await series(subject, name), [`${name}${line}`])
  })

  it('shows the level a stock is at, and at no other', async () => {
    const subject = newMetrics()
    subject.stocks.observed(aStock({ level: 'Low' }))
    const levels = await series(subject, 'kbnt_virtual_stock_level')
    assert.deepEqual(
      levels.filter((line) => line.endsWith(' 1')).map((line) => /level="(\w+)"/.exec(line)?.[1]),
      ['Low'],
    )
    assert.equal(levels.length, 4)
  })

  it('counts operations and refusals of a stock', async () => {
    const subject = newMetrics()
    subject.stocks.observed(aStock())
    subject.stocks.succeeded('shop', 'grinder', 'RESERVE')
    subject.stocks.succeeded('shop', 'grinder', 'RESERVE')
    subject.stocks.failed('shop', 'grinder', 'InsufficientStock')
    const labels = '{namespace="shop",stock="grinder",product="PROD-1"'
    const successes = 'kbnt_virtual_stock_operations_successful_total'
    const failures = 'kbnt_virtual_stock_operations_failed_total'
    for (const _ of ['scrape', 'scrape again']) {
      assert.deepEqual(await series(subject, successes), [`${successes}${labels},operation="RESERVE"} 2`])
      assert.deepEqual(await series(subject, failures), [`${failures}${labels},reason="INSUFFICIENT_STOCK"} 1`])
    }
  })

  it('counts a refusal for a stock that does not exist for its namespace', async () => {
    const subject = newMetrics()
    subject.stocks.failed('shop', 'whatever-people-type', 'StockNotFound')
    const [line] = await series(subject, 'kbnt_virtual_stock_operations_failed_total')
    assert.match(line ?? '', /namespace="shop",stock="_other",product="_other",reason="STOCK_NOT_FOUND"} 1$/)
  })

  it('shows nothing any more of a stock that was deleted', async () => {
    const subject = newMetrics()
    subject.stocks.observed(aStock())
    subject.stocks.succeeded('shop', 'grinder', 'RESERVE')
    subject.stocks.removed('shop', 'grinder')
    assert.ok(!(await subject.text()).includes('grinder'))
  })

  it('sums the stocks over the limit for each namespace, so that sums over a namespace stay right', async () => {
    const subject = newMetrics({ maxStocks: 1 })
    for (const stock of ['a', 'b', 'c']) subject.stocks.observed(aStock({ stock, product: stock, level: 'Low' }))
    subject.stocks.observed(aStock({ namespace: 'depot', stock: 'd', value: { amount: '5', currency: 'USD' } }))
    for (const stock of ['a', 'b', 'c']) subject.stocks.succeeded('shop', stock, 'CONFIRM')
    const values = async (name: string) =>
      (await series(subject, name)).map((line) => line.replace(/^.*namespace="(\w+)",stock="(\w+)".*} /, '$1/$2 '))
    assert.deepEqual(await values('kbnt_virtual_stock_quantity'), ['shop/a 20', 'shop/_other 40', 'depot/_other 20'])
    assert.deepEqual(await values('kbnt_virtual_stock_utilization_percent'), [
      'shop/a 15',
      'shop/_other 15',
      'depot/_other 15',
    ])
    assert.deepEqual(await values('kbnt_virtual_stock_operations_successful_total'), ['shop/a 1', 'shop/_other 2'])
    assert.ok((await series(subject, 'kbnt_virtual_stock_value')).some((line) => line.includes('currency="USD"} 5')))
  })

  it('gives the place of a deleted stock to the next', async () => {
    const subject = newMetrics({ maxStocks: 1 })
    for (const stock of ['a', 'b']) subject.stocks.observed(aStock({ stock }))
    subject.stocks.removed('shop', 'a')
    subject.stocks.observed(aStock({ stock: 'b' }))
    assert.deepEqual(
      (await series(subject, 'kbnt_virtual_stock_quantity')).map((line) => /stock="(\w+)"/.exec(line)?.[1]),
      ['b'],
    )
  })

  it('counts a stock without units as full when something is out', async () => {
    const subject = newMetrics()
    subject.stocks.observed(aStock({ stock: 'empty', quantity: 0, reserved: 0, confirmed: 0 }))
    subject.stocks.observed(aStock({ stock: 'over', quantity: 0, reserved: 1, confirmed: 0 }))
    const lines = await series(subject, 'kbnt_virtual_stock_utilization_percent')
    assert.deepEqual(
      lines.map((line) => line.split(' ').at(-1)),
      ['0', '100'],
    )
  })

  for (const [legacyNames, want] of [
    [
      true,
      {
        total: ['kbnt_virtual_stock_total{product="PROD-1"} 40'],
        active: ['kbnt_virtual_reservations_active_total 5'],
      },
    ],
    [false, { total: [], active: [] }],
  ] as const) {
    it(`serves the names of older dashboards only while asked to (${legacyNames})`, async () => {
      const subject = newMetrics({ legacyNames })
      const active = new Map(Object.entries({ shop: 3, depot: 2 }))
      subject.engine.readFrom({ activeReservations: () => active, oldestCommandAgeSeconds: () => 0 })
      for (const stock of ['a', 'b']) subject.stocks.observed(aStock({ stock }))
      assert.deepEqual(await series(subject, 'kbnt_virtual_stock_total'), want.total)
      assert.deepEqual(await series(subject, 'kbnt_virtual_reservations_active_total'), want.active)
      assert.equal((await series(subject, 'kbnt_virtual_reservations_active')).length, 2)
    })
  }

  it('asks engine and relay at each scrape', async () => {
    const subject = newMetrics()
    let age = 1.5
    subject.engine.readFrom({ activeReservations: () => new Map(), oldestCommandAgeSeconds: () => age })
    subject.events.readFrom({
      ...{ undelivered: () => 7, spooled: () => 3 },
      ...{ spooledBytes: () => 4_096, spoolLimitBytes: () => 65_536 },
    })
    assert.deepEqual(await series(subject, 'kbnt_ledger_oldest_command_age_seconds'), [
      'kbnt_ledger_oldest_command_age_seconds 1.5',
    ])
    age = 0
    assert.deepEqual(await series(subject, 'kbnt_ledger_oldest_command_age_seconds'), [
      'kbnt_ledger_oldest_command_age_seconds 0',
    ])
    assert.deepEqual(await series(subject, 'kbnt_events_undelivered'), ['kbnt_events_undelivered 7'])
    assert.deepEqual(await series(subject, 'kbnt_events_spooled'), ['kbnt_events_spooled 3'])
    assert.deepEqual(await series(subject, 'kbnt_events_spooled_bytes'), ['kbnt_events_spooled_bytes 4096'])
    assert.deepEqual(await series(subject, 'kbnt_events_spool_limit_bytes'), ['kbnt_events_spool_limit_bytes 65536'])
  })

  it('counts what is tried again by what it was and why it failed', async () => {
    const subject = newMetrics()
    for (const cause of ['Forbidden', 'LimitReached', 'Forbidden']) subject.events.retried('spool events', cause)
    assert.deepEqual(await series(subject, 'kbnt_retries_total'), [
      'kbnt_retries_total{operation="spool events",cause="Forbidden"} 2',
      'kbnt_retries_total{operation="spool events",cause="LimitReached"} 1',
    ])
  })

  it('counts the events that are lost', async () => {
    const subject = newMetrics()
    assert.deepEqual(await series(subject, 'kbnt_events_lost_total'), ['kbnt_events_lost_total 0'])
    subject.events.lost(256)
    assert.deepEqual(await series(subject, 'kbnt_events_lost_total'), ['kbnt_events_lost_total 256'])
  })

  it('knows every name that dashboards and alerts rely on', async () => {
    const subject = newMetrics({ processMetrics: true })
    const text = await subject.text()
    const names = `kbnt_virtual_stock_quantity kbnt_virtual_stock_available kbnt_virtual_stock_reserved
      kbnt_virtual_stock_confirmed kbnt_virtual_stock_waiting kbnt_virtual_stock_utilization_percent
      kbnt_virtual_stock_level kbnt_virtual_stock_value kbnt_virtual_reservations_active
      kbnt_virtual_stock_operations_successful_total kbnt_virtual_stock_operations_failed_total
      kbnt_amq_messages_sent_total kbnt_virtual_stock_total kbnt_virtual_reservations_active_total
      kbnt_ledger_commit_seconds kbnt_ledger_batch_entries kbnt_ledger_pending_entries kbnt_ledger_conflicts_total
      kbnt_ledger_unknown_outcomes_total kbnt_ledger_foreign_writes_total kbnt_ledger_guard_rejections_total
      kbnt_ledger_oldest_command_age_seconds kbnt_reservation_wait_seconds kbnt_reservation_latency_seconds
      kbnt_expiry_lag_seconds kbnt_events_undelivered kbnt_events_spooled kbnt_event_delivery_seconds kbnt_build_info
      controller_runtime_reconcile_total controller_runtime_reconcile_errors_total
      controller_runtime_reconcile_time_seconds controller_runtime_active_workers workqueue_depth workqueue_adds_total
      workqueue_queue_duration_seconds workqueue_work_duration_seconds workqueue_unfinished_work_seconds
      workqueue_longest_running_processor_seconds workqueue_retries_total rest_client_requests_total
      rest_client_request_duration_seconds leader_election_master_status kbnt_reflector_last_event_timestamp_seconds
      kbnt_reflector_relists_total kbnt_reflector_restarts_total process_cpu_seconds_total`
    for (const name of names.split(/\s+/)) assert.ok(text.includes(`# TYPE ${name} `), name)
  })

  it('names no gauge like a counter but for the names of older dashboards', async () => {
    const types = [...(await newMetrics({ processMetrics: true }).text()).matchAll(/^# TYPE (\S+_total) (\w+)$/gm)]
    const misnamed = types.filter(([, , type]) => type !== 'counter').map(([, name]) => name)
    assert.deepEqual(misnamed.sort(), ['kbnt_virtual_reservations_active_total', 'kbnt_virtual_stock_total'])
  })

  it('tells what is running', async () => {
    const [line] = await series(newMetrics(), 'kbnt_build_info')
    assert.equal(line, `kbnt_build_info{program="operator",version="1.2.3",commit="abc",node="${process.version}"} 1`)
  })

  it('counts the errors of a controller from 0', async () => {
    const subject = newMetrics()
    subject.controllers.maxWorkers('chores', 2)
    const name = 'controller_runtime_reconcile_errors_total'
    assert.deepEqual(await series(subject, name), [`${name}{controller="chores"} 0`])
    assert.equal((await series(subject, 'controller_runtime_reconcile_total')).length, 3)
  })

  it("carries the controller's, the queue's and the client's own labels", async () => {
    const subject = newMetrics()
    subject.controllers.reconciled('reservation', 'error', 0.2)
    subject.queues.depth('reservation', 4)
    subject.cluster.requested({ method: 'PUT', host: 'api:6443', code: 409, seconds: 0.01 })
    subject.cluster.requested({ method: 'PUT', host: 'api:6443', seconds: 30 })
    subject.cluster.leading('kbnt-operator', true)
    subject.cluster.watchEvent('virtualstocks', 1_500)
    subject.events.sent('audit', 5)
    const want = [
      'controller_runtime_reconcile_errors_total{controller="reservation"} 1',
      'workqueue_depth{name="reservation"} 4',
      'rest_client_requests_total{code="409",method="PUT",host="api:6443"} 1',
      'rest_client_requests_total{code="<error>",method="PUT",host="api:6443"} 1',
      'leader_election_master_status{name="kbnt-operator"} 1',
      'kbnt_reflector_last_event_timestamp_seconds{resource="virtualstocks"} 1.5',
      'kbnt_amq_messages_sent_total{topic="audit"} 5',
    ]
    const lines = (await subject.text()).split('\n')
    for (const line of want) assert.ok(lines.includes(line), line)
  })
})
