import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ceilingAfter } from '../../../../operator/domain/stock/ceiling.ts'
import { decideConfirm, decideRelease } from '../../../../operator/domain/stock/decide.ts'
import { type LineRequest, settleTogether, takeTogether } from '../../../../operator/domain/stock/decide-together.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { aRequest, minuteMs, someTerms, tenOClock } from '../../../fixtures/builders.ts'

function aStock(name: string, particular: Partial<StockTerms> = {}): StockBook {
  const terms = someTerms(particular)
  const book = new StockBook({ namespace: 'shop', name, uid: `uid-${name}` }, terms)
  book.open({ sequence: 7, at: tenOClock, quantity: terms.quantity, reserved: 0, confirmed: 0, level: 'Normal' }, [])
  return book
}

const line = (book: StockBook, quantity: number): LineRequest => ({ book, request: aRequest({ quantity, set: true }) })
const told = (entries: readonly { entry: Entry }[]) => entries.map(({ entry }) => [entry.verb, entry.sequence])

describe('Lines that are taken together', () => {
  it('are all held, the others before the home, which names their entries', () => {
    const [bean, cup] = [aStock('bean'), aStock('cup', { price: { amount: '2.50', currency: 'EUR' } })]
    const entries = takeTogether([line(bean, 2), line(cup, 1)], tenOClock)
    assert.deepEqual(told(entries), [
      ['Reserve', 8],
      ['Reserve', 8],
    ])
    assert.deepEqual(cup.claims.get('uid-order')?.follows, { uid: 'uid-bean', sequence: 8 })
    assert.deepEqual(bean.claims.get('uid-order')?.lines, [
      {
        ...{ stockNamespace: 'shop', stock: 'cup', stockUID: 'uid-cup', sequence: 8, quantity: 1 },
        unitPrice: { amount: '2.50', currency: 'EUR' },
      },
    ])
  })

  it('are held as long as the stock allows that holds the shortest', () => {
    const short = aStock('cup', { hold: { ttlMs: minuteMs, maxTtlMs: 60 * minuteMs } })
    const { ttlMs: _, ...request } = aRequest({ quantity: 1, set: true })
    const bean = aStock('bean')
    takeTogether(
      [
        { book: bean, request },
        { book: short, request },
      ],
      tenOClock,
    )
    assert.equal(bean.claims.get('uid-order')?.deadline, tenOClock + minuteMs)
  })

  for (const [why, particular, reason] of [
    ['one lacks units', { quantity: 1 }, 'NeverFits'],
    ['one hands nothing out', { paused: true }, 'StockPaused'],
    ['one allows fewer at once', { limits: { perReservation: 1 } }, 'LimitPerReservation'],
    ['one is going', { terminating: true }, 'StockTerminating'],
  ] as const)
    it(`are refused by the home where ${why}, and nothing is taken`, () => {
      const [bean, cup] = [aStock('bean'), aStock('cup', particular)]
      const entries = takeTogether([line(bean, 2), line(cup, 2)], tenOClock)
      assert.deepEqual(
        entries.map(({ book, entry }) => [book.stock.name, entry.verb, entry.reason]),
        [['bean', 'Refuse', reason]],
      )
      assert.equal(bean.free(), 5)
    })

  it('say what each stock lacks', () => {
    const [bean, cup] = [aStock('bean'), aStock('cup')]
    takeTogether([line(cup, 4)], tenOClock)
    const order = { ...aRequest({ quantity: 2, set: true }), uid: 'uid-later' }
    const [refusal] = takeTogether(
      [
        { book: bean, request: order },
        { book: cup, request: order },
      ],
      tenOClock,
    )
    assert.deepEqual(refusal?.entry.shortages, [{ stockNamespace: 'shop', stock: 'cup', missing: 1 }])
  })

  it('end together, as the home says', () => {
    const [bean, cup] = [aStock('bean'), aStock('cup', { reclaimPolicy: 'Return' })]
    takeTogether([line(bean, 2), line(cup, 1)], tenOClock)
    const confirmed = settleTogether(
      'uid-order',
      [bean, cup],
      (claim, book) => decideConfirm(claim, book, tenOClock, false),
      tenOClock,
    )
    assert.deepEqual(told(confirmed), [
      ['Confirm', 9],
      ['Confirm', 9],
    ])
    const back = settleTogether(
      'uid-order',
      [bean, cup],
      (claim, book) => decideRelease(claim, book, 'ReleasedByClient'),
      tenOClock,
    )
    assert.deepEqual(told(back), [
      ['Return', 10],
      ['Return', 10],
    ])
    assert.deepEqual([bean.balances.confirmed, cup.balances.confirmed, cup.claims.size], [0, 0, 0])
  })

  it('stay as they are where the home has nothing to say', () => {
    const [bean, cup] = [aStock('bean'), aStock('cup')]
    assert.deepEqual(
      settleTogether('uid-nobody', [bean, cup], (claim, book) => decideRelease(claim, book, 'Deleted'), tenOClock),
      [],
    )
  })
})

