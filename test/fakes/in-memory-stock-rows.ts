import type { LedRow, LockedStock, StockRows } from '../../operator/application/rows/stock/stock-rows.ts'
import { unitsTowardsLimit } from '../../operator/domain/stock/claim.ts'
import type { InMemoryTables } from './in-memory-tables.ts'

export interface InMemoryStockRows extends StockRows {
  /** What each call throws, for as long as it is there. */
  fault: Error | undefined
  /** What each change of a stock waits for first. */
  readonly locked: Map<string, Promise<unknown>>
}

/** The rows of the stocks that are in these tables, for whoever leads them. */
export function inMemoryStockRows(tables: InMemoryTables): InMemoryStockRows {
  const { stocks, claims, units, clusters } = tables

  function sumsOf(uid: string): NonNullable<LockedStock['sums']> {
    const sums = { reserved: 0, confirmed: 0 }
    for (const { stock, claim } of claims.values()) {
      if (stock !== uid) continue
      if (claim.phase === 'Reserved') sums.reserved += claim.quantity
      else sums.confirmed += claim.quantity
    }
    return sums
  }

  function countConsumers({ uid, terms: { reclaimPolicy } }: LedRow): void {
    for (const key of units.keys()) if (key.startsWith(`${uid} `)) units.delete(key)
    for (const { stock, claim, about } of claims.values()) {
      const has = unitsTowardsLimit(claim, reclaimPolicy)
      if (stock !== uid || about.consumer === undefined || has === 0) continue
      const key = `${uid} ${about.consumer}`
      units.set(key, (units.get(key) ?? 0) + has)
    }
  }

  const fake: InMemoryStockRows = {
    ...{ fault: undefined, locked: new Map<string, Promise<unknown>>() },
    async look(known) {
      if (fake.fault) throw fake.fault
      const isNew = (row: LedRow, one: (typeof known)[number]) =>
        row.balances.sequence !== one.sequence || row.generation !== one.generation || row.state !== one.state
      return {
        at: tables.now(),
        changed: known.flatMap((one) => {
          const row = stocks.get(one.uid)
          return row && isNew(row, one) ? [row] : []
        }),
        missing: known.flatMap(({ uid }) => (stocks.has(uid) ? [] : [uid])),
      }
    },
    async adopt({ uid, former }, decide) {
      if (fake.fault) throw fake.fault
      await tables.inTurn(() => {
        const found = { at: tables.now(), row: stocks.get(former), isDelivered: tables.isDelivered(former) }
        const adoption = decide({ ...found, sums: sumsOf(former) })
        if (!adoption || stocks.has(uid)) return
        const { opened, former: end } = adoption
        tables.commit([opened.row], () => {
          stocks.set(former, end.row)
          tables.tell(former, end.told)
          stocks.set(uid, { ...opened.row, generation: opened.generation, known: 0 })
          tables.tell(uid, opened.told)
          for (const [key, row] of claims) {
            if (row.stock !== former) continue
            claims.delete(key)
            claims.set(`${row.claim.uid} ${uid}`, { ...row, stock: uid })
          }
        })
      })
    },
    async claimFor(cluster, uids) {
      if (fake.fault) throw fake.fault
      for (const uid of uids) if (stocks.has(uid)) clusters.set(uid, cluster)
    },
    async openIn(cluster, after, limit) {
      if (fake.fault) throw fake.fault
      return [...stocks.values()]
        .filter(({ uid, state }) => state !== 'Closed' && clusters.get(uid) === cluster && uid > after)
        .sort((a, b) => (a.uid < b.uid ? -1 : 1))
        .slice(0, limit)
    },
    async change({ uid, sums }, decide) {
      if (fake.fault) throw fake.fault
      await fake.locked.get(uid)
      await tables.inTurn(() => {
        const found = { at: tables.now(), row: stocks.get(uid), isDelivered: tables.isDelivered(uid) }
        const changed = decide({ ...found, sums: sums ? sumsOf(uid) : undefined })
        if (!changed) return
        const { row, told, countsConsumers } = changed
        tables.commit([row], () => {
          if (countsConsumers) countConsumers(row)
          stocks.set(uid, row)
          tables.tell(uid, told)
        })
      })
    },
  }
  return fake
}
