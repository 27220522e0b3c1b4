import assert from 'node:assert/strict'
import { auditLoneRows, auditRows, type RowsFound } from '../../../../operator/application/audit/audit-rows.ts'
import type { RowFacts, RowStockFacts } from '../../../../operator/application/audit/row-facts.ts'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { afterTen, grinder, someTerms, tenOClock } from '../../../fixtures/builders.ts'

/** 2 held, 3 sold and 5 left; all is delivered. */
const row: RowStockFacts = {
  ...grinder,
  state: 'Open',
  ceiling: 0,
  quantity: 10,
  safetyStock: 1,
  reserved: 2,
  confirmed: 3,
  sequence: 7,
  lends: false,
  claims: { count: 1, counted: 1, reserved: 2, confirmed: 0, late: 0, firstDeadline: tenOClock },
  sold: 3,
  outbox: { delivered: 7, entries: 0, last: 7, gaps: 0 },
  oldSequence: 6,
}
const facts: RowFacts = { database: 'default', remembersAll: true, stocks: [row], strays: [] }

function aStock(particular: Partial<StoredStock> = {}, sequence = 7): StoredStock {
  return {
    ...grinder,
    position: '1',
    generation: 1,
    terms: someTerms(),
    database: 'default',
    formerUids: [],
    acceptBooks: false,
    finalizers: [],
    guarded: true,
    openedAs: `postgres.${grinder.uid}`,
    status: {
      observedGeneration: 1,
      quantity: 10,
      reserved: 2,
      confirmed: 3,
      available: 4,
      waiting: 0,
      utilizationPercent: 50,
      level: 'Normal',
      ledger: { format: 1, term: 1, writer: 'w', attempt: 1, sequence, at: afterTen(0), pending: [] },
      conditions: [],
    },
    ...particular,
  }
}

function found(particular: Partial<RowsFound> = {}): RowsFound {
  return { facts, stocks: [aStock()], moved: new Set(), stockUids: new Set([grinder.uid]), ...particular }
}

function findings(particular: Partial<RowsFound> = {}): string[] {
  return auditRows(found(particular)).flatMap((books) =>
    books.findings.map(({ runbook, message }) => `${runbook}: ${message}`),
  )
}

const withRow = (particular: Partial<RowStockFacts>, of: Partial<RowFacts> = {}) =>
  findings({ facts: { ...facts, ...of, stocks: [{ ...row, ...particular }] } })

function loneFindings(particular: Partial<RowsFound>, namespace?: string): string[] {
  return auditLoneRows(found(particular), namespace).map(
    ({ about, runbook, message }) => `${about} ${runbook}: ${message}`,
  )
}

