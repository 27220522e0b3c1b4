import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { eventLoopDelay } from '../../../../operator/infrastructure/telemetry/event-loop-delay.ts'
import { until } from '../../../fixtures/until.ts'

describe('eventLoopDelay', () => {
  it('counts a halt by its length, also one that begins at once, and once', async () => {
    const read = eventLoopDelay()
    await pause(50) // it has begun
    read()
    halt(400)
    const delayMs = await until('a reading', 5_000, async () => read() || undefined, 5)
    assert.ok(delayMs > 100, `${delayMs} ms`)
    await until('a calm reading', 5_000, async () => (read() < 50 ? true : undefined), 50)
  })

  it('sees a loop that halts from each reading to the next', async () => {
    const read = eventLoopDelay()
    await pause(50)
    for (let times = 0; times < 3; times += 1) {
      read()
      halt(200)
      await pause(1)
    }
    assert.ok(read() > 50)
  })

  it('is 0 where nothing was measured', () => {
    assert.equal(eventLoopDelay()(), 0)
  })
})

function halt(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}