describe('A part of a stock', () => {
  const step = fc.record({
    order: fc.integer({ min: 0, max: 5 }),
    consumer: fc.constantFrom('anna', 'ben'),
    quantity: fc.integer({ min: 1, max: 4 }),
    verb: fc.constantFrom('take', 'confirm', 'release'),
  })

  it('decides as the whole does, from the claim concerned and what its consumer has', () => {
    const policies = fc.constantFrom('Consume' as const, 'Return' as const)
    fc.assert(
      fc.property(policies, fc.array(step, { maxLength: 25 }), (reclaimPolicy, steps) => {
        const terms = someTerms({ quantity: 8, reclaimPolicy, limits: { perConsumer: 5 }, thresholds: { low: 3 } })
        const stock = { namespace: 'shop', name: 'bean', uid: 'uid-bean' }
        const whole = new StockBook(stock, terms)
        whole.open({ sequence: 1, at: tenOClock, quantity: 8, reserved: 0, confirmed: 0, level: 'Normal' }, [])
        const owner = new Map<string, string>()
        for (const { order, consumer, quantity, verb } of steps) {
          const uid = `uid-${order}`
          const whose = owner.get(uid) ?? consumer
          owner.set(uid, whose)
          const part = new StockBook(stock, terms)
          const claim = whole.claims.get(uid)
          const units = new Map([[whose, whole.consumerUnits(whose)]])
          part.openPart(whole.balances, claim ? [{ claim, consumer: whose }] : [], units)
          const request = aRequest({ uid, quantity, consumer: whose })
          const decided = [part, whole].map((book) => {
            book.setConsumer(uid, whose)
            if (verb === 'take') return takeTogether([{ book, request }], tenOClock)
            const settle =
              verb === 'confirm'
                ? decideConfirm
                : (one: Parameters<typeof decideRelease>[0], of: StockBook) =>
                    decideRelease(one, of, 'ReleasedByClient')
            return settleTogether(uid, [book], (one) => settle(one, book, tenOClock, false), tenOClock)
          })
          assert.deepEqual(
            decided[0]?.map(({ entry }) => entry),
            decided[1]?.map(({ entry }) => entry),
          )
          assert.deepEqual(part.balances, whole.balances)
          assert.equal(part.consumerUnits(whose), whole.consumerUnits(whose))
        }
      }),
    )
  })
})

describe('The ceiling of a stock that was shrunk below what is out', () => {
  const balances = (quantity: number, reserved: number) => {
    return { sequence: 1, at: 0, quantity, reserved, confirmed: 1, level: 'Normal' as const }
  }

  it('falls with what comes back, and never rises', () => {
    assert.equal(ceilingAfter(9, balances(5, 7), 0), 8)
    assert.equal(ceilingAfter(6, balances(5, 7), 0), 6)
  })

  it('is gone when all fits, safety stock kept back', () => {
    assert.equal(ceilingAfter(9, balances(5, 4), 0), 0)
    assert.equal(ceilingAfter(9, balances(5, 4), 1), 5)
  })
})
