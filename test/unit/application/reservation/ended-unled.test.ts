import assert from 'node:assert/strict'
import { judgedSpecs } from '../../../../operator/application/reservation/judged-specs.ts'
import type { Turn, TurnEnd } from '../../../../operator/application/reservation/report-slots.ts'
import type { ReportResult, Reservations } from '../../../../operator/application/reservation/reservations.ts'
import { unexplained } from '../../../../operator/application/reservation/unexplained.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aReservation } from '../../../fixtures/builders.ts'

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
    ...{ reservations, reporter, clock: fakeClock(), judged: judgedSpecs() },
    onEnded: async ({ name }) => void announced.push(name),
  })
  const outcome = await end(aReservation(), 'StockNotFound', 'Rejected')
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
})
