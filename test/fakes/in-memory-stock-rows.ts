import type { RowBooks } from '../../operator/application/rows/row-books.ts'
import { Oversold } from '../../operator/application/rows/row-books.ts'
import type { LedRow, StockChange, StockRows } from '../../operator/application/rows/stock/stock-rows.ts'
import type { Claim } from '../../operator/domain/stock/claim.ts'
import { unitsOut } from '../../operator/domain/stock/claim.ts'
import type { Entry } from '../../operator/domain/stock/entry.ts'

export interface InMemoryStockRows extends StockRows, Pick<RowBooks, 'open'> {
  readonly rows: Map<string, LedRow>
  /** By the stock, what its claims are. */
  readonly claims: Map<string, Claim[]>
  /** By the stock, the cluster in which it is an object. */
  readonly clusters: Map<string, string>
  /** Entries that are not sent, by the stock. */
  readonly entries: Map<string, Entry[]>
  /** What each call throws, for as long as it is there. */
  fault: Error | undefined
  /** What each change of a stock waits for first. */
  readonly locked: Map<string, Promise<unknown>>
}

/** The rows of stocks, without anybody who takes anything of them. */
export function inMemoryStockRows(now: () => number): InMemoryStockRows {
  const rows = new Map<string, LedRow>()
  const claims = new Map<string, Claim[]>()
  const clusters = new Map<string, string>()
  const entries = new Map<string, Entry[]>()

  function write({ row, told }: Pick<StockChange, 'row' | 'told'>): void {
    const { balances, ceiling, terms, uid } = row
    const out = balances.reserved + balances.confirmed
    const most = Math.max(balances.quantity - terms.safetyStock, ceiling)
    if (out > most) throw new Oversold(`${out} out of ${most}`, uid)
    rows.set(uid, row)
    entries.set(uid, [...(entries.get(uid) ?? []), ...told.map(({ entry }) => entry)])
  }

  function sumsOf(uid: string): { reserved: number; confirmed: number } {
    const all = { reserved: 0, confirmed: 0 }
    for (const claim of claims.get(uid) ?? []) {
      all.reserved += unitsOut(claim).reserved
      all.confirmed += unitsOut(claim).confirmed
    }
    return all
  }

  const fake: InMemoryStockRows = {
    ...{ rows, claims, clusters, entries, fault: undefined, locked: new Map<string, Promise<unknown>>() },
    async open(uid, make) {
      if (fake.fault) throw fake.fault
      if (rows.has(uid)) return false
      const { row, generation, told, cluster } = make(now())
      if (cluster !== undefined) clusters.set(uid, cluster)
      write({ row: { ...row, generation, known: 0 }, told })
      return true
    },
    async look(known) {
      if (fake.fault) throw fake.fault
      const isNew = (row: LedRow, one: (typeof known)[number]) =>
        row.balances.sequence !== one.sequence || row.generation !== one.generation || row.state !== one.state
      return {
        at: now(),
        changed: known.flatMap((one) => {
          const row = rows.get(one.uid)
          return row && isNew(row, one) ? [row] : []
        }),
        missing: known.flatMap(({ uid }) => (rows.has(uid) ? [] : [uid])),
      }
    },
    async change({ uid, sums }, decide) {
      if (fake.fault) throw fake.fault
      await fake.locked.get(uid)
      const isDelivered = (entries.get(uid) ?? []).length === 0
      const changed = decide({ at: now(), row: rows.get(uid), isDelivered, sums: sums ? sumsOf(uid) : undefined })
      if (changed) write(changed)
    },
    async adopt({ uid, former }, decide) {
      if (fake.fault) throw fake.fault
      const found = { at: now(), row: rows.get(former), isDelivered: true, sums: sumsOf(former) }
      const adoption = decide(found)
      if (!adoption || rows.has(uid)) return
      const { row, generation, told } = adoption.opened
      write(adoption.former)
      write({ row: { ...row, generation, known: 0 }, told })
      claims.set(uid, claims.get(former) ?? [])
      claims.delete(former)
    },
    async claimFor(cluster, uids) {
      if (fake.fault) throw fake.fault
      for (const uid of uids) if (rows.has(uid)) clusters.set(uid, cluster)
    },
    async openIn(cluster, after, limit) {
      if (fake.fault) throw fake.fault
      return [...rows.values()]
        .filter(({ uid, state }) => state !== 'Closed' && clusters.get(uid) === cluster && uid > after)
        .sort((a, b) => (a.uid < b.uid ? -1 : 1))
        .slice(0, limit)
    },
  }
  return fake
}
