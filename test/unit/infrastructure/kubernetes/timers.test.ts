import assert from 'node:assert/strict'
import { steadyClock } from '../../../../operator/infrastructure/kubernetes/timers.ts'
import { earlyTimers } from '../../../fixtures/early-timers.ts'

describe('steadyClock', () => {
  const { now, schedule } = steadyClock()

  it('runs nothing before it is due by its own count, not even by a part of a ms', async () => {
    const early = await earlyTimers(now, schedule)
    assert.deepEqual(early, [])
  })

  it('takes back what has not run, and does not run at once what is due later than one timer can be set', async () => {
    const ran: number[] = []
    schedule(1, () => ran.push(1))()
    const cancel = schedule(2 ** 31 + 5, () => ran.push(2 ** 31 + 5))
    await new Promise((resolve) => setTimeout(resolve, 20))
    cancel()
    assert.deepEqual(ran, [])
  })
})
