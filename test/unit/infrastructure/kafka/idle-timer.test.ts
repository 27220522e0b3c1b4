import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { stopIdleTimer } from '../../../../operator/infrastructure/kafka/idle-timer.ts'

interface Queue {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  scheduleCheckPendingRequests(): void
  destroy(): void
}

const logger = { debug: () => undefined, namespace: () => logger }

function queue(): Queue {
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
    options: object,
  ) => Queue
  return new RequestQueue({ logger, maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'test', broker: 'test' })
}

describe('stopIdleTimer', () => {
  it('arms no timer for a queue that has nothing to send', () => {
    stopIdleTimer()
    const idle = queue()
    idle.scheduleCheckPendingRequests()
    assert.equal(idle.throttleCheckTimeoutId, null)
  })

  it('looks again when requests wait for the end of a throttling', (done) => {
    stopIdleTimer()
    const throttled = queue()
    const startedAt = Date.now()
    throttled.throttledUntil = startedAt + 30
    const request = {
      send() {
        assert.ok(Date.now() - startedAt >= 29)
        throttled.destroy()
        done()
      },
      expectResponse: true,
    }
    throttled.pending.push(request)
    throttled.scheduleCheckPendingRequests()
  })

  it('keeps the timer that is armed', () => {
    const busy = queue()
    busy.pending.push({})
    busy.scheduleCheckPendingRequests()
    const armed = busy.throttleCheckTimeoutId
    busy.scheduleCheckPendingRequests()
    assert.equal(busy.throttleCheckTimeoutId, armed)
    busy.destroy()
  })
})
