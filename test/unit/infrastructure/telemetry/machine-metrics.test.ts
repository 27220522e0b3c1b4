import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import { type MachineMetrics, machineMetrics } from '../../../../operator/infrastructure/telemetry/machine-metrics.ts'
import { resourceMetrics } from '../../../../operator/infrastructure/telemetry/resource-metrics.ts'

interface Subject {
  readonly metrics: MachineMetrics
  /** The value of each series of a metric, by its labels. */
  series(name: string): Promise<Record<string, number>>
  advance(ms: number): void
}

function newSubject(): Subject {
  const registry = new Registry()
  let now = 1_000_000
  return {
    metrics: machineMetrics(
      registry,
      resourceMetrics(registry, () => now),
    ),
    async series(name) {
      const text = await registry.metrics()
      const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      const at = (line: string) => line.lastIndexOf(' ')
      return Object.fromEntries(
        lines.map((line) => [line.slice(name.length, at(line)), Number(line.slice(at(line) + 1))]),
      )
    },
    advance(ms) {
      now += ms
    },
  }
}

describe('machineMetrics', () => {
  it('counts machines by how they ended up and by pool', async () => {
    const { metrics, series } = newSubject()
    metrics.ended('success', 'east')
    metrics.ended('success', 'east')
    metrics.ended('failed', 'west')
    assert.deepEqual(await series('kbnt_virtual_resources_created_total'), {
      '{type="VirtualMachine",status="success",region="east"}': 2,
      '{type="VirtualMachine",status="failed",region="west"}': 1,
    })
  })

  it('measures the boot, the way to the provider and the way to the first run each on its own', async () => {
    const { metrics, series } = newSubject()
    metrics.bootedIn(2)
    metrics.provisionedAfter(30)
    metrics.runningAfter(400)
    assert.deepEqual(await series('kbnt_vm_boot_time_seconds_sum'), { '': 2 })
    assert.deepEqual(await series('kbnt_processing_duration_seconds_sum'), { '': 30 })
    assert.deepEqual(await series('kbnt_end_to_end_latency_seconds_sum'), { '': 400 })
    const buckets = await series('kbnt_vm_boot_time_seconds_bucket')
    assert.deepEqual([buckets['{le="1"}'], buckets['{le="2.5"}']], [0, 1])
  })

  it('shows what machines are at, and how many run, at the time of the scrape', async () => {
    const { metrics, series } = newSubject()
    const aState = (phase: 'Running' | 'Failed', reason: string) => ({ phase, reason })
    let states = [aState('Running', 'Running'), aState('Failed', 'CapacityLost'), aState('Running', 'Running')]
    metrics.refresh()
    assert.deepEqual(await series('kbnt_virtual_resources_active'), { '{resource_type="VirtualMachine"}': 0 })
    metrics.readFrom({ states: () => states, costs: () => [], orphaned: () => 2 })
    metrics.refresh()
    assert.deepEqual(await series('kbnt_virtual_resources_active'), { '{resource_type="VirtualMachine"}': 2 })
    assert.deepEqual(await series('kbnt_machines'), {
      '{phase="Running",reason="Running"}': 2,
      '{phase="Failed",reason="CapacityLost"}': 1,
    })
    assert.deepEqual(await series('kbnt_orphaned_machine_capacities'), { '': 2 })
    states = [aState('Running', 'Running')]
    metrics.refresh()
    assert.deepEqual(await series('kbnt_machines'), { '{phase="Running",reason="Running"}': 1 })
    assert.deepEqual(await series('kbnt_virtual_resources_active'), { '{resource_type="VirtualMachine"}': 1 })
  })

  it('adds up what capacity costs, currency by currency, from the time that it leads', async () => {
    const { metrics, series, advance } = newSubject()
    const costs = [
      { hourly: '0.6', currency: 'USD' },
      { hourly: '1.2', currency: 'USD' },
      { hourly: '4', currency: 'EUR' },
    ]
    advance(3_600_000)
    metrics.readFrom({ states: () => [], costs: () => costs, orphaned: () => 0 })
    advance(1_800_000)
    metrics.refresh()
    const near = async (usd: number, eur: number) => {
      const sums = await series('kbnt_resource_cost_total')
      assert.ok(Math.abs((sums['{currency="USD"}'] ?? 0) - usd) < 1e-9, JSON.stringify(sums))
      assert.ok(Math.abs((sums['{currency="EUR"}'] ?? 0) - eur) < 1e-9, JSON.stringify(sums))
    }
    await near(0.9, 2)
    metrics.refresh()
    await near(0.9, 2)
    costs.pop()
    advance(3_600_000)
    metrics.refresh()
    await near(2.7, 2)
  })
})
