import {
  type Changes,
  type ClaimRow,
  type FinishedRow,
  type Found,
  NotWritten,
  type OpenedStock,
  OutcomeUnknown,
  Oversold,
  type RowBooks,
  type StockRow,
  type Told,
  type Wanted,
} from '../../operator/application/rows/row-books.ts'
import type { Rows } from '../fixtures/audit-rows.ts'
import { lateAmong, wholeHolds } from './over-among-rows.ts'

/** What the next transactions meet. */
export type Mishap = 'not written' | 'answer lost' | 'commit lost' | 'broken'

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
  /** Transactions that have written. */
  readonly commits: number
}

/** What can be taken away from it, to see who notices. */
export interface RowsWithout {
  /** Transactions look at the same rows side by side. */
  readonly locks?: true
  /** The database lets itself be oversold. */
  readonly constraints?: true
  /** Reads fewer of the holds that are over, instead of 500. */
  readonly overLimit?: number
}

/** Of what is over at one stock, so many are looked at for what can be ended. */
const LOOKED_AT = 2_000

/** Rows with the database's promises and mishaps: one transaction at a time, all or nothing, time of its own. */
export function inMemoryRows(
  time: number | (() => number),
  without: RowsWithout = {},
  /** What takes time between looking and writing, where nothing is locked. */
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): InMemoryRows {
  const stocks = new Map<string, StockRow>()
  const keys = new Map<string, string>()
  const claims = new Map<string, ClaimRow>()
  const finished = new Map<string, FinishedRow>()
  const units = new Map<string, number>()
  const told = new Map<string, Told[]>()
  const clusters = new Map<string, string>()
  const mishaps: Mishap[] = []
  const { overLimit = 500 } = without
  let now = typeof time === 'function' ? time : () => time
  let commits = 0
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => T): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const isHalted = (stock: string) => stocks.get(stock)?.state === 'Halted'
  const stuck = () =>
    new Set([...claims.values()].flatMap(({ stock, claim: { uid } }) => (isHalted(stock) ? [uid] : [])))

  function find({ stocks: wanted, existing, ordered, consumers }: Wanted): Found {
    const reservations = [...existing, ...ordered]
    const ofThese = new Set(reservations)
    const allLate = lateAmong([...claims.values()], now()).filter(({ about }) => about.source === 'http')
    const late = [...Map.groupBy(allLate, ({ stock }) => stock).values()].flatMap((of) => of.slice(0, LOOKED_AT))
    const stuckOnes = stuck()
    return {
      at: now(),
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

  /** The constraints of the tables. */
  function check(changes: Changes): void {
    for (const { uid, balances, ceiling } of changes.stocks) {
      const { terms } = stocks.get(uid) as StockRow
      const out = balances.reserved + balances.confirmed
      const most = Math.max(balances.quantity - terms.safetyStock, ceiling)
      if (!without.constraints && (out > most || balances.reserved < 0 || balances.confirmed < 0))
        throw new Oversold(`${out} out of ${most}`, uid)
    }
    if (changes.keys.some(({ uid }) => keys.has(uid))) throw new NotWritten('a key is taken')
  }

  function write(changes: Changes): void {
    commits += 1
    for (const { uid, ...rest } of changes.stocks) stocks.set(uid, { ...(stocks.get(uid) as StockRow), ...rest })
    for (const { stock } of changes.setBack) halt(stock)
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
    for (const { stock, told: entries } of changes.entries) told.set(stock, [...(told.get(stock) ?? []), ...entries])
  }

  function halt(stock: string): void {
    const row = stocks.get(stock)
    if (row?.state === 'Open') stocks.set(stock, { ...row, state: 'Halted' })
  }

  function end(changes: Changes): void {
    const mishap = mishaps.shift()
    if (mishap === 'not written') throw new NotWritten('away')
    if (mishap === 'broken') throw new Error('a value that no column takes')
    check(changes)
    if (mishap !== 'commit lost') write(changes)
    if (mishap) throw new OutcomeUnknown('the answer is lost')
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
        const opened = make(now())
        stocks.set(uid, opened.row)
        if (opened.cluster !== undefined) clusters.set(uid, opened.cluster)
        told.set(uid, [...opened.told])
        return true
      }),
    over: async (limit) => {
      const stuckOnes = stuck()
      return lateAmong([...claims.values()], now())
        .filter(({ about, claim }) => about.source === 'http' && claim.follows === undefined)
        .flatMap(({ claim: { uid } }) => (stuckOnes.has(uid) ? [] : [uid]))
        .slice(0, limit)
    },
    ofObjects: async (after, limit) =>
      [...claims.values()]
        .filter(({ claim, about }) => about.source === 'object' && claim.follows === undefined && claim.uid > after)
        .map(({ stock, claim: { uid }, about: { namespace, name } }) => {
          const home = stocks.get(stock) as StockRow
          return {
            uid,
            namespace,
            name,
            stock,
            stockNamespace: home.namespace,
            stockName: home.name,
            cluster: clusters.get(stock),
          }
        })
        .sort((a, b) => (a.uid < b.uid ? -1 : 1))
        .slice(0, limit),
    halt: (stock) => inTurn(() => halt(stock)),
    stocksOf: async (reservations) =>
      new Map(
        reservations.flatMap((uid) => {
          const live = [...claims.values()].filter(({ claim }) => claim.uid === uid).map(({ stock }) => stock)
          const over = finished.get(uid)?.lines.map(({ stock }) => stock) ?? []
          const found = live.length > 0 ? live : over
          return finished.has(uid) || live.length > 0 ? [[uid, found] as const] : []
        }),
      ),
    meet: (...next) => void mishaps.push(...next),
    setTime(ms) {
      now = () => ms
    },
    now: () => now(),
    rows: () => ({
      stocks: [...stocks.values()],
      claims: [...claims.values()],
      finished: [...finished.values()],
      units: [...units].map(([key, has]) => {
        const [stock = '', consumer = ''] = key.split(' ')
        return { stock, consumer, units: has }
      }),
      entries: [...told].map(([stock, entries]) => ({ stock, entries: entries.map(({ entry }) => entry) })),
    }),
    backup() {
      const maps: Map<string, unknown>[] = [stocks, keys, claims, finished, units, told]
      const copies = maps.map((map) => new Map(map))
      return () => {
        for (const [index, map] of maps.entries()) {
          map.clear()
          for (const [key, value] of copies[index] ?? []) map.set(key, value)
        }
      }
    },
    get commits() {
      return commits
    },
  }
}
