import assert from 'node:assert/strict'
import { later } from '../../../../operator/application/clock.ts'
import { type Ending, finishQuickly } from '../../../../operator/application/engine/finish-quickly.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aWriter } from '../ledger/a-writer.ts'

const never = new Promise<never>(() => undefined)

describe('the end of a term', () => {
  function aTerm(
    endings: Partial<{ idle: Promise<void>; rest: Promise<void>; droppable: number; busy: boolean }> = {},
  ) {
    const clock = fakeClock()
    const steps: string[] = []
    const left = { droppable: endings.droppable ?? 0, busy: endings.busy ?? false }
    const actor = {
      get busy() {
        return left.busy
      },
      rest() {
        steps.push('rests')
        return endings.rest ?? Promise.resolve()
      },
      journal: { droppable: () => ({ size: left.droppable }) },
    }
    const engine: Ending = {
      reporter: { idle: () => endings.idle ?? Promise.resolve() },
      relay: {
        async stop(graceMs) {
          steps.push(`relay within ${graceMs}`)
        },
      },
      actors: new Map([['one', actor]]),
    }
    let clean: boolean | undefined
    const end = (graceMs: number): void => {
      void finishQuickly(clock, engine, later(clock.tick(), graceMs)).then((answer) => {
        clean = answer
      })
    }
    return { clock, steps, left, end, clean: () => clean }
  }

  it('is clean once everything rests', async () => {
    const { clock, steps, end, clean } = aTerm()
    end(8_000)
    await clock.settle()
    assert.deepEqual([clean(), steps], [true, ['relay within 4000', 'rests']])
  })

  it('waits for reports no longer than half of its time', async () => {
    const { clock, steps, end, clean } = aTerm({ idle: never })
    end(8_000)
    await clock.advance(3_999)
    assert.deepEqual(steps, [])
    await clock.advance(1)
    assert.deepEqual([clean(), steps], [true, ['relay within 2000', 'rests']])
  })

  it('lets finished entries leave their journals, for a second at most', async () => {
    const quick = aTerm({ droppable: 1 })
    quick.end(8_000)
    await quick.clock.advance(500)
    assert.equal(quick.clean(), undefined)
    quick.left.droppable = 0
    await quick.clock.advance(20)
    assert.equal(quick.clean(), true)
    const slow = aTerm({ droppable: 1 })
    slow.end(8_000)
    await slow.clock.advance(1_020)
    assert.equal(slow.clean(), true)
  })

  it('has writes under way answered before what they decide is told and sent, for a second at most', async () => {
    const quick = aTerm({ busy: true })
    quick.end(8_000)
    await quick.clock.advance(500)
    assert.deepEqual(quick.steps, [])
    quick.left.busy = false
    await quick.clock.advance(20)
    assert.deepEqual([quick.clean(), quick.steps.at(-1)], [true, 'rests'])
    const slow = aTerm({ busy: true })
    slow.end(8_000)
    await slow.clock.advance(1_020)
    assert.equal(slow.clean(), true)
  })

  it('tells and sends what is being decided when it begins', async () => {
    const { site, leader, actor } = await aWriter()
    const { clock } = site
    site.apply('late', { beans: 3 })
    while (!actor.busy) await clock.advance(1)
    void finishQuickly(clock, leader.engine, later(clock.tick(), 8_000))
    await clock.advance(8_000)
    const { status } = site.stored('beans') ?? {}
    assert.deepEqual([site.phaseOf('late'), status?.reserved, status?.ledger.pending], ['Reserved', 3, []])
  })

  it('takes no longer when the wall clock is set back meanwhile', async () => {
    const { clock, end, clean } = aTerm({ rest: never })
    end(8_000)
    clock.jump(-3_600_000)
    await clock.advance(8_000)
    assert.equal(clean(), false)
  })

  it('is not clean when a write is still in flight at its end', async () => {
    const { clock, end, clean } = aTerm({ rest: never })
    end(8_000)
    await clock.advance(7_999)
    assert.equal(clean(), undefined)
    await clock.advance(1)
    assert.equal(clean(), false)
  })
})
