import assert from 'node:assert/strict'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'
import { earlyTimers } from '../../../fixtures/early-timers.ts'

describe('systemClock', () => {
  const clock = systemClock()

  it('runs what is due at once after what is running now, and before any timer', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      clock.schedule(2, () => {
        order.push('timer')
        resolve()
      })
      clock.schedule(0, () => order.push('soon'))
      clock.schedule(-5, () => order.push('overdue'))
      order.push('now')
    })
    assert.deepEqual(order, ['now', 'soon', 'overdue', 'timer'])
  })

  it('takes back what has not run, whether it is due soon, later, or later than one timer can be set', async () => {
    const ran: number[] = []
    for (const delayMs of [0, 1, 2 ** 31]) clock.schedule(delayMs, () => ran.push(delayMs))()
    await new Promise((resolve) => setTimeout(resolve, 10))
    assert.deepEqual(ran, [])
  })

  it('does not run at once what is due in more than 24 days', async () => {
    let ran = false
    const cancel = clock.schedule(2 ** 31 + 5, () => {
      ran = true
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    cancel()
    assert.equal(ran, false)
  })

  it('runs nothing before it is due by its own count, not even by a part of a ms', async () => {
    const early = await earlyTimers(() => performance.now(), clock.schedule)
    assert.deepEqual(early, [])
  })
})
