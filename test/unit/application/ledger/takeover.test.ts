import assert from 'node:assert/strict'
import { foldBooks } from '../../../../operator/application/engine/fold-books.ts'
import type { ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { afterTen, aReservation, grinder, someTerms } from '../../../fixtures/builders.ts'

describe('foldBooks', () => {
  const stock = {
    ...grinder,
    ...{ position: '1', generation: 1, terms: someTerms(), formerUids: [], acceptBooks: false },
    ...{ finalizers: [], guarded: true },
  }
  const waiting = (waitlist: Partial<ReservationStatus['waitlist']>) => {
    const status = {
      phase: 'Waiting',
      sequence: 1,
      items: [{ stockNamespace: stock.namespace, stock: stock.name, stockUID: stock.uid, quantity: 1, sequence: 1 }],
      waitlist: { since: afterTen(0), position: 1, shortages: [], ...waitlist },
    } as unknown as ReservationStatus
    const reservation = aReservation({ uid: 'r1', status })
    return { ...reservation, spec: { ...reservation.spec, waitForMs: 60_000 } }
  }
  const deadlineOf = (reservation: ReturnType<typeof waiting>) =>
    foldBooks([stock], [reservation])[0]?.claims[0]?.deadline

  it('has a reservation wait as long as it was told, whatever its spec says by now', () => {
    assert.equal(deadlineOf(waiting({ until: afterTen(600) })), Date.parse(afterTen(600)))
  })

  it('names the other stocks of a set by their present uids, also after a restore', () => {
    const [cup, mill] = ['cup', 'mill'].map((name) => ({
      ...{ ...stock, name, uid: `uid-${name}`, formerUids: [`uid-${name}-before`] },
    })) as [typeof stock, typeof stock]
    const itemOf = ({ namespace, name }: typeof stock) => ({
      ...{ stockNamespace: namespace, stock: name, stockUID: `uid-${name}-before`, quantity: 1, sequence: 7 },
    })
    const status = {
      phase: 'Reserved',
      sequence: 7,
      items: [itemOf(cup), itemOf(mill)],
    } as unknown as ReservationStatus
    const [home, follower] = foldBooks([cup, mill], [aReservation({ uid: 'r1', status })])
    assert.equal(home?.claims[0]?.lines?.[0]?.stockUID, 'uid-mill')
    assert.deepEqual(follower?.claims[0]?.follows, { uid: 'uid-cup', sequence: 7 })
  })

  it('leaves a stock that is there what it has, whoever says that he was formerly that one', () => {
    const claimant = { ...stock, namespace: 'tenant', name: 'x', uid: 'uid-x', formerUids: [stock.uid] }
    for (const stocks of [
      [stock, claimant],
      [claimant, stock],
    ])
      assert.deepEqual(
        foldBooks(stocks, [waiting({})]).map(({ stock: { name }, claims }) => [name, claims.length]),
        stocks.map(({ name }) => [name, name === stock.name ? 1 : 0]),
      )
  })

  it('reckons from its spec where an older status does not say until when', () => {
    assert.equal(deadlineOf(waiting({})), Date.parse(afterTen(60)))
  })
})
