import assert from 'node:assert/strict'
import { auditBooks, auditReservations } from '../../../../operator/application/audit/audit-books.ts'
import type { StockStatus, StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { afterTen, anEntry, aReservation, grinder, someTerms, tenOClock } from '../../../fixtures/builders.ts'

function books(status: Partial<StockStatus> = {}): StockStatus {
  return {
    observedGeneration: 1,
    quantity: 5,
    reserved: 2,
    confirmed: 0,
    available: 3,
    waiting: 0,
    utilizationPercent: 40,
    level: 'Normal',
    ledger: { format: 1, term: 1, writer: 'w', attempt: 1, sequence: 3, at: afterTen(0), pending: [] },
    conditions: [],
    ...status,
  }
}

function aStock(particular: Partial<StoredStock> = {}): StoredStock {
  return {
    ...grinder,
    position: '1',
    generation: 1,
    terms: someTerms(),
    formerUids: [],
    acceptBooks: false,
    finalizers: [],
    guarded: true,
    openedAs: grinder.uid,
    status: books(),
    ...particular,
  }
}

function told(phase: 'Reserved' | 'Confirmed', particular: Partial<ReservationStatus> = {}): Reservation {
  const status: ReservationStatus = {
    phase,
    reason: phase,
    message: '',
    summary: '',
    stock: grinder.name,
    sequence: 3,
    items: [{ stockNamespace: 'shop', stock: grinder.name, stockUID: grinder.uid, quantity: 2, sequence: 3 }],
    reservedAt: afterTen(0),
    expiresAt: afterTen(900),
    conditions: [],
    ...particular,
  }
  return aReservation({ status })
}

function findingsOf(stock: StoredStock, reservations: readonly Reservation[], now = tenOClock): string[] {
  const [judged] = auditBooks({ stocks: [stock], reservations, now })
  return (judged?.findings ?? []).map(({ runbook, message }) => `${runbook}: ${message}`)
}

describe('auditBooks', () => {
  it('finds nothing where reservations hold what the books say', () => {
    assert.deepEqual(findingsOf(aStock(), [told('Reserved')]), [])
  })

  it('says the numbers of a stock', () => {
    const [judged] = auditBooks({ stocks: [aStock()], reservations: [told('Reserved')], now: tenOClock })
    assert.deepEqual(
      [judged?.quantity, judged?.available, judged?.reserved, judged?.confirmed, judged?.holds],
      [5, 3, 2, 0, 1],
    )
  })

  it('finds a hold that no reservation has', () => {
    assert.deepEqual(findingsOf(aStock(), []), ['books-do-not-close: reserved 2 but holds sum to 0'])
  })

  it('lets sold goods have no holder, but not lent units', () => {
    const sold = { reserved: 0, confirmed: 2 }
    assert.deepEqual(findingsOf(aStock({ status: books(sold) }), []), [])
    const lent = aStock({ terms: someTerms({ reclaimPolicy: 'Return' }), status: books(sold) })
    assert.deepEqual(findingsOf(lent, []), ['books-do-not-close: confirmed 2 but reservations sum to 0'])
  })

  it('finds more sold by reservations than the books know', () => {
    const [finding] = findingsOf(aStock({ status: books({ reserved: 0, confirmed: 1 }) }), [told('Confirmed')])
    assert.equal(finding, 'books-do-not-close: confirmed 1 but reservations sum to 2')
  })

  it('finds more out than there is, unless the stock says that it was shrunk', () => {
    const shrunk = books({ quantity: 1 })
    assert.deepEqual(findingsOf(aStock({ status: shrunk }), [told('Reserved')]), [
      'oversold: 1 more out or kept back than the 1 that exist',
    ])
    const explained = {
      type: 'Overcommitted',
      status: 'True',
      reason: 'x',
      message: '',
      lastTransitionTime: afterTen(0),
    } as const
    assert.deepEqual(findingsOf(aStock({ status: { ...shrunk, conditions: [explained] } }), [told('Reserved')]), [])
  })

  it('finds units of the safety stock handed out, once the operator has read how much to keep back', () => {
    const stock = aStock({ terms: someTerms({ safetyStock: 4 }) })
    assert.deepEqual(findingsOf(stock, [told('Reserved')]), ['oversold: 1 more out or kept back than the 5 that exist'])
    assert.deepEqual(findingsOf({ ...stock, generation: 2 }, [told('Reserved')]), [])
  })

  it('lets more be kept back than exists while nothing is out', () => {
    const stock = aStock({ terms: someTerms({ safetyStock: 9 }), status: books({ reserved: 0, available: 0 }) })
    assert.deepEqual(findingsOf(stock, []), [])
  })

  it('finds a hold in the journal whose reservation is gone', () => {
    const status = books({ ledger: { ...books().ledger, pending: [anEntry()] } })
    const [finding] = findingsOf(aStock({ status }), [])
    assert.match(finding ?? '', /^orphaned-hold: 2 held by shop\/order \(uid uid-order\).* sequence 3 .*no object/)
  })

  it('finds a hold that ran out long ago', () => {
    const findings = findingsOf(aStock(), [told('Reserved')], tenOClock + 1_000_000)
    assert.deepEqual(findings, [`expiry-late: the hold of shop/order ran out at ${afterTen(900)} and is still there`])
  })

  it('finds an entry that has not been finished for minutes', () => {
    const status = books({ ledger: { ...books().ledger, pending: [anEntry()] } })
    const findings = findingsOf(aStock({ status }), [told('Reserved')], tenOClock + 400_000)
    assert.deepEqual(findings, [`journal-stuck: entry 3 of ${afterTen(0)} is not finished; 1 entries wait`])
  })

  it('finds a stock whose books were lost, and not one that is new', () => {
    const { status: _, ...unopened } = aStock()
    const { openedAs: __, ...isNew } = unopened
    assert.deepEqual(findingsOf(isNew, []), [])
    assert.deepEqual(findingsOf({ ...unopened, openedAs: 'uid-before' }, []), [
      'status-lost: was opened as uid-before, and its books are not in its status',
    ])
  })

  it('says that the books of a restored stock are lost also after the operator has said so in its status', () => {
    const restored = aStock({ openedAs: 'uid-before' })
    assert.deepEqual(findingsOf(restored, []), [
      'status-lost: was opened as uid-before, and its books are not in its status',
    ])
    assert.deepEqual(
      findingsOf({ ...restored, openedAs: grinder.uid, formerUids: ['uid-before'] }, [told('Reserved')]),
      [],
    )
  })

  it('finds a line of a set that its home does not hold, once it had time to', () => {
    const prepared = anEntry({ sequence: 3, quantity: 2, follows: { uid: 'uid-home', sequence: 0 } })
    const ledger = { ...books().ledger, pending: [prepared] }
    const stock = aStock({ status: books({ ledger }) })
    assert.deepEqual(findingsOf(stock, [aReservation()]), [])
    assert.deepEqual(findingsOf(stock, [aReservation()], tenOClock + 60_000), [
      'orphaned-hold: 2 held by shop/order (uid uid-order) since sequence 3 as a line of a set that its home does not hold',
    ])
  })
})

describe('auditReservations', () => {
  const facts = { stocks: [], now: tenOClock }

  it('finds a hold of a stock that does not exist', () => {
    const [finding] = auditReservations({ ...facts, reservations: [told('Reserved')] })
    assert.equal(finding?.about, 'shop/order')
    assert.match(finding?.message ?? '', /is Reserved, but grinder \(uid uid-grinder\) does not exist/)
  })

  it('asks no stock for what was sold', () => {
    const finished = {
      type: 'Finished',
      status: 'True',
      reason: 'Confirmed',
      message: '',
      lastTransitionTime: afterTen(0),
    } as const
    assert.deepEqual(auditReservations({ ...facts, reservations: [told('Confirmed', { conditions: [finished] })] }), [])
  })

  it('looks at the stocks of one namespace only, where one is named', () => {
    const reservations = [told('Reserved')]
    assert.deepEqual(auditReservations({ ...facts, reservations, namespace: 'elsewhere' }), [])
    assert.equal(auditReservations({ ...facts, reservations, namespace: 'shop' }).length, 1)
  })

  it('leaves those alone that are over or undecided', () => {
    const over = told('Reserved', { phase: 'Released' })
    assert.deepEqual(auditReservations({ ...facts, reservations: [over, aReservation()] }), [])
  })
})
