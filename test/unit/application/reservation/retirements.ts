import { type ClockSkew, clockSkew } from '../../../../operator/application/clock-skew.ts'
import type { Keeping } from '../../../../operator/application/reservation/kept.ts'
import { type Retention, retirement } from '../../../../operator/application/reservation/retire.ts'
import type { Phase, Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'

export const now = Date.UTC(2026, 10, 22, 12)
export const hourMs = 3_600_000
export const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString()

export function aReservation(name: string, phase: Phase, endedAt: string, finished = true): Reservation {
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

interface Circumstances {
  /** What somebody's policy keeps. */
  readonly undeletable?: (one: Reservation) => boolean
  readonly sweeps?: number
  /** What goes on after each. */
  readonly eachSweep?: () => Promise<void>
  /** A clock, and when an answer last said what time it is; `ask` = what the next answer says. */
  readonly time?: ReturnType<typeof aTime>
  readonly keeping?: Keeping
  /** What somebody changed just now. */
  readonly changed?: (one: Reservation) => boolean
  /** What somebody else has deleted by now. */
  readonly deleted?: (one: Reservation) => boolean
  /** Who still goes by it though it is over. */
  readonly mayNeed?: (one: Reservation) => boolean
}

/** It is noon, as an answer has just said. */
export function aTime(): { clock: FakeClock; skew: ClockSkew; ask: () => number | undefined } {
  const clock = fakeClock(now)
  const skew = clockSkew(clock)
  skew.observe(now)
  return { clock, skew, ask: () => clock.now() }
}

/** Sweeps as often as told. */
export async function retired(
  all: readonly Reservation[],
  retention: Partial<Retention>,
  circumstances: Circumstances = {},
) {
  const { undeletable = () => false, changed = () => false, deleted = () => false } = circumstances
  const { sweeps = 1, eachSweep } = circumstances
  const { time = aTime(), keeping = { forMs: 0, most: 0 } } = circumstances
  const { clock, skew } = time
  const removed: string[] = []
  const retries: string[] = []
  const troubles: unknown[] = []
  const told: (readonly [number, number])[] = []
  let early = 0
  let tries = 0
  let reads = 0
  let looks = 0
  const sweep = retirement({
    ...{ clock, skew, mayNeed: circumstances.mayNeed ?? (() => false) },
    onRetry: (operation, cause) => void retries.push(`${operation}: ${cause}`),
    onTrouble: (message, { reason }) => void troubles.push(`${message}: ${reason}`),
    reservations: {
      all() {
        looks += 1
        const gone = new Set(removed)
        return all.filter((one) => !gone.has(one.name) && !deleted(one))
      },
      async read() {
        reads += 1
        await Promise.resolve()
        skew.observe(time.ask())
        return undefined
      },
      async remove(reservation) {
        tries += 1
        await Promise.resolve()
        if (undeletable(reservation)) throw new Error('denied')
        if (changed(reservation)) return 'changed'
        if (deleted(reservation)) return 'gone'
        removed.push(reservation.name)
        skew.observe(time.ask())
        return 'removed'
      },
    },
    retention: { finishedAfterMs: 0, finishedMax: 0, ...retention },
    keeping,
    observer: {
      kept: (count, floorMs) => void told.push([count, floorMs / hourMs]),
      deletedEarly() {
        early += 1
      },
    },
  })
  const outcomes: unknown[] = []
  for (let done = 0; done < sweeps; done += 1) {
    outcomes.push(await sweep())
    await eachSweep?.()
  }
  return { removed, outcome: outcomes[0], outcomes, retries, troubles, tries, reads, looks, told, early }
}
