import assert from 'node:assert/strict'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { acknowledgeSpec } from '../../../../operator/application/reservation/acknowledge-spec.ts'
import type { Aside } from '../../../../operator/application/reservation/asides.ts'
import { judgedSpecs } from '../../../../operator/application/reservation/judged-specs.ts'
import { refusalFacts } from '../../../../operator/application/reservation/refusal-facts.ts'
import type { Stocks } from '../../../../operator/application/reservation/stocks.ts'
import type { Reason, Reservation, ReservationSpec } from '../../../../operator/domain/reservation/reservation.ts'
import { statusAfter } from '../../../../operator/domain/reservation/tell.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anEntry, aReservation, grinder, minuteMs, someTerms } from '../../../fixtures/builders.ts'

function anActor(name: string, particular: Partial<StockTerms> = {}): StockActor {
  const terms = someTerms({ quantity: 100, ...particular })
  const book = new StockBook({ namespace: 'shop', name, uid: `uid-${name}` }, terms)
  return { book, stock: book.stock, known: { terms } } as unknown as StockActor
}

function theStocks(...actors: StockActor[]): Stocks {
  const find = (key: string) => actors.find(({ stock }) => key === `shop/${stock.name}`)
  return { find } as unknown as Stocks
}

/** A reservation of generation 2 that was told of `verb` when it was of generation 1. */
function aChanged(verb: Entry['verb'], spec: Partial<ReservationSpec> = {}): Reservation {
  const entry = anEntry({ verb, reason: 'Deleted', ...(verb === 'Wait' && { shortages: [] }) })
  const status = statusAfter(undefined, entry, { reservation: aReservation(), home: grinder, consumed: true })
  return aReservation({ spec: { waitForMs: 15 * minuteMs, ...spec }, status, generation: 2 })
}

function acknowledged(reservation: Reservation, { latest = reservation, judged = reservation.generation } = {}) {
  const asides: Aside[] = []
  const noted = judgedSpecs()
  noted.note({ ...reservation, generation: judged })
  const stocks = theStocks(anActor('grinder', { hold: { ttlMs: minuteMs, maxTtlMs: 60 * minuteMs } }))
  const reporter = { aside: (aside: Aside) => void asides.push(aside) }
  acknowledgeSpec({ stocks, clock: fakeClock(), judged: noted, reporter }, reservation)
  return asides[0]?.compose(latest)
}

describe('acknowledgeSpec', () => {
  for (const verb of ['Wait', 'Reserve', 'Confirm', 'Release', 'Expire', 'Refuse'] as const) {
    it(`tells one that was told of ${verb} that its new spec was read, and nothing else`, () => {
      const reservation = aChanged(verb, { priority: 5 })
      const { status } = reservation
      const conditions = status?.conditions.map((condition) => ({ ...condition, observedGeneration: 2 }))
      assert.deepEqual(acknowledged(reservation), { ...status, observedGeneration: 2, conditions })
    })
  }

  it('says of a ttl beyond the longest hold that it was cut', () => {
    const status = acknowledged(aChanged('Reserve', { ttlMs: 600 * minuteMs }))
    const want = "2 of grinder held until 10:15:00Z (cut to grinder's longest hold, 1h)"
    assert.equal(status?.message, want)
    assert.ok(status?.conditions.every(({ message }) => message === want))
  })

  it('says of a changed waitFor that it does not count, once', () => {
    const changed = aChanged('Wait', { waitForMs: 60 * minuteMs })
    const status = acknowledged(changed)
    assert.match(status?.message ?? '', /[^Z]; waits until 10:15:00Z, as waitFor said when it came$/)
    const again = acknowledged({ ...changed, generation: 3, ...(status && { status }) })
    assert.equal(again?.message, status?.message)
  })

  it('says nothing where the status speaks of this spec, or where there is none', () => {
    const { status: _, ...untold } = aChanged('Reserve')
    assert.equal(acknowledged(untold), undefined)
    assert.equal(acknowledged({ ...aChanged('Reserve'), generation: 1 }), undefined)
  })

  it('says nothing for a spec whose answer is to come', () => {
    assert.equal(acknowledged(aChanged('Reserve', { state: 'Confirmed' })), undefined)
    assert.equal(acknowledged(aChanged('Confirm', { state: 'Released' })), undefined)
    assert.equal(acknowledged(aChanged('Wait', { state: 'Released' })), undefined)
  })

  it('says nothing of a version that came after the one looked at', () => {
    const reservation = aChanged('Reserve')
    assert.equal(acknowledged(reservation, { latest: { ...reservation, generation: 3 } }), undefined)
    assert.equal(acknowledged(reservation, { judged: 1 }), undefined)
  })
})

