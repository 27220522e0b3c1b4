import type {
  ConsumptionLog,
  ConsumptionRow,
  LearntOfStock,
} from '../../operator/application/integration/consumption-log.ts'

/** Shared by all members of one process. `now`: milliseconds of the clock that it goes by. */
export function inMemoryConsumptionLog(
  now: () => number = () => performance.now(),
): ConsumptionLog & { readonly rows: ReadonlyMap<string, ConsumptionRow> } {
  const rows = new Map<string, ConsumptionRow>()
  const stocks = new Map<string, LearntOfStock>()
  const writtenAt = new Map<string, number>()
  const ageOf = (id: string) => now() - (writtenAt.get(id) ?? 0)
  const write = (row: ConsumptionRow) => {
    rows.set(row.eventId, row)
    writtenAt.set(row.eventId, now())
  }

  function learn({ stockUid, learnt = {} }: ConsumptionRow): void {
    if (stockUid === undefined || Object.keys(learnt).length === 0) return
    const before = stocks.get(stockUid)
    const puts = [before?.putSequence, learnt.putSequence].filter((put) => put !== undefined)
    stocks.set(stockUid, { ...before, ...learnt, ...(puts.length > 0 && { putSequence: Math.max(...puts) }) })
  }

  return {
    rows,
    async known(eventIds, stockUids) {
      const events = eventIds.flatMap((id) => {
        const row = rows.get(id)
        return row ? [[id, { status: row.status, attempts: row.attempts, ageMs: ageOf(id) }] as const] : []
      })
      const known = stockUids.map((uid) => {
        const blocking = [...rows.values()].filter(({ stockUid, blocks }) => blocks && stockUid === uid)
        const { externalId, putSequence } = stocks.get(uid) ?? {}
        const sequences = blocking.map(({ sequence = 0 }) => sequence)
        const blockedFrom = sequences.length > 0 ? Math.min(...sequences) : undefined
        return [uid, { externalId, putSequence, blockedFrom }] as const
      })
      return { events: new Map(events), stocks: new Map(known) }
    },
    async record(given) {
      for (const row of given) {
        const before = rows.get(row.eventId)?.status
        if (before === undefined || before === 'FAILED' || before === 'NEEDS_ATTENTION') write(row)
        learn(row)
      }
    },
    async claim(row, afterMs = Number.POSITIVE_INFINITY) {
      const before = rows.get(row.eventId)?.status
      const isOld = before === 'NEEDS_ATTENTION' && ageOf(row.eventId) >= afterMs
      if (before !== undefined && before !== 'FAILED' && !isOld) return false
      write(row)
      return true
    },
  }
}
