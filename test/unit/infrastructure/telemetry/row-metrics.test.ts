import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import { type DatabaseView, rowMetrics } from '../../../../operator/infrastructure/telemetry/row-metrics.ts'

/** The lines of one scrape after the other. */
async function scrapes(...views: readonly (readonly DatabaseView[])[]): Promise<string[][]> {
  const register = new Registry()
  const metrics = rowMetrics(register)
  let now: readonly DatabaseView[] = []
  metrics.readFrom(() => now)
  const all: string[][] = []
  for (now of views) {
    metrics.refresh()
    all.push((await register.metrics()).split('\n').filter((line) => line.startsWith('kbnt_')))
  }
  return all
}

describe('rowMetrics', () => {
  it('tells of each database whether it is there, and what is late', async () => {
    const sales: DatabaseView = {
      ...{ name: 'sales', up: true, oldestSnapshotMs: 1_500, mirrorLagMs: 250, expiryLagMs: 0 },
      outbox: { bytes: 4_096, limitBytes: 65_536, oldestMs: 2_000 },
    }
    const [lines] = await scrapes([sales, { name: 'desk', up: false }])
    assert.deepEqual(lines, [
      'kbnt_database_up{database="sales"} 1',
      'kbnt_database_up{database="desk"} 0',
      'kbnt_database_oldest_snapshot_seconds{database="sales"} 1.5',
      'kbnt_outbox_bytes{database="sales"} 4096',
      'kbnt_outbox_limit_bytes{database="sales"} 65536',
      'kbnt_outbox_oldest_seconds{database="sales"} 2',
      'kbnt_mirror_lag_seconds{database="sales"} 0.25',
      'kbnt_rows_expiry_lag_seconds{database="sales"} 0',
    ])
  })

  it('says nothing any more of what it does not know any more', async () => {
    const [first, second, third] = await scrapes([{ name: 'sales', up: true, mirrorLagMs: 9 }], [{ name: 'sales' }], [])
    assert.equal(first?.length, 2)
    assert.deepEqual([second, third], [[], []])
  })
})
