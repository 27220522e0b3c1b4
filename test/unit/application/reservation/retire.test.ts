import assert from 'node:assert/strict'
import type { Reservations } from '../../../../operator/application/reservation/reservations.ts'
import { type Retention, retireReservations } from '../../../../operator/application/reservation/retire.ts'
import type { Phase, Reservation } from '../../../../operator/domain/reservation/reservation.ts'

const now = Date.UTC(2026, 10, 22, 12)
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString()

function aReservation(name: string, phase: Phase, endedAt: string, finished = true): Reservation {
  const condition = { type: 'Finished', status: finished ? 'True' : 'False', reason: phase, message: '' } as const
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    resourceVersion: '7',
    generation: 1,
    createdAt: 0,
    deleting: false,
    spec: { items: [], state: 'Reserved', waitForMs: 0, priority: 0 },
    status: {
      phase,
      reason: 'Reserved',
      message: '',
      summary: '',
      stock: '',
      conditions: [{ ...condition, lastTransitionTime: endedAt }],
      ...(phase !== 'Confirmed' && finished && { finishedAt: endedAt }),
    },
  }
}

async function retired(all: readonly Reservation[], retention: Partial<Retention>) {
  const removed: string[] = []
  const reservations = {
    all: () => all,
    remove: async ({ name }: Reservation) => {
      removed.push(name)
      return true
    },
  } as unknown as Reservations
  const outcome = await retireReservations({
    reservations,
    clock: { now: () => now },
    retention: { finishedAfterMs: 0, finishedMax: 0, ...retention },
  })
  return { removed, outcome }
}

describe('retireReservations', () => {
  const dayMs = 24 * 3_600_000

  it('deletes what has been over for long enough, oldest first, and nothing else', async () => {
    const all = [
      aReservation('expired', 'Expired', hoursAgo(24)),
      aReservation('rejected', 'Rejected', hoursAgo(30)),
      aReservation('released-lately', 'Released', hoursAgo(23)),
      aReservation('sold', 'Confirmed', hoursAgo(25)),
      aReservation('in-use', 'Confirmed', hoursAgo(90), false),
      aReservation('held', 'Reserved', hoursAgo(90), false),
    ]
    const { removed, outcome } = await retired(all, { finishedAfterMs: dayMs })
    assert.deepEqual(removed, ['rejected', 'sold', 'expired'])
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 30_000 })
  })

  it('deletes the oldest when there are more than may be kept, whatever their age', async () => {
    const all = [3, 1, 2, 4].map((hours) => aReservation(`${hours}h`, 'Released', hoursAgo(hours)))
    assert.deepEqual((await retired(all, { finishedMax: 2 })).removed, ['4h', '3h'])
  })

  it('keeps everything for ever when both limits are 0', async () => {
    const all = [aReservation('old', 'Released', hoursAgo(90_000))]
    assert.deepEqual((await retired(all, {})).removed, [])
  })

  it('leaves alone what somebody is deleting already, and what has no status', async () => {
    const deleting = { ...aReservation('going', 'Released', hoursAgo(90)), deleting: true }
    const { status: _, ...fresh } = aReservation('fresh', 'Released', hoursAgo(90))
    assert.deepEqual((await retired([deleting, fresh], { finishedAfterMs: 1, finishedMax: 1 })).removed, [])
  })

  it('ends a sweep after five hundred and asks to go on at once', async () => {
    const all = Array.from({ length: 501 }, (_, index) => aReservation(`n${index}`, 'Released', hoursAgo(30)))
    const { removed, outcome } = await retired(all, { finishedAfterMs: dayMs })
    assert.equal(removed.length, 500)
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 0 })
  })
})
