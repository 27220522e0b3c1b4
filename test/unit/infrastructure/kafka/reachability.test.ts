import assert from 'node:assert/strict'
import type { Logger } from '../../../../operator/application/logger.ts'
import { reachability } from '../../../../operator/infrastructure/kafka/reachability.ts'

describe('reachability', () => {
  it('logs each change once and tells how long the brokers were away', () => {
    const lines: string[] = []
    const changes: boolean[] = []
    let nowMs = 1_000
    const keep = (message: string) => void lines.push(message)
    const logger: Logger = {
      debug: keep,
      info: keep,
      warn: keep,
      error: keep,
      child: () => logger,
      enabled: () => true,
    }
    const state = reachability({ clock: { now: () => nowMs }, logger, changed: (reachable) => changes.push(reachable) })
    assert.deepEqual(state.now(), { kind: 'unknown' })
    state.reached()
    state.reached()
    state.lost('refused')
    nowMs += 5_500
    state.lost('timed out')
    assert.deepEqual(state.now(), { kind: 'away', sinceMs: 1_000, reason: 'timed out' })
    state.reached()
    assert.deepEqual(lines, ['Kafka answers', 'Kafka is away: refused', 'Kafka answers again after 6 s'])
    assert.deepEqual(changes, [true, false, true])
  })
})
