import assert from 'node:assert/strict'
import {
  type ControllerOptions,
  controller,
  type ReconcileOutcome,
} from '../../../../operator/infrastructure/kubernetes/controller.ts'
import { workQueue } from '../../../../operator/infrastructure/kubernetes/work-queue.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const settled: ReconcileOutcome = { kind: 'settled' }

describe('controller', () => {
  const aController = (options: Partial<ControllerOptions<string>> & Pick<ControllerOptions<string>, 'reconcile'>) => {
    const clock = fakeClock()
    const queue = workQueue<string>({ name: 'test', clock })
    return { clock, queue, controller: controller({ name: 'test', queue, workers: 2, clock, ...options }) }
  }

  it('works on as many keys at once as it has workers, and never twice on one', async () => {
    const running: string[] = []
    const gates = new Map<string, () => void>()
    const { clock, queue, controller } = aController({
      reconcile: (key) => {
        running.push(key)
        return new Promise((resolve) => gates.set(key, () => resolve(settled)))
      },
    })
    for (const key of ['a', 'b', 'c']) queue.add(key)
    controller.start()
    await clock.settle()
    queue.add('a')
    await clock.settle()
    assert.deepEqual(running, ['a', 'b'])
    gates.get('b')?.()
    await clock.settle()
    assert.deepEqual(running, ['a', 'b', 'c'])
    gates.get('a')?.()
    await clock.settle()
    assert.deepEqual(running, ['a', 'b', 'c', 'a'])
  })

  it('looks again after the time that the outcome asks for', async () => {
    const at: number[] = []
    const { clock, queue, controller } = aController({
      reconcile: async () => {
        at.push(clock.now())
        return at.length < 3 ? { kind: 'recheckAfter', delayMs: 7_000 } : settled
      },
    })
    const startedAt = clock.now()
    queue.add('a')
    controller.start()
    await clock.advance(60_000)
    assert.deepEqual(
      at.map((time) => time - startedAt),
      [0, 7_000, 14_000],
    )
  })

  it('retries what throws with growing delays, tells the failures in a row, and forgets them after a success', async () => {
    const faults: [string, string, number][] = []
    const at: number[] = []
    const { clock, queue, controller } = aController({
      reconcile: async () => {
        at.push(clock.now())
        if (at.length <= 3) throw new Error(`fault ${at.length}`)
        return settled
      },
      onFault: (key, error, failures) => faults.push([key, (error as Error).message, failures]),
    })
    const startedAt = clock.now()
    queue.add('a')
    controller.start()
    await clock.advance(60_000)
    assert.deepEqual(faults, [
      ['a', 'fault 1', 1],
      ['a', 'fault 2', 2],
      ['a', 'fault 3', 3],
    ])
    assert.deepEqual(
      at.map((time) => time - startedAt),
      [0, 5, 15, 35],
    )
    assert.equal(queue.numRequeues('a'), 0)
  })

  it('treats a synchronous throw like any other', async () => {
    const faults: unknown[] = []
    const { clock, queue, controller } = aController({
      reconcile: () => {
        throw new Error('at once')
      },
      onFault: (_key, error) => faults.push(error),
    })
    queue.add('a')
    controller.start()
    await clock.advance(5)
    assert.equal(faults.length, 2)
  })

  it('stops when the running reconciles have ended, and begins no other', async () => {
    const begun: string[] = []
    let finish = (): void => undefined
    const { clock, queue, controller } = aController({
      workers: 1,
      reconcile: (key) => {
        begun.push(key)
        return new Promise((resolve) => {
          finish = () => resolve(settled)
        })
      },
    })
    queue.add('a')
    queue.add('b')
    controller.start()
    await clock.settle()
    const stopped = controller.stop(10_000)
    await clock.advance(5_000)
    finish()
    assert.equal(await stopped, true)
    assert.deepEqual(begun, ['a'])
  })

  it('gives up waiting for what still runs after the grace time', async () => {
    const { clock, queue, controller } = aController({ reconcile: () => new Promise(() => undefined) })
    queue.add('a')
    controller.start()
    await clock.settle()
    let ended: boolean | undefined
    void controller.stop(3_000).then((clean) => {
      ended = clean
    })
    await clock.advance(2_999)
    assert.equal(ended, undefined)
    await clock.advance(1)
    assert.equal(ended, false)
  })

  it('tells results, times and busy workers', async () => {
    const told: unknown[][] = []
    let left = 2
    const { clock, queue, controller } = aController({
      workers: 1,
      reconcile: async () => {
        clock.jump(250)
        if (left-- > 0) throw new Error('not yet')
        return settled
      },
      observer: {
        reconciled: (...seen) => void told.push(seen),
        activeWorkers: (name, workers) => void told.push([name, workers]),
        maxWorkers: (name, workers) => void told.push(['most', name, workers]),
      },
    })
    queue.add('a')
    controller.start()
    for (const backOffMs of [0, 5, 10]) await clock.advance(backOffMs)
    assert.deepEqual(told, [
      ['most', 'test', 1],
      ['test', 1],
      ['test', 0],
      ['test', 'error', 0.25],
      ['test', 1],
      ['test', 0],
      ['test', 'error', 0.25],
      ['test', 1],
      ['test', 0],
      ['test', 'success', 0.25],
    ])
  })
})
