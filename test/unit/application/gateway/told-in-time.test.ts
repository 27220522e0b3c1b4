import assert from 'node:assert/strict'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import type { ReservationResult } from '../../../../operator/application/gateway/generated/contract.ts'
import { gatewayOperations } from '../../../../operator/application/gateway/operations.ts'
import type { RowDatabase } from '../../../../operator/application/gateway/rows/row-databases.ts'
import { toldInTime } from '../../../../operator/application/gateway/rows/told-in-time.ts'
import type { Order } from '../../../../operator/application/rows/order.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { callWith } from '../../../fixtures/gateway-world.ts'
import { type RowWorld, rowWorld } from '../../../fixtures/row-world.ts'

describe('Orders whose commit is not answered', () => {
  let clock: FakeClock
  let site: RowWorld
  /** Undefined = none comes. */
  let answered: Promise<void> | undefined

  beforeEach(async () => {
    clock = fakeClock()
    site = rowWorld()
    answered = undefined
    const [database] = site.world.databases.all as [RowDatabase]
    const slow: RowDatabase = {
      ...database,
      async order(order: Order) {
        const decision = await database.order(order)
        await (answered ?? new Promise(() => undefined))
        return decision
      },
    }
    const inTime = toldInTime(slow, clock)
    Object.assign(site.world, { databases: { get: () => inTime, all: [inTime] } })
    await site.stock('cup')
  })

  const does = (operation: string, parts: Partial<Call>) => gatewayOperations(site.world)[operation]!(callWith(parts))
  const reserve = () =>
    does('reserveStock', {
      body: { quantityToReserve: 2 },
      parameters: { stockId: 'cup', 'Idempotency-Key': 'one' },
    })

  it('are answered 202 after ten seconds, with where to look; the same again does it once', async () => {
    const order = reserve()
    await clock.advance(10_000)
    const { status, location, body } = await order
    const { phase, items, message } = body as { phase: string; items: object[]; message: string }
    assert.deepEqual([status, phase], [202, 'Pending'])
    assert.deepEqual(items, [{ stockNamespace: 'shop', stockId: 'cup', quantity: 2 }])
    assert.match(message, /the database has not said yet whether this is kept/)
    assert.match(location ?? '', /\/reservations\/[a-z0-9-]+/)
    answered = Promise.resolve()
    assert.deepEqual((await reserve()).headers, { 'Idempotent-Replayed': 'true' })
    assert.equal(site.rows.rows().stocks[0]?.balances.reserved, 2)
  })

  it('keep nothing else of a batch waiting', async () => {
    const orders = [{ idempotencyKey: 'a', items: [{ stockId: 'cup', quantity: 1 }] }]
    const batch = does('createReservations', { body: { orders } })
    await clock.advance(10_000)
    const { results } = (await batch).body as { results: readonly ReservationResult[] }
    assert.deepEqual(
      results.map(({ status, reservation }) => [status, reservation?.phase]),
      [[202, 'Pending']],
    )
  })

  it('are answered as ever where that comes in time', async () => {
    answered = Promise.resolve()
    assert.equal((await reserve()).status, 200)
  })
})
