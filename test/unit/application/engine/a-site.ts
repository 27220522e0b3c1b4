import type { StockStatus, StoredStock, WriteResult } from '../../../../operator/application/ledger/stock-ledger.ts'
import type { ReportResult } from '../../../../operator/application/reservation/reservations.ts'
import { keyOf, type Reservation, type ReservationSpec } from '../../../../operator/domain/reservation/reservation.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aSpec, someTerms } from '../../../fixtures/builders.ts'
import { apiServer, type Change } from '../../../simulation/world/api-server.ts'
import { kafka as topicsInMemory } from '../../../simulation/world/kafka.ts'

/** What a write is answered with: instead of being carried out, or although it was. */
export interface Scripted {
  readonly before?: WriteResult
  readonly after?: WriteResult
}

/** What the servers answer other than they should; undefined = as they should. A read that throws fails. */
export interface Answers {
  serves: (namespace?: string) => boolean
  readStock: (name: string) => Promise<never> | undefined
  append: (stock: StoredStock, status: StockStatus) => Scripted | undefined
  mark: (stock: StoredStock) => WriteResult | undefined
  report: (reservation: Reservation) => ReportResult | Promise<never> | undefined
  spool: (stockUid: string) => Promise<never> | undefined
}

export type Site = ReturnType<typeof aSite>

type Lines = Readonly<Record<string, number>>

/** Somebody's policy says no. */
export const denied = { kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 1_000 } as const

/** An API server, topics and people, on virtual time. Leaders come beside them (a-leader.ts). */
export function aSite() {
  const clock = fakeClock()
  const watchers = new Set<(change: Change) => void>()
  const server = apiServer((change) => {
    for (const see of watchers) see(change)
  })
  const kafka = topicsInMemory()
  const answers: Answers = {
    serves: () => true,
    readStock: () => undefined,
    append: () => undefined,
    mark: () => undefined,
    report: () => undefined,
    spool: () => undefined,
  }
  let aheadMs = 0

  function stock(name: string, particular: Partial<StockTerms> = {}): void {
    server.createStock('shop', name, someTerms({ product: name, ...particular }))
  }

  /** Applies a reservation; `lines` = units by stock. */
  function apply(name: string, lines: Lines, particular: Partial<ReservationSpec> & { namespace?: string } = {}): void {
    const { namespace = 'shop', ...spec } = particular
    const names = Object.keys(lines).sort()
    const items = names.map((line) => ({ stockNamespace: 'shop', stock: line, quantity: lines[line] ?? 0 }))
    server.createReservation({ namespace, name, createdAt: clock.now() - aheadMs, spec: aSpec({ items, ...spec }) })
  }

  const told = (name: string, namespace = 'shop') => server.reservations.get(keyOf(namespace, name))?.status
  const stored = (name: string) => server.stocks.get(keyOf('shop', name))

  return {
    ...{ clock, server, kafka, answers, stock, apply, told, stored },
    watch: (see: (change: Change) => void) => void watchers.add(see),
    serverNow: () => clock.now() - aheadMs,
    pass: (ms: number) => clock.advance(ms),
    /** Sets the operator's wall clock so far ahead of the server's. */
    setAhead(ms: number) {
      clock.jump(ms - aheadMs)
      aheadMs = ms
    },
    phaseOf: (name: string, namespace = 'shop') => told(name, namespace)?.phase,
    phasesOf: (names: readonly string[]) => names.map((name) => told(name)?.phase),
    /** Why a stock says that it is not ready; undefined when it is. */
    notReady(name: string): string | undefined {
      const ready = stored(name)?.status?.conditions.find(({ type }) => type === 'Ready')
      return ready?.status === 'False' ? ready.reason : undefined
    },
    /** Units that are out, as stored. */
    out(name: string): number {
      const { reserved = 0, confirmed = 0 } = stored(name)?.status ?? {}
      return reserved + confirmed
    },
    /** What the topic has of one stock, as the types and data of its events. */
    events: () =>
      (kafka.topics.get('audit') ?? []).map((message) => ({
        type: message.headers['ce_type'] ?? '',
        correlationId: message.headers['ce_correlationid'],
        data: JSON.parse(String(message.value)),
      })),
  }
}
