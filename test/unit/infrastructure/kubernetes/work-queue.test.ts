import assert from 'node:assert/strict'
import { type WorkQueueObserver, workQueue } from '../../../../operator/infrastructure/kubernetes/work-queue.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('work queue', () => {
  const aQueue = () => {
    const clock = fakeClock()
    return { clock, queue: workQueue<string>({ name: 'test', clock }) }
  }

  it('gives keys out in the order in which they came', async () => {
    const { queue } = aQueue()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ['a', 'b', 'c'])
  })

  it('keeps a key that is added twice while it waits only once', async () => {
    const { queue } = aQueue()
    queue.add('a')
    queue.add('a')
    assert.equal(queue.length, 1)
  })

  it('gives a key out again after done, and not before, when it was added while it was worked on', async () => {
    const { queue } = aQueue()
    queue.add('a')
    await queue.get()
    queue.add('a')
    queue.add('a')
    assert.equal(queue.length, 0)
    queue.done('a')
    assert.equal(queue.length, 1)
    assert.equal(await queue.get(), 'a')
    queue.done('a')
    assert.equal(queue.length, 0)
  })

  it('hands a new key to whoever waits for one', async () => {
    const { queue } = aQueue()
    const first = queue.get()
    const second = queue.get()
    queue.add('a')
    queue.add('b')
    assert.deepEqual(await Promise.all([first, second]), ['a', 'b'])
  })

  it('adds a key after its delay, and of several delays the shortest counts', async () => {
    const { clock, queue } = aQueue()
    queue.addAfter('a', 1_000)
    queue.addAfter('a', 300)
    queue.addAfter('a', 600)
    await clock.advance(299)
    assert.equal(queue.length, 0)
    await clock.advance(1)
    assert.equal(await queue.get(), 'a')
    queue.done('a')
    await clock.advance(5_000)
    assert.equal(queue.length, 0)
  })

  it('adds a key at once when the delay is not positive', () => {
    const { queue } = aQueue()
    queue.addAfter('a', 0)
    assert.equal(queue.length, 1)
  })

  it('doubles the delay of a key from 5 ms to a minute until it is forgotten', async () => {
    const { clock, queue } = aQueue()
    const delays: number[] = []
    for (let failure = 0; failure < 20; failure += 1) {
      queue.addRateLimited('a')
      const askedAt = clock.now()
      while (queue.length === 0) await clock.advance(Math.max(5, (clock.now() - askedAt) / 4))
      delays.push(clock.now() - askedAt)
      await queue.get()
      queue.done('a')
    }
    assert.equal(queue.numRequeues('a'), 20)
    const want = Array.from({ length: 20 }, (_, failure) => Math.min(60_000, 5 * 2 ** failure))
    for (const [failure, delayMs] of delays.entries()) {
      const wanted = want[failure] as number
      assert.ok(delayMs >= wanted && delayMs <= wanted * 1.3 + 5, `failure ${failure}: ${delayMs} for ${wanted}`)
    }
    queue.forget('a')
    assert.equal(queue.numRequeues('a'), 0)
    queue.addRateLimited('a')
    await clock.advance(5)
    assert.equal(queue.length, 1)
  })

  it('lets 100 retries of one namespace pass at once and then 10 in a second, whatever fails in others', async () => {
    const { clock, queue } = aQueue()
    for (let key = 0; key < 130; key += 1) queue.addRateLimited(`shop/key-${key}`)
    queue.addRateLimited('bakery/key')
    await clock.advance(5)
    assert.equal(queue.length, 101)
    await clock.advance(1_000)
    assert.equal(queue.length, 111)
    await clock.advance(2_000)
    assert.equal(queue.length, 131)
  })

  it('gives out what waits after a shutdown, then undefined, and takes nothing more', async () => {
    const { clock, queue } = aQueue()
    queue.add('a')
    queue.addAfter('later', 100)
    queue.shutDown()
    queue.add('b')
    queue.addAfter('c', 0)
    await clock.advance(1_000)
    assert.equal(await queue.get(), 'a')
    assert.equal(await queue.get(), undefined)
    assert.equal(clock.timers, 0)
  })

  it('wakes all who wait when it is shut down', async () => {
    const { queue } = aQueue()
    const waiting = [queue.get(), queue.get()]
    queue.shutDown()
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined])
  })

  it('is drained when the last key that was worked on is done', async () => {
    const { clock, queue } = aQueue()
    queue.add('a')
    await queue.get()
    let drained = false
    const draining = queue.drain().then(() => {
      drained = true
    })
    await clock.settle()
    assert.equal(drained, false)
    queue.done('a')
    await draining
    assert.equal(drained, true)
  })

  it('keeps its order over many thousands of keys', async () => {
    const { queue } = aQueue()
    let next = 0
    for (let key = 0; key < 6_000; key += 1) {
      queue.add(String(key))
      if (key % 3 === 2) {
        assert.equal(await queue.get(), String(next))
        queue.done(String(next))
        next += 1
      }
    }
    assert.equal(queue.length, 4_000)
    for (; next < 6_000; next += 1) assert.equal(await queue.get(), String(next))
  })

  it('tells depth, adds, retries, waiting time, working time and what is still running', async () => {
    const clock = fakeClock()
    const told: [string, ...unknown[]][] = []
    const tell = (what: string) => (queue: string, value?: number) => void told.push([what, queue, value])
    const observer: WorkQueueObserver = {
      depth: tell('depth'),
      added: tell('added'),
      retried: tell('retried'),
      waited: tell('waited'),
      worked: tell('worked'),
      unfinished: tell('unfinished'),
      longestRunning: tell('longestRunning'),
    }
    const queue = workQueue<string>({ name: 'stocks', clock, observer })
    queue.add('a')
    await clock.advance(2_000)
    await queue.get()
    await clock.advance(500)
    queue.done('a')
    await clock.advance(500)
    queue.addRateLimited('a')
    assert.deepEqual(told, [
      ['added', 'stocks', undefined],
      ['depth', 'stocks', 1],
      ['depth', 'stocks', 0],
      ['waited', 'stocks', 2],
      ['unfinished', 'stocks', 0.5],
      ['longestRunning', 'stocks', 0.5],
      ['worked', 'stocks', 0.5],
      ['unfinished', 'stocks', 0],
      ['longestRunning', 'stocks', 0],
      ['retried', 'stocks', undefined],
    ])
    assert.equal(clock.timers, 1, 'only the retry waits: nothing is measured while nothing runs')
  })
})
