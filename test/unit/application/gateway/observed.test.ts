import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call, Operation } from '../../../../operator/application/gateway/call.ts'
import { observed, waitingOperations } from '../../../../operator/application/gateway/observed.ts'
import { gatewayOperations } from '../../../../operator/application/gateway/operations.ts'
import { gatewayMetrics } from '../../../../operator/infrastructure/telemetry/gateway-metrics.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { callWith, scriptedWorld, seenReservation, seenStock } from '../../../fixtures/gateway-world.ts'

/** What is told of one call, besides what became of an order. */
async function toldOf(id: string, operation: Operation): Promise<unknown[]> {
  const told: unknown[] = []
  const operations = observed(
    { [id]: operation },
    {
      clock: fakeClock(),
      observer: {
        decided: () => {},
        ordered: () => {},
        answered: (name, seconds) => void told.push([name, seconds]),
        unanswered: (name) => void told.push([name, 'unanswered']),
      },
    },
  )
  await operations[id]?.(callWith({})).catch(() => {})
  return told
}

const waitingFor = (ms: number, came: boolean, problem?: Problem): Operation => {
  return async ({ waited }) => {
    waited?.(ms, came)
    if (problem) throw problem
    return { status: came ? 200 : 202, body: {} }
  }
}

describe("The wait for the operator's answer", () => {
  it('is told of each operation that has one', async () => {
    for (const id of waitingOperations) {
      assert.deepEqual(await toldOf(id, waitingFor(10_000, true)), [[id, 10]])
      assert.deepEqual(await toldOf(id, waitingFor(10_000, false)), [[id, 'unanswered']])
    }
    assert.deepEqual(await toldOf('getStock', waitingFor(10_000, true)), [])
  })

  it('is one in vain where it was a second, not where the caller gave less', async () => {
    assert.deepEqual(await toldOf('reserveStock', waitingFor(999, false)), [['reserveStock', 'unanswered']])
    assert.deepEqual(await toldOf('reserveStock', waitingFor(900, false)), [])
  })

  it('is not told of calls that were refused before, nor of wrong names', async () => {
    const refused: Operation = async () => {
      throw new Problem('NobodyLeads', { detail: 'nobody' })
    }
    assert.deepEqual(await toldOf('reserveStock', refused), [])
    const refusal = (reason: string) =>
      new Problem({ status: 409, title: 'refused', reason }, { detail: reason, reservationId: 'r' })
    assert.deepEqual(await toldOf('reserveStock', waitingFor(3_000, true, refusal('StockNotFound'))), [])
    assert.deepEqual(await toldOf('reserveStock', waitingFor(3_000, true, refusal('InsufficientStock'))), [
      ['reserveStock', 3],
    ])
  })

  it('is passed on', async () => {
    const seen: unknown[] = []
    const call = callWith({ waited: (...what) => void seen.push(...what) })
    const observer = { decided: () => {}, ordered: () => {}, answered: () => {}, unanswered: () => {} }
    await observed({ pauseStock: waitingFor(5, true) }, { clock: fakeClock(), observer })['pauseStock']?.(call)
    assert.deepEqual(seen, [5, true])
  })

  it('is told by every operation of the contract that waits', async () => {
    const bodies: Readonly<Record<string, object>> = {
      reserveStock: { quantityToReserve: 1 },
      createReservation: { items: [{ stockId: 'cup', quantity: 1 }] },
      extendReservation: { ttl: '1h' },
      createStock: { productId: 'cup', stockId: 'cup', quantity: 1 },
      setStockQuantity: { newQuantity: 1 },
      setStockPrice: { price: '1.00', currency: 'EUR' },
      virtualize: { type: 'DELETE_VIRTUAL_MACHINE', specifications: { uid: 'u' } },
    }
    const parameters = { stockId: 'cup', reservationId: 'r' }
    for (const id of waitingOperations) {
      const world = scriptedWorld()
      if (/^(create|set|pause|resume)Stock/.test(id))
        world.answers.push({ kind: 'stored', object: seenStock({ name: 'cup', generation: 2 }) })
      else world.answers.push({ kind: 'stored', object: seenReservation({ name: 'r', phase: 'Reserved', judged: 0 }) })
      const operation = gatewayOperations(world)[id]
      assert.ok(operation, id)
      const waits: unknown[] = []
      const waited: Call['waited'] = (_, came) => void waits.push(came)
      await operation(callWith({ parameters, body: bodies[id], waitMs: 1, waited }))
      assert.deepEqual(waits, [false], id)
    }
  })

  it('is none of an order that the API server has not answered', async () => {
    const world = scriptedWorld()
    world.answers.push({ kind: 'unknown', reason: 'it took too long' })
    const { reserveStock } = gatewayOperations(world)
    const parameters = { stockId: 'cup' }
    const waited = () => assert.fail('that was no wait for the operator')
    await reserveStock?.(callWith({ parameters, body: { quantityToReserve: 1 }, waitMs: 1, waited }))
  })

  it('is of an order that came to nothing only where that is what became of it', async () => {
    const told: string[] = []
    const observer = {
      ...{ decided: () => {}, answered: () => {}, unanswered: () => {} },
      ordered: (outcome: string) => void told.push(outcome),
    }
    const end = { status: 409, title: 'The order came to nothing', reason: 'PaymentDeclined' }
    for (const kind of [end, 'Conflict', 'KeyReused'] as const) {
      const createOrder = () => Promise.reject(new Problem(kind, { detail: 'no', orderName: 'o-1' }))
      const { createOrder: asked } = observed({ createOrder }, { clock: fakeClock(), observer })
      await assert.rejects(asked?.(callWith({})) ?? Promise.resolve())
    }
    assert.deepEqual(told, ['cancelled', 'failed', 'failed'])
  })

  it('has its series from the start, so that the first one in vain is a rise', async () => {
    const text = await gatewayMetrics({ version: '1', commit: 'c', processMetrics: false }).text()
    for (const id of waitingOperations) {
      assert.ok(text.includes(`kbnt_gateway_unanswered_total{operation="${id}"} 0`), id)
      assert.ok(text.includes(`kbnt_gateway_operator_wait_seconds_bucket{le="2",operation="${id}"} 0`), id)
    }
  })
})
