import assert from 'node:assert/strict'
import type { Change } from '../../../../operator/domain/order/decision.ts'
import { type Order, operations } from '../../../../operator/domain/order/order.ts'
import { orderStatusAfter } from '../../../../operator/domain/order/order-status.ts'
import { anOrder, holdName } from '../../../fixtures/order-builders.ts'

type Step = NonNullable<Change['steps']>[number]

/** The order after each of these was reported. */
function whenReported(order: Order, steps: readonly Step[], published = 0): Order {
  let stored = order
  for (const step of steps) {
    const change = { phase: 'NeedsAttention', reason: 'PaymentUnknown', message: step[1], steps: [step] } as const
    const facts = { at: '2026-11-22T10:00:00.000Z', published, reservation: holdName }
    stored = { ...stored, status: orderStatusAfter(stored, change, facts) }
  }
  return stored
}

const told = ({ status }: Order) => status?.history.map(({ operation, message }) => `${operation} ${message}`)

describe('what happens to an order once more', () => {
  it('is told where it is for another reason: somebody is needed again', () => {
    const order = whenReported(anOrder(), [
      ['NeedAttention', 'nobody knows'],
      ['NeedAttention', 'nobody knows'],
      ['Resolve', 'eve says: Taken'],
      ['NeedAttention', 'not given back'],
    ])
    assert.deepEqual(told(order), [
      'NeedAttention nobody knows',
      'Resolve eve says: Taken',
      'NeedAttention not given back',
    ])
    assert.equal(order.status?.steps, 3)
  })

  it('is told where it has another end: a void that was refused at first', () => {
    const order = whenReported(anOrder(), [
      ['Void', 'not as it is', 'Failed'],
      ['Void', 'voided'],
    ])
    assert.deepEqual(told(order), ['Void not as it is', 'Void voided'])
  })

  it('is not told of what can happen only once', () => {
    const order = whenReported(anOrder(), [
      ['Cancel', 'declined'],
      ['Cancel', 'late charge'],
    ])
    assert.deepEqual(told(order), ['Cancel declined'])
  })

  it('pushes nothing out that was not published, however often somebody is needed while topics are away', () => {
    const reasons = Array.from({ length: 20 }, (_, index): Step => ['NeedAttention', `reason ${index}`])
    const others = operations.filter((name) => name !== 'NeedAttention').map((name): Step => [name, 'done'])
    const order = whenReported(anOrder(), [...reasons, ...others])
    const { steps = 0, history = [] } = order.status ?? {}
    assert.equal(steps, history.length)
    assert.deepEqual(
      operations.filter((name) => !history.some(({ operation }) => operation === name)),
      [],
    )
  })

  it('is told on and on where all before it is published', () => {
    const published = whenReported(whenReported(anOrder(), [['NeedAttention', 'a']]), [['NeedAttention', 'b']], 1)
    const order = whenReported(published, [['NeedAttention', 'c']], 2)
    assert.equal(order.status?.steps, 3)
  })
})
