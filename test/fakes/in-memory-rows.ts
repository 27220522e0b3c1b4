import type { Changes, Found, OpenedStock, RowBooks, Wanted } from '../../operator/application/rows/row-books.ts'
import { NotWritten } from '../../operator/application/rows/row-books.ts'
import type { LedRow } from '../../operator/application/rows/stock/stock-rows.ts'
import type { Rows } from '../fixtures/audit-rows.ts'
import { InMemoryTables, type Mishap, type RowsWithout } from './in-memory-tables.ts'
import { lateAmong, wholeHolds } from './over-among-rows.ts'

export interface InMemoryRows extends RowBooks {
  /** Each transaction that writes takes one of these, the first first. */
  meet(...mishaps: readonly Mishap[]): void
  /** Sets the database's clock, which stands still from then on. */
  setTime(ms: number): void
  /** What that says. */
  now(): number
  rows(): Rows
  /** Remembers how all is now; what it answers sets the database back to that. */
  backup(): () => void
  readonly tables: InMemoryTables
}

/** Of what is over at one stock, so many are looked at for what can be ended. */
const LOOKED_AT = 2_000

/** Rows with tables and a clock of their own. */
export function inMemoryRows(
  time: number | (() => number),
  without: RowsWithout = {},
  meanwhile?: () => Promise<void>,
): InMemoryRows {
  let now = typeof time === 'function' ? time : () => time
  const tables = new InMemoryTables(() => now(), without)
  return {
    ...rowBooksIn(tables, meanwhile),
    ...{ tables, meet: (...mishaps) => tables.meet(...mishaps), rows: () => tables.rows() },
    ...{ now: () => now(), backup: () => tables.backup() },
    setTime(ms) {
      now = () => ms
    },
  }
}

/** The books that are in these tables. */
export function rowBooksIn(
  tables: InMemoryTables,
  /** What takes time between looking and writing, where nothing is locked. */
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): RowBooks {
  const { stocks, keys, claims, finished, units, without } = tables
  const { overLimit = 500 } = without
  const inTurn = <T>(work: () => T) => tables.inTurn(work)

  const isHalted = (stock: string) => stocks.get(stock)?.state === 'Halted'
  const stuck = () =>
    new Set([...claims.values()].flatMap(({ stock, claim: { uid } }) => (isHalted(stock) ? [uid] : [])))

  function find({ stocks: wanted, existing, ordered, consumers }: Wanted): Found {
    const now = tables.now()
    const reservations = [...existing, ...ordered]
    const ofThese = new Set(reservations)
    const allLate = lateAmong([...claims.values()], now).filter(({ about }) => about.source === 'http')
    const late = [...Map.groupBy(allLate, ({ stock }) => stock).values()].flatMap((of) => of.slice(0, LOOKED_AT))
    const stuckOnes = stuck()
    return {
      at: now,
      stocks: wanted.flatMap((uid) => stocks.get(uid) ?? []),
      keys: reservations.flatMap((uid) => {
        const fingerprint = keys.get(uid)
        return fingerprint === undefined ? [] : [{ uid, fingerprint }]
      }),
      claims: [...claims.values()].filter(({ claim }) => ofThese.has(claim.uid)),
      finished: [...finished.values()].filter(({ uid }) => ofThese.has(uid)),
      units: consumers.flatMap(({ stock, consumer }) => {
        const has = units.get(`${stock} ${consumer}`)
        return has === undefined ? [] : [{ stock, consumer, units: has }]
      }),
      over: wholeHolds([...claims.values()], late, wanted, overLimit),
      overAt: wanted.map((stock) => ({
        stock,
        count: late.filter((row) => row.stock === stock && !stuckOnes.has(row.claim.uid)).length,
      })),
    }
  }

  function write(changes: Changes): void {
    for (const { uid, ...rest } of changes.stocks) stocks.set(uid, { ...(stocks.get(uid) as LedRow), ...rest })
    for (const { stock, known } of changes.setBack) tables.halt(stock, known)
    for (const { uid, fingerprint } of changes.keys) keys.set(uid, fingerprint)
    for (const row of [...changes.claims, ...changes.changed]) claims.set(`${row.claim.uid} ${row.stock}`, row)
    for (const { uid, stock } of changes.gone) claims.delete(`${uid} ${stock}`)
    for (const uid of changes.reopened) finished.delete(uid)
    for (const row of changes.finished) finished.set(row.uid, row)
    for (const { stock, consumer, units: more } of changes.units) {
      const has = (units.get(`${stock} ${consumer}`) ?? 0) + more
      if (has > 0) units.set(`${stock} ${consumer}`, has)
      else units.delete(`${stock} ${consumer}`)
    }
    for (const { stock, told } of changes.entries) tables.tell(stock, told)
  }

  function end(changes: Changes): void {
    const after = changes.stocks.map((changed) => ({ ...(stocks.get(changed.uid) as LedRow), ...changed }))
    if (changes.keys.some(({ uid }) => keys.has(uid))) throw new NotWritten('a key is taken')
    tables.commit(after, () => write(changes))
  }

  async function unlocked(wanted: Wanted, decide: (found: Found) => Changes | undefined): Promise<void> {
    const changes = decide(find(wanted))
    await meanwhile()
    if (changes) end(changes)
  }

  return {
    transact: (wanted, decide) =>
      without.locks
        ? unlocked(wanted, decide)
        : inTurn(() => {
            const changes = decide(find(wanted))
            if (changes) end(changes)
          }),
    open: (uid: string, make: (at: number) => OpenedStock) =>
      inTurn(() => {
        if (stocks.has(uid)) return false
        const { row, generation, told, cluster } = make(tables.now())
        tables.commit([row], () => {
          stocks.set(uid, { ...row, generation, known: 0 })
          if (cluster !== undefined) tables.clusters.set(uid, cluster)
          tables.tell(uid, told)
        })
        return true
      }),
    over: async (limit, without) => {
      const stuckOnes = stuck()
      const late = lateAmong([...claims.values()], tables.now())
        .filter(({ about, claim }) => about.source === 'http' && claim.follows === undefined)
        .filter(({ stock, claim: { uid } }) => !stuckOnes.has(uid) && !without.includes(stock))
      const inTurn = [...Map.groupBy(late, ({ stock }) => stock).values()]
        .flatMap((of) => of.map(({ stock, claim: { uid } }, turn) => ({ turn, stock, uid })))
        .sort((a, b) => a.turn - b.turn)
      return inTurn.slice(0, limit).map(({ stock, uid }) => ({ stock, uid }))
    },
    ofObjects: async (after, limit) =>
      [...claims.values()]
        .filter(({ claim, about }) => about.source === 'object' && claim.follows === undefined && claim.uid > after)
        .map(({ stock, claim: { uid }, about: { namespace, name } }) => {
          const home = stocks.get(stock) as LedRow
          const of = {
            stock,
            stockNamespace: home.namespace,
            stockName: home.name,
            cluster: tables.clusters.get(stock),
          }
          return { uid, namespace, name, ...of }
        })
        .sort((a, b) => (a.uid < b.uid ? -1 : 1))
        .slice(0, limit),
    halt: (stock) => inTurn(() => tables.halt(stock)),
    stocksOf: async (reservations) =>
      new Map(
        reservations.flatMap((uid) => {
          const live = [...claims.values()].filter(({ claim }) => claim.uid === uid).map(({ stock }) => stock)
          const over = finished.get(uid)?.lines.map(({ stock }) => stock) ?? []
          const found = live.length > 0 ? live : over
          return finished.has(uid) || live.length > 0 ? [[uid, found] as const] : []
        }),
      ),
  }
}