describe('auditRows', () => {
  it('finds nothing where all agrees, and says the numbers', () => {
    const [books] = auditRows(found())
    const { quantity, available, safetyStock, reserved, confirmed, holds, unfinished } = books ?? assert.fail()
    assert.deepEqual([quantity, available, safetyStock, reserved, confirmed, holds, unfinished], [10, 4, 1, 2, 3, 1, 0])
    assert.deepEqual(findings(), [])
    assert.deepEqual(loneFindings({}), [])
  })

  it('judges only stocks that have their books in this database', () => {
    const elsewhere = aStock({ database: 'other', uid: 'elsewhere' })
    const { database: _, ...inCluster } = aStock({ uid: 'in-the-cluster' })
    assert.equal(auditRows(found({ stocks: [elsewhere, inCluster] })).length, 0)
  })

  it('compares what is held with the holds', () => {
    assert.deepEqual(withRow({ reserved: 1 }), ['books-do-not-close: reserved 1 but holds sum to 2'])
  })

  it('compares what is confirmed with what is lent, and with what was sold as far as that is known', () => {
    const tooMany = 'books-do-not-close: confirmed 3 but reservations sum to 4'
    const tooFew = 'books-do-not-close: confirmed 3 but reservations sum to 2'
    const cases: [Partial<RowStockFacts>, Partial<RowFacts>, string[]][] = [
      [{ sold: 4 }, {}, [tooMany]],
      [{ sold: 2 }, {}, [tooFew]],
      [{ sold: 4 }, { remembersAll: false }, [tooMany]],
      [{ sold: 2 }, { remembersAll: false }, []], // what was sold long ago is dropped
      [{ lends: true, sold: 9, claims: { ...row.claims, confirmed: 3 } }, { remembersAll: false }, []],
      [{ lends: true, sold: 9, claims: { ...row.claims, confirmed: 2 } }, { remembersAll: false }, [tooFew]],
    ]
    for (const [particular, of, want] of cases) assert.deepEqual(withRow(particular, of), want)
  })

  it('finds more out than there may be, unless that was out when the stock was shrunk', () => {
    const shrunk = { quantity: 5 }
    assert.deepEqual(withRow(shrunk), ['oversold: 5 are out, and no more than 4 may be of the 5 that exist'])
    assert.deepEqual(withRow({ ...shrunk, ceiling: 5 }), [])
  })

  it('finds live reservations that are not counted towards what a namespace may have', () => {
    const said = 'books-do-not-close: 0 live reservations are counted towards what namespaces may have, and it has 1'
    assert.deepEqual(withRow({ claims: { ...row.claims, counted: 0 } }), [said])
  })

  it('finds consumers of whom is counted what they do not have', () => {
    const ana = { consumer: 'ana', counted: 3, has: 2 }
    const said = 'books-do-not-close: towards the limit of ana 3 are counted, reservations have 2'
    assert.deepEqual(withRow({ miscounted: { consumers: 1, ...ana } }), [said])
    assert.deepEqual(withRow({ miscounted: { consumers: 4, ...ana } }), [`${said}; and 3 more like that`])
  })

  it('finds entries that are neither delivered nor to be sent', () => {
    const outbox = { delivered: 2, entries: 3, last: 7, gaps: 1, firstGap: { after: 2, next: 5 } }
    assert.deepEqual(withRow({ outbox }), ['events-missing: entry 5 follows 2 in what is to be sent'])
    assert.deepEqual(withRow({ outbox: { delivered: 2, entries: 3, last: 5, gaps: 0 } }), [
      'events-missing: its row ends at entry 7, and what is sent or to be sent at 5',
    ])
  })

  it('finds a database that was set back: by what was delivered, and by what the object has seen', () => {
    assert.deepEqual(withRow({ outbox: { ...row.outbox, delivered: 9, last: 9 } }), [
      'status-lost: entry 9 is delivered, and its row ends at 7: its database was set back',
    ])
    assert.deepEqual(findings({ stocks: [aStock({}, 8)] }), [
      'status-lost: its row ends at entry 7, and 8 was seen: its database was set back',
    ])
  })

  it('lets a status be a little behind', () => {
    assert.deepEqual(findings({ stocks: [aStock({}, 6)] }), [])
    assert.deepEqual(findings({ stocks: [aStock({}, 5)] }), [
      'mirror-late: its status ends at entry 5, and entry 6 is older than 30 s',
    ])
  })

  it('finds holds that are late, and a stock that is halted', () => {
    assert.deepEqual(withRow({ claims: { ...row.claims, late: 1 } }), [
      `rows-expiry-late: a hold ran out, the first at ${afterTen(0)}, and is still there`,
    ])
    assert.deepEqual(withRow({ state: 'Halted' }), [
      'stock-halted: is halted: nothing of it is decided until somebody accepts its books',
    ])
  })

  it('finds a stock that was opened and has no row, and says what reservations have of it', () => {
    const none = { ...facts, stocks: [] }
    const said = `status-lost: was opened as postgres.${grinder.uid}, and has no row in database default`
    assert.deepEqual(findings({ facts: none }), [said])
    const strays = [{ stock: grinder.uid, claims: 2, units: 5 }]
    assert.deepEqual(findings({ facts: { ...none, strays } }), [
      said,
      'orphaned-hold: has no row in database default, and 2 reservations have 5 of it',
    ])
    assert.deepEqual(loneFindings({ facts: { ...none, strays } }), [])
  })

  it('finds nothing of one that nobody has opened, or that is just being opened', () => {
    const { openedAs: _, status: __, ...fresh } = aStock()
    const none = { ...facts, stocks: [] }
    assert.deepEqual(findings({ facts: none, stocks: [fresh] }), [])
    assert.deepEqual(findings({ facts: none, moved: new Set([grinder.uid]) }), [])
  })

  it('finds a stock that was opened as another', () => {
    assert.deepEqual(findings({ stocks: [aStock({ openedAs: 'postgres.other' })] }), [
      'status-lost: was opened as postgres.other, and its row is not of that',
    ])
  })
})

describe('auditLoneRows', () => {
  const gone = new Set<string>()

  it('finds rows that sell though their object is gone, in the namespace that is asked for', () => {
    const said = `shop/grinder books-database: its row (uid ${grinder.uid}) in database default is Open, and there is no such VirtualStock`
    assert.deepEqual(loneFindings({ stockUids: gone }), [said])
    assert.deepEqual(loneFindings({ stockUids: gone }, 'shop'), [said])
    assert.deepEqual(loneFindings({ stockUids: gone }, 'other'), [])
  })

  it('leaves closed ones alone, unless they are wrong in themselves', () => {
    const closed = { ...row, state: 'Closed' as const }
    assert.deepEqual(loneFindings({ stockUids: gone, facts: { ...facts, stocks: [closed] } }), [])
    const wrong = { ...closed, reserved: 0 }
    assert.deepEqual(loneFindings({ stockUids: gone, facts: { ...facts, stocks: [wrong] } }), [
      'shop/grinder books-do-not-close: reserved 0 but holds sum to 2',
    ])
  })

  it('finds what reservations have of stocks that have neither row nor object', () => {
    const strays = [{ stock: 'long-gone', claims: 1, units: 2 }]
    assert.deepEqual(loneFindings({ facts: { ...facts, strays } }), [
      'stock long-gone orphaned-hold: has no row in database default, and 1 reservation has 2 of it',
    ])
  })
})
