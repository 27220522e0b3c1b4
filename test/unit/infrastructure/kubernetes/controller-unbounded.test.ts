import assert from 'node:assert/strict'
import {
  type ControllerOptions,
  controller,
  type ReconcileOutcome,
} from '../../../../operator/infrastructure/kubernetes/controller.ts'
import { workQueue } from '../../../../operator/infrastructure/kubernetes/work-queue.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const settled: ReconcileOutcome = { kind: 'settled' }

describe('controller with every key by itself', () => {
  const aController = (reconcile: ControllerOptions<string>['reconcile']) => {
    const clock = fakeClock()
    const queue = workQueue<string>({ name: 'test', clock })
    return { clock, queue, controller: controller({ name: 'test', queue, workers: Infinity, clock, reconcile }) }
  }

  it('keeps no key from its turn, however many others wait', async () => {
    const ended: string[] = []
    const { clock, queue, controller } = aController(async (key) => {
      if (key.startsWith('waits')) return new Promise(() => undefined)
      ended.push(key)
      return settled
    })
    for (let index = 0; index < 5_000; index += 1) queue.add(`waits-${index}`)
    queue.add('quick')
    controller.start()
    await clock.advance(1)
    queue.add('later')
    await clock.advance(1)
    assert.deepEqual(ended, ['quick', 'later'])
  })

  it('never works twice at once on one', async () => {
    const gates: (() => void)[] = []
    const { clock, queue, controller } = aController(() => new Promise((resolve) => gates.push(() => resolve(settled))))
    queue.add('a')
    controller.start()
    await clock.settle()
    queue.add('a')
    await clock.settle()
    assert.equal(gates.length, 1)
    gates[0]?.()
    await clock.settle()
    assert.equal(gates.length, 2)
  })

  it('stops when the running ones have ended, and says so', async () => {
    const gates: (() => void)[] = []
    const begun: string[] = []
    const { clock, queue, controller } = aController((key) => {
      begun.push(key)
      return new Promise((resolve) => gates.push(() => resolve(settled)))
    })
    for (const key of ['a', 'b', 'c']) queue.add(key)
    controller.start()
    await clock.settle()
    let clean: boolean | undefined
    void controller.stop(10_000).then((answer) => {
      clean = answer
    })
    queue.add('d')
    for (const finish of gates.slice(1)) finish()
    await clock.advance(5_000)
    assert.equal(clean, undefined)
    gates[0]?.()
    await clock.settle()
    assert.deepEqual([clean, begun], [true, ['a', 'b', 'c']])
  })

  it('says when one was left running', async () => {
    const { clock, queue, controller } = aController((key) =>
      key === 'quick' ? Promise.resolve(settled) : new Promise(() => undefined),
    )
    for (const key of ['quick', 'hangs', 'hangs-too']) queue.add(key)
    controller.start()
    await clock.settle()
    const stopped = controller.stop(3_000)
    await clock.advance(3_000)
    assert.equal(await stopped, false)
  })
})
