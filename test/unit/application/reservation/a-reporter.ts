import type { Unfinished } from '../../../../operator/application/ledger/journal.ts'
import { unfinishedFrom } from '../../../../operator/application/ledger/journal.ts'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { reporter } from '../../../../operator/application/reservation/reporter.ts'
import type { ReportResult, Reservations } from '../../../../operator/application/reservation/reservations.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anEntry, aReservation, grinder } from '../../../fixtures/builders.ts'

export const denied: ReportResult = { kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 }

/** What the store says to a report; undefined = it takes it. */
type Answer = (reservation: Reservation, status: ReservationStatus) => ReportResult | undefined

/** A reporter beside a store of reservations that answers after `tookMs` of virtual time. */
export function aReporter({ tookMs = 10 }: { readonly tookMs?: number } = {}) {
  const clock = fakeClock()
  const stored = new Map<string, Reservation>()
  const writes: { readonly key: string; readonly status: ReservationStatus; readonly atMs: number }[] = []
  const troubles: { readonly message: string; readonly cause: unknown; readonly namespace: unknown }[] = []
  const retries: string[] = []
  const refused: string[] = []
  const startMs = clock.now()
  const world = {
    answer: (() => undefined) as Answer,
    read: (key: string): Reservation | undefined => stored.get(key),
    isPresent: (): boolean => true,
    underWay: 0,
    mostUnderWay: 0,
  }
  const pause = () => new Promise<void>((resolve) => void clock.schedule(tookMs, resolve))

  async function request<T>(act: () => T): Promise<T> {
    world.underWay += 1
    world.mostUnderWay = Math.max(world.mostUnderWay, world.underWay)
    await pause()
    world.underWay -= 1
    return act()
  }

  const reservations: Reservations = {
    find: (key) => stored.get(key),
    all: () => stored.values(),
    naming: () => stored.values(),
    latest: async () => ({ reservations: [...stored.values()], stale: new Set() }),
    read: (namespace, name) => request(() => world.read(keyOf(namespace, name))),
    report: (base, status) =>
      request(() => {
        const key = keyOf(base.namespace, base.name)
        const answer = world.answer(base, status)
        if (answer) return answer
        const present = stored.get(key)
        if (!present) return { kind: 'gone' }
        if (present.resourceVersion !== base.resourceVersion) return { kind: 'conflict' }
        const reservation = { ...present, status, resourceVersion: `${Number(present.resourceVersion) + 1}` }
        stored.set(key, reservation)
        writes.push({ key, status, atMs: clock.now() - startMs })
        return { kind: 'reported', reservation }
      }),
    remove: async () => 'removed' as const,
  }
  const home = { stock: grinder, told: () => undefined, stopped: false } as unknown as StockActor
  const told = reporter({
    reservations,
    clock,
    factsFor: (_, __, reservation) => ({ reservation, home: grinder, consumed: true }),
    serves: () => true,
    isPresent: () => request(() => world.isPresent()),
    onReported: () => undefined,
    onRefused: ({ name }) => refused.push(name),
    onRetry: (_, cause) => retries.push(cause),
    onTrouble: (message, { cause, namespace }) => troubles.push({ message, cause, namespace }),
  })

  /** Stores a reservation and has it told of a hold. */
  function hold(namespace: string, name: string, entry: Partial<Entry> = {}): Unfinished {
    store({ namespace, name, uid: `uid-${name}` })
    return tell(namespace, name, entry)
  }
  function store(particular: Parameters<typeof aReservation>[0] & { namespace: string; name: string }): void {
    stored.set(keyOf(particular.namespace, particular.name), aReservation(particular))
  }
  function tell(reservationNamespace: string, reservation: string, entry: Partial<Entry> = {}): Unfinished {
    const one = unfinishedFrom(anEntry({ reservationNamespace, reservation, uid: `uid-${reservation}`, ...entry }))
    told.report(home, [one])
    return one
  }
  const statusOf = (namespace: string, name: string) => stored.get(keyOf(namespace, name))?.status

  return {
    ...{ clock, reservations, stored, writes, troubles, retries, refused, world, home, reporter: told },
    hold,
    store,
    tell,
    statusOf,
  }
}
