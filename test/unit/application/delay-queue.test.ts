import assert from 'node:assert/strict'
import { delayQueue } from '../../../operator/application/delay-queue.ts'
import { fifo } from '../../../operator/application/fifo.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

describe('delayQueue', () => {
  it('hands each item on when its time has come, with one timer for all', async () => {
    const clock = fakeClock()
    const due: string[] = []
    const queue = delayQueue<string>(clock, (item) => void due.push(item))
    queue.add('late', 500)
    queue.add('early', 100)
    await clock.advance(50)
    queue.add('next', 100)
    assert.equal(clock.timers, 1)
    await clock.advance(49)
    assert.deepEqual(due, [])
    await clock.advance(1)
    assert.deepEqual(due, ['early'])
    await clock.advance(50)
    assert.deepEqual(due, ['early', 'next'])
    await clock.advance(1_000)
    assert.deepEqual(due, ['early', 'next', 'late'])
    assert.equal(clock.timers, 0)
  })

  it('is not put off by a wall clock that is set', async () => {
    const clock = fakeClock()
    const due: string[] = []
    const queue = delayQueue<string>(clock, (item) => void due.push(item))
    queue.add('one', 100)
    clock.jump(-3_600_000)
    await clock.advance(100)
    assert.deepEqual(due, ['one'])
  })

  it('takes what is added while it hands on', async () => {
    const clock = fakeClock()
    let rounds = 0
    const queue = delayQueue<string>(clock, (item) => {
      rounds += 1
      if (rounds < 3) queue.add(item, 10)
    })
    queue.add('one', 10)
    await clock.advance(100)
    assert.equal(rounds, 3)
  })
})

describe('fifo', () => {
  it('gives back in order, however many were put in between', () => {
    const queue = fifo<number>()
    const taken: (number | undefined)[] = []
    for (let index = 0; index < 1_000; index += 1) {
      queue.push(index)
      if (index % 3 === 2) taken.push(queue.shift(), queue.shift())
    }
    while (queue.length > 0) taken.push(queue.shift())
    assert.deepEqual(
      taken,
      Array.from({ length: 1_000 }, (_, index) => index),
    )
    assert.equal(queue.shift(), undefined)
    assert.equal(queue.head, undefined)
  })
})
