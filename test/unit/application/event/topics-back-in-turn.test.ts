import assert from 'node:assert/strict'
import { pause } from '../../../../operator/application/clock.ts'
import { parcelOf } from '../../../../operator/application/event/lane.ts'
import type { TopicBatch } from '../../../../operator/application/event/publisher.ts'
import { relay } from '../../../../operator/application/event/relay.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryEventSpools } from '../../../fakes/in-memory-ports.ts'
import { apiServer } from '../../../simulation/world/api-server.ts'

const STOCKS = 12

/** Twelve stocks, each of whose events go to two topics; an answer of `audit` takes `answerMs`. */
function twoTopics() {
  const clock = fakeClock()
  const up = { audit: false, low: false }
  const world = { answerMs: 5 }
  const sent = new Map<string, number>()
  const isUp = (topic: string) => (topic === 'audit' ? up.audit : up.low)
  const events = relay({
    ...{
      spoolAfterMs: 2_000,
      maxSpooledBytes: 1 << 28,
      clock,
      spools: inMemoryEventSpools(apiServer(() => undefined)),
    },
    ...{ onDelivered: () => undefined, onProgress: () => undefined, onTrouble: () => undefined },
    onLost: () => undefined,
    onRetry: () => undefined,
    publisher: {
      close: () => Promise.resolve(),
      async publish(batches: readonly TopicBatch[]) {
        await pause(clock, batches.some(({ topic }) => topic === 'audit') ? world.answerMs : 5)
        return batches.map(({ topic }) =>
          isUp(topic) ? { kind: 'acknowledged' as const } : { kind: 'unavailable' as const, reason: 'away' },
        )
      },
    },
  })
  function send(from = 0): void {
    for (let index = from; index < STOCKS; index += 1) {
      const key = `s${index}`
      const sequence = (sent.get(key) ?? 0) + 1
      sent.set(key, sequence)
      const event = { id: `${key}-${sequence}`, key, value: '{}', headers: {}, timestampMs: clock.now(), sequence }
      events.send(key, key, [parcelOf({ ...event, type: 'x', topics: ['audit', 'low'] }, () => undefined)])
    }
  }
  return { clock, up, world, events, send }
}

describe('two topics that come back one after the other', () => {
  it('get all that was spooled for them, whenever the second one comes', async () => {
    for (let lowAfterMs = 0; lowAfterMs < 14_000; lowAfterMs += 500) {
      const { clock, up, world, events, send } = twoTopics()
      send()
      await clock.advance(10_000)
      up.audit = true
      await clock.advance(30_000)
      up.audit = false
      send(4)
      await clock.advance(10_000)
      Object.assign(world, { answerMs: 2_000 })
      up.audit = true
      await clock.advance(lowAfterMs)
      up.low = true
      await clock.advance(20_000)
      world.answerMs = 5
      await clock.advance(600_000)
      assert.deepEqual([events.spooledEvents, events.undelivered], [0, 0], `low came ${lowAfterMs} ms after audit`)
    }
  })
})
