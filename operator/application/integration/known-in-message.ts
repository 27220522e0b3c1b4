import type { Known } from '../../domain/integration/delivery.ts'
import type { IntegrationEvent } from '../../domain/integration/integration-event.ts'
import type { ConsumptionRow, KnownSoFar, KnownStock } from './consumption-log.ts'

/** What is known while the events of one message are told: what was read before, and what came of those before it. */
export interface KnownInMessage {
  of(event: IntegrationEvent): Known
  learn(row: ConsumptionRow): void
}

const nothing: KnownStock = { externalId: undefined, putSequence: undefined, blockedFrom: undefined }

export function knownInMessage({ events, stocks: read }: KnownSoFar): KnownInMessage {
  const stocks = new Map(read)
  const stockOf = (uid: string | undefined) => (uid === undefined ? undefined : stocks.get(uid)) ?? nothing
  return {
    of({ id, stockUid }) {
      const { status, attempts = 0, ageMs = 0 } = events.get(id) ?? {}
      return { status, attempts, ageMs, ...stockOf(stockUid) }
    },
    learn(row) {
      if (row.stockUid === undefined) return
      const before = stockOf(row.stockUid)
      stocks.set(row.stockUid, {
        externalId: row.learnt?.externalId ?? before.externalId,
        putSequence: row.learnt?.putSequence ?? before.putSequence,
        blockedFrom: blockedAfter(row, before.blockedFrom),
      })
    },
  }
}

/** What was the first is it no more when it is through; others of this message come after it, and will be told. */
function blockedAfter({ blocks, sequence }: ConsumptionRow, before: number | undefined): number | undefined {
  if (blocks) return Math.min(before ?? Number.POSITIVE_INFINITY, sequence ?? 0)
  return before === sequence ? undefined : before
}
