import assert from 'node:assert/strict'
import { workerMetrics } from '../../../../operator/infrastructure/telemetry/worker-metrics.ts'

describe('workerMetrics', () => {
  const source = { ready: () => true, lags: () => [], waiting: () => 0, kept: () => [] }

  it('tell the longest delay of a retry topic by its group, which may share it with another one', async () => {
    const metrics = workerMetrics({ version: '1.0.0', commit: 'abc', processMetrics: false })
    metrics.readFrom({ ...source, group: 'calls', delay: { topic: 'again', ms: 3_600_000 } })
    metrics.readFrom({ ...source, group: 'takes', delay: { topic: 'again', ms: 5_000 } })
    metrics.readFrom({ ...source, group: 'stores' })
    const told = (await metrics.text()).split('\n').filter((line) => line.startsWith('kbnt_consumer_longest_delay'))
    assert.deepEqual(told, [
      'kbnt_consumer_longest_delay_seconds{topic="again",consumer_group="calls"} 3600',
      'kbnt_consumer_longest_delay_seconds{topic="again",consumer_group="takes"} 5',
    ])
  })
})
