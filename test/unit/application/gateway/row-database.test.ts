import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import { rowDatabase } from '../../../../operator/application/gateway/rows/row-database.ts'
import type { Order } from '../../../../operator/application/rows/order.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anOrder } from '../../../fixtures/row-orders.ts'

const MOST = 60

describe('Orders of one database that are under way at a gateway', () => {
  function aDatabase() {
    const answers: (() => void)[] = []
    const database = rowDatabase({
      ...{ name: 'default', most: MOST, clock: fakeClock(), eventsBehind: () => false, fullAt: () => undefined },
      ledger: { order: () => new Promise((resolve) => void answers.push(() => resolve({ kind: 'unknown' }))) },
      reservations: { find: async () => undefined, page: async () => ({ items: [] }) },
      logger: { debug: () => undefined, error: () => undefined } as never,
      observer: { ordered: () => undefined },
    })
    /** How many of these are taken. */
    const take = async (count: number, order: () => Order): Promise<number> => {
      const before = answers.length
      for (let index = 0; index < count; index++)
        database.order(order()).catch((error: unknown) => assert.ok(error instanceof Problem, String(error)))
      await new Promise(setImmediate)
      return answers.length - before
    }
    const answerAll = () => {
      for (const answer of answers) answer()
    }
    return { take, answerAll }
  }

  const setOf = (...stocks: string[]) => anOrder(stocks.map((stock) => [stock, 1] as const))

  it('of one stock leave places to all others, and so do those of sets and of reservations named by their uids', async () => {
    const { take, answerAll } = aDatabase()
    assert.equal(await take(100, () => anOrder('hot')), MOST / 2)
    assert.equal(await take(1, () => setOf('cup', 'hot')), 0)
    assert.equal(await take(100, () => ({ kind: 'confirm', uid: 'r' })), MOST / 4)
    assert.equal(await take(1, () => anOrder('cup')), 1)
    answerAll()
    await new Promise(setImmediate)
    assert.equal(await take(100, () => setOf('cup', 'hot')), MOST / 2)
  })
})
