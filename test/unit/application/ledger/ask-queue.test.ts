import assert from 'node:assert/strict'
import { msBetween } from '../../../../operator/application/clock.ts'
import { AskQueue, type Question } from '../../../../operator/application/ledger/ask-queue.ts'
import { Journal } from '../../../../operator/application/ledger/journal.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

function aQueue() {
  const clock = fakeClock()
  const kept = new Journal()
  const queue = new AskQueue(clock, kept)
  const ends: string[] = []
  /** Asks; how that ends is noted under its name. */
  function ask(name: string, wish: Partial<Question> = {}): void {
    queue.add({ decide: () => [], namespace: name, ...wish }).then(
      (entries) => ends.push(`${name} got ${entries.length}`),
      (error: Error) => ends.push(`${name} ${error.message}`),
    )
  }
  const names = () => queue.all().map(({ namespace }) => namespace)
  return { clock, journal: kept, queue, ends, ask, names }
}

const everybody = () => new Error('is sent away')

describe('the asks of a stock', () => {
  it('wait in the order in which they came, each a plain wish unless it says more', async () => {
    const { clock, queue, ask, names } = aQueue()
    const cameAt = clock.tick()
    assert.equal(queue.oldestAt, undefined)
    ask('first')
    await clock.advance(5)
    ask('second')
    assert.deepEqual([queue.length, names()], [2, ['first', 'second']])
    assert.equal(msBetween(cameAt, queue.oldestAt ?? cameAt), 0)
    const { size, takesUnits, promised, opening } = queue.all()[0] ?? {}
    assert.deepEqual([size, takesUnits, promised, opening], [1, false, 0, false])
  })

  it('come first again, in order, when what was being stored is not', () => {
    const { queue, ask, names } = aQueue()
    for (const name of ['a', 'b', 'c']) ask(name)
    const [a, b, c] = queue.all()
    if (!a || !b || !c) throw new Error('nobody waits')
    queue.send([a, b], [c])
    assert.deepEqual(names(), ['c'])
    ask('d')
    queue.putBack()
    assert.deepEqual(names(), ['a', 'b', 'c', 'd'])
    queue.putBack()
    assert.equal(queue.length, 4, 'nobody comes twice')
  })

  it('are done with once what was being stored is answered', () => {
    const { queue, ask, names } = aQueue()
    ask('a')
    queue.send(queue.all(), [])
    queue.answered()
    queue.putBack()
    assert.deepEqual(names(), [])
  })

  it('give their places back when they are sent away', async () => {
    const { clock, journal, queue, ask, ends, names } = aQueue()
    journal.promise(3)
    ask('stays')
    ask('goes', { promised: 2 })
    queue.shed(({ namespace }) => (namespace === 'goes' ? everybody() : undefined), false)
    await clock.settle()
    assert.deepEqual([names(), ends, journal.promised], [['stays'], ['goes is sent away'], 1])
  })

  it('that are being stored wait on when others are sent away', async () => {
    const { clock, queue, ask, ends } = aQueue()
    ask('stored')
    queue.send(queue.all(), [])
    queue.shed(everybody, false)
    await clock.settle()
    assert.deepEqual(ends, [])
  })

  it('that are stored too late are sent away, keep their places until it is known, and never come again', async () => {
    const { clock, journal, queue, ask, ends, names } = aQueue()
    journal.promise(1)
    ask('late', { promised: 1 })
    ask('fine')
    queue.send(queue.all(), [])
    queue.shed(({ namespace }) => (namespace === 'late' ? everybody() : undefined), true)
    await clock.settle()
    assert.deepEqual([ends, journal.promised], [['late is sent away'], 1])
    queue.putBack()
    assert.deepEqual([names(), journal.promised], [['fine'], 0])
  })

  it('fail together, with their places', async () => {
    const { clock, journal, queue, ask, ends } = aQueue()
    journal.promise(2)
    ask('a', { promised: 2 })
    ask('b')
    queue.fail(new Error('is over'))
    await clock.settle()
    assert.deepEqual([ends, queue.length, journal.promised], [['a is over', 'b is over'], 0, 0])
  })

  it('can come to nothing one by one', async () => {
    const { clock, journal, queue, ask, ends } = aQueue()
    journal.promise(1)
    ask('a', { promised: 1 })
    const [a] = queue.all()
    if (a) queue.reject(a, new Error('makes no sense'))
    await clock.settle()
    assert.deepEqual([ends, journal.promised], [['a makes no sense'], 0])
  })

  it('may fit again when somebody comes who was not there, or who takes nothing', () => {
    const { queue, ask } = aQueue()
    ask('shop', { takesUnits: true })
    queue.starved = true
    ask('shop', { takesUnits: true })
    assert.equal(queue.starved, true, 'more of the same changes nothing')
    ask('bakery', { takesUnits: true })
    assert.equal(queue.starved, false)
    queue.starved = true
    ask('shop')
    assert.equal(queue.starved, false)
  })
})
