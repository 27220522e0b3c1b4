import assert from 'node:assert/strict'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { judgedSpecs } from '../../../../operator/application/reservation/judged-specs.ts'
import { positionRefresher } from '../../../../operator/application/reservation/refresh-positions.ts'
import type { Reporter } from '../../../../operator/application/reservation/reporter.ts'
import type { Reservations } from '../../../../operator/application/reservation/reservations.ts'
import type { Stocks } from '../../../../operator/application/reservation/stocks.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { aRequest } from '../../../fixtures/builders.ts'

const since = '2026-11-22T10:00:00.000Z'
const terms: StockTerms = {
  product: 'grinder',
  unit: 'piece',
  quantity: 5,
  reclaimPolicy: 'Consume',
  safetyStock: 1,
  thresholds: {},
  hold: { ttlMs: 900_000, maxTtlMs: 86_400_000 },
  limits: {},
  waitlist: { order: 'Strict', maxLength: 1_000, maxWaitMs: 604_800_000, maxPriority: 1_000 },
  allowedNamespaces: [],
  paused: false,
  terminating: false,
}

function aWaiting(index: number, position: number, stock = 'grinder'): Reservation {
  const name = `waits-${index}`
  const items = [{ stockNamespace: 'shop', stock, quantity: 2 }]
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    resourceVersion: '7',
    generation: 1,
    createdAt: index,
    deleting: false,
    spec: { items, state: 'Reserved', waitForMs: 60_000, priority: 0 },
    status: {
      phase: 'Waiting',
      reason: 'WaitingForStock',
      message: `waiting for 2 of ${stock}: 1 of 5 available, ${position}st in line`,
      summary: '',
      stock,
      sequence: 40 + index,
      items: [{ ...items[0], stockUID: 'uid-grinder', sequence: 40 + index } as never],
      waitlist: { since, position, shortages: [{ stockNamespace: 'shop', stock, missing: 1 }] },
      conditions: [],
    },
  }
}

/** A stock of which four units can be had and three are out, with those reservations in its line. */
async function refreshed(waiting: readonly Reservation[], nextExpiry?: number) {
  const book = new StockBook({ namespace: 'shop', name: 'grinder', uid: 'uid-grinder' }, terms)
  book.open({ sequence: 99, at: 0, quantity: 5, reserved: 3, confirmed: 0, level: 'Normal' }, [])
  for (const { uid, createdAt } of waiting)
    book.waiting.add(aRequest({ uid, name: uid.slice('uid-'.length), createdAt, quantity: 2 }))
  const byUid = new Map(waiting.map((one) => [one.uid, one]))
  const byKey = new Map(waiting.map((one) => [keyOf(one.namespace, one.name), one]))
  const actor = {
    book,
    stock: book.stock,
    known: { terms },
    requestOf: (uid: string) => byUid.get(uid),
    soonestDeadline: () => nextExpiry,
  } as unknown as StockActor
  const reports = new Map<string, ReservationStatus>()
  const reservations = {
    find: (key: string) => byKey.get(key),
  } as unknown as Reservations
  const stocks = { find: (key: string) => (key === 'shop/grinder' ? actor : undefined) } as unknown as Stocks
  const reporter: Pick<Reporter, 'aside'> = {
    aside({ reservation, compose }) {
      const status = compose(byKey.get(keyOf(reservation.namespace, reservation.name)) as Reservation)
      if (status) reports.set(reservation.name, status)
    },
  }
  const clock = { now: () => Date.parse(since) }
  const parts = { reservations, stocks, reporter, clock, judged: judgedSpecs() }
  const unexplained = { isUndecided: () => false }
  const outcome = await positionRefresher({ ...parts, unexplained, actors: [actor] })()
  return { reports, outcome }
}

describe('refreshPositions', () => {
  it('tells those who have moved where they stand now, under the sequence that they were told before', async () => {
    const { reports, outcome } = await refreshed([aWaiting(1, 1), aWaiting(2, 3)])
    assert.deepEqual([...reports.keys()], ['waits-2'])
    const status = reports.get('waits-2')
    assert.equal(status?.sequence, 42)
    assert.deepEqual(status?.waitlist, { ...aWaiting(2, 3).status?.waitlist, position: 2 })
    assert.equal(status?.message, 'waiting for 2 of grinder: 1 of 5 available, 2nd in line')
    assert.equal(status?.phase, 'Waiting')
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 5_000 })
  })

  it('tells those who have not moved of a hold that runs out next, and no longer when none would', async () => {
    const until = Date.parse('2026-11-22T10:09:12Z')
    const { reports } = await refreshed([aWaiting(1, 1)], until)
    const now = reports.get('waits-1')
    assert.match(now?.message ?? '', /1st in line; the next hold runs out at 10:09:12Z$/)
    const again = await refreshed([{ ...aWaiting(1, 1), status: now as ReservationStatus }])
    assert.match(again.reports.get('waits-1')?.message ?? '', /1st in line$/)
  })

  it('tells what is missing now, and how many units there are', async () => {
    const waiting = aWaiting(1, 1)
    const status = waiting.status as ReservationStatus
    const shortages = [{ stockNamespace: 'shop', stock: 'grinder', missing: 2 }]
    const stale = { ...status, message: 'of old', waitlist: { since, position: 1, shortages } }
    const { reports } = await refreshed([{ ...waiting, status: stale }])
    const now = reports.get('waits-1')
    assert.deepEqual(now?.waitlist?.shortages, [{ stockNamespace: 'shop', stock: 'grinder', missing: 1 }])
    assert.equal(now?.message, status.message)
    assert.equal(now?.waitlist?.since, since)
  })

  it('tells nobody behind the twentieth', async () => {
    const { reports } = await refreshed(Array.from({ length: 25 }, (_, index) => aWaiting(index, 99)))
    assert.deepEqual(
      [...reports].map(([name, { waitlist }]) => [name, waitlist?.position]),
      Array.from({ length: 20 }, (_, index) => [`waits-${index}`, index + 1]),
    )
  })

  it('leaves to its home what only has a line here, and to the journal what was told nothing yet', async () => {
    const { status: _, ...untold } = aWaiting(1, 9)
    const { reports } = await refreshed([untold, aWaiting(2, 9, 'elsewhere')])
    assert.deepEqual([...reports.keys()], [])
  })
})
