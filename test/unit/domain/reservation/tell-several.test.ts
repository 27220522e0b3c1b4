import assert from 'node:assert/strict'
import type { TellFacts } from '../../../../operator/domain/reservation/message.ts'
import type { Reason } from '../../../../operator/domain/reservation/reservation.ts'
import { statusAfter } from '../../../../operator/domain/reservation/tell.ts'
import type { Entry, Verb } from '../../../../operator/domain/stock/entry.ts'
import { afterTen, anEntry, aReservation, grinder } from '../../../fixtures/builders.ts'

const price = { amount: '9.90', currency: 'EUR' }
const item = { stockNamespace: 'shop', stock: 'grinder', stockUID: 'uid-grinder', quantity: 2, sequence: 3 }
const beans = { stockNamespace: 'roastery', stock: 'beans', stockUID: 'uid-beans', sequence: 40, quantity: 3 }

/** The next entry of the grinders about the order. */
const next = (verb: Verb, seconds: number, reason?: Reason): Entry =>
  anEntry({ sequence: 9, verb, at: afterTen(seconds), ...(reason && { reason }) })

describe('statusAfter an entry about several stocks', () => {
  const several: TellFacts = {
    home: grinder,
    consumed: true,
    reservation: aReservation({
      spec: {
        items: [
          { stockNamespace: 'shop', stock: 'grinder', quantity: 2 },
          { stockNamespace: 'roastery', stock: 'beans', quantity: 3 },
        ],
      },
    }),
  }
  const dollars = { amount: '0.5', currency: 'USD' }
  const entry = anEntry({ unitPrice: price, lines: [{ ...beans, unitPrice: dollars }] })
  const both = statusAfter(undefined, entry, { ...several, followed: new Map([['uid-beans', 41]]) })

  it('tells every line with its own price and entry, home first', () => {
    assert.deepEqual(both.items, [
      { ...item, unitPrice: price },
      { ...beans, sequence: 41, unitPrice: dollars },
    ])
    assert.deepEqual(both.totalPrice, [
      { amount: '19.80', currency: 'EUR' },
      { amount: '1.5', currency: 'USD' },
    ])
    assert.deepEqual([both.summary, both.stock], ['grinder×2, roastery/beans×3', ''])
  })

  it('tells of a line that has not followed the entry that it had', () => {
    assert.equal(statusAfter(undefined, entry, several).items?.[1]?.sequence, 40)
  })

  it('moves each line on by the entry that followed', () => {
    const followed = new Map([['uid-beans', 55]])
    const status = statusAfter(both, next('Confirm', 60), { ...several, followed })
    assert.deepEqual(
      status.items?.map(({ sequence }) => sequence),
      [9, 55],
    )
    const unmoved = statusAfter(both, next('Confirm', 60), several)
    assert.deepEqual(
      unmoved.items?.map(({ sequence }) => sequence),
      [9, 41],
    )
  })

  it('does not go on with the lines of a home that was deleted and created again', () => {
    const home = { ...grinder, uid: 'uid-grinder-2' }
    const status = statusAfter(both, next('Wait', 60, 'WaitingForStock'), { ...several, home })
    assert.deepEqual(status.items, [{ ...item, stockUID: 'uid-grinder-2', sequence: 9 }])
  })
})
