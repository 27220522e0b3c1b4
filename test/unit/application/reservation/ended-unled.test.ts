import assert from 'node:assert/strict'
import { judgedSpecs } from '../../../../operator/application/reservation/judged-specs.ts'
import type { Turn, TurnEnd } from '../../../../operator/application/reservation/report-turn.ts'
import type { ReportResult, Reservations } from '../../../../operator/application/reservation/reservations.ts'
import type { Stocks } from '../../../../operator/application/reservation/stocks.ts'
import { unexplained } from '../../../../operator/application/reservation/unexplained.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aReservation } from '../../../fixtures/builders.ts'
import { leadAt } from '../engine/a-leader.ts'
import { aSite } from '../engine/a-site.ts'

const noStocks: Stocks = {
  find: () => undefined,
  findByUid: () => undefined,
  serves: () => true,
  exists: async () => false,
}

/** Ends a reservation whose stock isn't there, with a store that answers so; shows how its turn in the slots ended. */
async function ended(result: ReportResult) {
  const announced: string[] = []
  let turnEnd: TurnEnd | undefined
  const reporter = {
    aside: () => undefined,
    add: (turn: Turn) => void turn.run().then((end) => (turnEnd = end)),
  }
  const reservations = { report: async () => result } as unknown as Reservations
  const { end } = unexplained({
    ...{ stocks: noStocks, reservations, reporter, clock: fakeClock(), judged: judgedSpecs() },
    onEnded: async ({ name }) => void announced.push(name),
    onRefused: () => undefined,
  })
  const outcome = await end(aReservation(), { reason: 'StockNotFound', phase: 'Rejected', absent: [] })
  await Promise.resolve()
  return { outcome, announced, turnEnd }
}

describe('a reservation whose stock is not there', () => {
  it('is announced once its status says that it is over', async () => {
    const { outcome, announced } = await ended({ kind: 'reported', reservation: aReservation() })
    assert.deepEqual([outcome, announced], [{ kind: 'settled' }, ['order']])
  })

  it('is judged anew when somebody has changed it, for its stock may have come meanwhile', async () => {
    const { outcome, announced, turnEnd } = await ended({ kind: 'conflict' })
    assert.deepEqual([outcome.kind, announced, turnEnd?.kind], ['recheckAfter', [], 'done'])
  })

  it('counts against its namespace when that refuses statuses, holds no slot meanwhile, and is judged anew', async () => {
    const denied = { kind: 'notApplied', cause: 'Forbidden', reason: 'denied', retryAfterMs: 1_000 } as const
    const { outcome, turnEnd } = await ended(denied)
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 1_000 })
    assert.deepEqual(turnEnd, { kind: 'failed', hitch: denied, comesBack: true })
  })

  it('is told within a minute of the schema taking its end, which it did not take before', async () => {
    const site = aSite()
    site.stock('beans', { quantity: 5 })
    await leadAt(site)
    site.apply('held', { beans: 1 }, { ttlMs: 3_600_000 })
    await site.pass(2_000)
    site.answers.report = () => ({ kind: 'refused', reason: 'status.reason: unsupported value' })
    site.apply('nowhere', { absent: 1 })
    site.server.deleteStock('shop/beans', true)
    await site.pass(70_000)
    site.answers.report = () => undefined
    await site.pass(61_000)
    assert.deepEqual(site.phasesOf(['nowhere', 'held']), ['Rejected', 'Released'])
  })

  it('is tried ever more seldom while its end can not be written, and told within seconds once it can', async () => {
    const site = aSite()
    await leadAt(site)
    const names = Array.from({ length: 200 }, (_, index) => `order-${index}`)
    let tries = 0
    site.answers.report = () => {
      tries += 1
      return { kind: 'unknown', cause: 'InternalError', reason: 'failed calling webhook' }
    }
    for (const name of names) site.apply(name, { nothing: 1 })
    await site.pass(15_000)
    tries = 0
    await site.pass(60_000)
    assert.ok(tries >= 200 && tries <= 7 * 200, `${tries} tries in a minute`)
    site.answers.report = () => undefined
    await site.pass(11_000)
    assert.deepEqual([...new Set(site.phasesOf(names))], ['Rejected'])
  })

  it('begins anew with short pauses after what was in the way has gone', async () => {
    const results: ReportResult[] = Array.from({ length: 9 }, () => ({ kind: 'conflict' }))
    const clock = fakeClock()
    const reporter = { aside: () => undefined, add: (turn: Turn) => void turn.run() }
    const { end, forget } = unexplained({
      ...{
        stocks: noStocks,
        reporter,
        clock,
        judged: judgedSpecs(),
        onEnded: async () => undefined,
        onRefused: () => undefined,
      },
      reservations: { report: async () => results.shift() ?? { kind: 'conflict' } } as unknown as Reservations,
    })
    const reservation = aReservation()
    const delays: unknown[] = []
    const look = async () =>
      delays.push(await end(reservation, { reason: 'StockNotFound', phase: 'Rejected', absent: [] }))
    for (let tries = 0; tries < 9; tries += 1) await look()
    forget(reservation.uid)
    await look()
    const seconds = [200, 200, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 200]
    assert.deepEqual(
      delays,
      seconds.map((delayMs) => ({ kind: 'recheckAfter', delayMs })),
    )
  })

  for (const aheadMs of [4_000, 3_600_000])
    it(`is given the same grace by a clock that is ${aheadMs / 1_000} s ahead: people apply both at once`, async () => {
      const site = aSite()
      site.stock('other', { quantity: 1 })
      site.setAhead(aheadMs)
      await leadAt(site)
      site.apply('order', { beans: 1 })
      await site.pass(2_000)
      assert.equal(site.phaseOf('order'), undefined)
      site.stock('beans', { quantity: 5 })
      site.setAhead(0)
      await site.pass(5_000)
      assert.equal(site.phaseOf('order'), 'Reserved')
    })
})