describe('refusalFacts', () => {
  const items = ['cpu', 'disk'].map((stock) => ({ stockNamespace: 'shop', stock, quantity: 3 }))
  const refusal = (reason: Reason) => anEntry({ verb: 'Refuse', reason })
  const refuserOf = (reason: Reason, spec: Partial<ReservationSpec>, disk: Partial<StockTerms>) => {
    const home = anActor('cpu', { limits: { perReservation: 50, perConsumer: 60 } })
    const reservation = aReservation({ spec: { items, consumer: 'ana', ...spec } })
    return refusalFacts(theStocks(home, anActor('disk', disk)), home, refusal(reason), reservation).refused
  }

  it('are of the line that refuses', () => {
    const hold = { ttlMs: minuteMs, maxTtlMs: 5 * minuteMs }
    const waitlist = { order: 'Strict', maxLength: 0, maxWaitMs: 9, maxPriority: 9 } as const
    const refusers = [
      refuserOf('LimitPerConsumer', {}, { limits: { perConsumer: 2 } }),
      refuserOf('HoldTooLong', { ttlMs: 10 * minuteMs }, { hold }),
      refuserOf('WaitlistFull', {}, { waitlist }),
      refuserOf('StockPaused', {}, { paused: true }),
    ]
    assert.deepEqual(
      refusers.map((line) => line?.stock),
      ['disk', 'disk', 'disk', 'disk'],
    )
    assert.equal(refusers[1]?.request.ttlMs, 10 * minuteMs)
  })

  it('are of the home where no line would refuse it any more', () => {
    assert.equal(refuserOf('LimitPerConsumer', {}, {})?.stock, 'cpu')
  })

  it('name the stocks that are not there, with their namespace', () => {
    const home = anActor('cpu')
    const reservation = aReservation({ spec: { items } })
    const facts = refusalFacts(theStocks(home), home, refusal('StockNotFound'), reservation)
    assert.deepEqual(facts, { absent: ['shop/disk'] })
  })

  it('cut to the shortest of the longest holds for a set that is extended', () => {
    const home = anActor('cpu')
    const disk = anActor('disk', { hold: { ttlMs: minuteMs, maxTtlMs: 60 * minuteMs } })
    const reservation = aReservation({ spec: { items, ttlMs: 600 * minuteMs } })
    const { cut } = refusalFacts(theStocks(home, disk), home, anEntry({ verb: 'Extend' }), reservation)
    assert.equal(cut, "cut to disk's longest hold, 1h")
  })
})

describe('statusAfter, while its spec is changed', () => {
  const facts = (reservation: Reservation, judged: number) => ({ reservation, judged, home: grinder, consumed: true })

  it('speaks of the spec that was judged, not of a later one', () => {
    const later = aReservation({ generation: 4 })
    assert.equal(statusAfter(undefined, anEntry(), facts(later, 3)).observedGeneration, 3)
  })

  it('does not speak of a spec that asks for what is to come', () => {
    const confirmed = aReservation({ generation: 2, spec: { state: 'Confirmed' } })
    const held = statusAfter(undefined, anEntry(), facts(confirmed, 2))
    assert.equal(held.observedGeneration, 0)
    assert.ok(held.conditions.every(({ observedGeneration }) => observedGeneration === 0))
    const sold = statusAfter(held, anEntry({ sequence: 4, verb: 'Confirm' }), facts(confirmed, 2))
    assert.equal(sold.observedGeneration, 2)
  })
})
