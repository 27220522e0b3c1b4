import type { Money } from '../../domain/money.ts'
import type { Reason } from '../../domain/reservation/reservation.ts'
import type { Balances } from '../../domain/stock/balances.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { Entry, Shortage } from '../../domain/stock/entry.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'

/** What is known of a reservation beside what it has: for its event, and for whoever asks. */
export interface About {
  readonly namespace: string
  readonly name: string
  readonly consumer?: string
  /** `http`: the row is the reservation. `object`: an object in the cluster is, and the row has what was decided for it. */
  readonly source: 'http' | 'object'
  readonly requestId?: string
  readonly note?: string
}

/** A stock whose books are rows. `Closed` hands nothing out any more; `Halted` decides nothing. */
export interface StockRow {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly state: 'Open' | 'Closed' | 'Halted'
  readonly terms: StockTerms
  readonly balances: Balances
  /** What may be out although it is more than there is: what was out when the stock shrank, and has not come back since. */
  readonly ceiling: number
}

/** What a reservation has of one stock. */
export interface ClaimRow {
  readonly stock: string
  readonly claim: Claim
  readonly about: About
}

/** One line of a reservation that is over. */
export interface FinishedLine {
  readonly stock: string
  readonly stockNamespace: string
  readonly stockName: string
  readonly sequence: number
  readonly quantity: number
  readonly unitPrice?: Money
}

/** A reservation that is over; one that is sold may still be returned, so its lines are complete, the home's first. */
export interface FinishedRow {
  readonly uid: string
  readonly about: About
  readonly phase: 'Confirmed' | 'Released' | 'Expired' | 'Rejected'
  readonly reason: Reason | undefined
  /** Milliseconds. */
  readonly at: number
  readonly since?: number
  readonly deadline?: number
  readonly lines: readonly FinishedLine[]
  readonly shortages?: readonly Shortage[]
}

/** That something was decided under this uid; the fingerprint is that of what was asked for. */
export interface KeyRow {
  readonly uid: string
  readonly fingerprint: string
}

export interface ConsumerUnits {
  readonly stock: string
  readonly consumer: string
  readonly units: number
}

/** What a transaction locks, and what it is to read under the locks. */
export interface Wanted {
  /** Uids of stocks. */
  readonly stocks: readonly string[]
  /** Uids of reservations that exist. */
  readonly existing: readonly string[]
  /** Uids that stand for nothing yet, unless the same was ordered before: then they are read like those that exist. */
  readonly ordered: readonly string[]
  /** What these have in all. */
  readonly consumers: readonly Pick<ConsumerUnits, 'stock' | 'consumer'>[]
}

/** What was found; all of it is as of after the locks were had, and nobody else changes it before the transaction ends. */
export interface Found {
  /** The database's own time, in milliseconds. */
  readonly at: number
  readonly stocks: readonly StockRow[]
  readonly keys: readonly KeyRow[]
  readonly claims: readonly ClaimRow[]
  readonly finished: readonly FinishedRow[]
  readonly units: readonly ConsumerUnits[]
  /**
   * Holds of reservations made over HTTP whose time is up, each with all its lines: those that have all their stocks among
   * these, of each home the oldest, as many as a transaction may end. Looked at are the oldest 2,000 of each stock.
   */
  readonly over: readonly ClaimRow[]
  /**
   * How many holds of such reservations are over at a stock and may be ended, which one that has something of a halted stock
   * may not; counted no further than is worth while, among the same 2,000.
   */
  readonly overAt: readonly { readonly stock: string; readonly count: number }[]
}

/** An entry with what its event says of its reservation. */
export interface Told {
  readonly entry: Entry
  readonly about: About | undefined
}

/** A stock whose row knows of fewer entries than somebody has seen: it decides nothing until somebody accepts its books. */
export interface SetBack {
  readonly stock: string
  /** The number of the latest entry that was seen. */
  readonly known: number
}

/** What a transaction writes; all of it or nothing. */
export interface Changes {
  readonly stocks: readonly Pick<StockRow, 'uid' | 'balances' | 'ceiling'>[]
  readonly keys: readonly KeyRow[]
  readonly claims: readonly ClaimRow[]
  /** Claims that were there before, as they are now: in another phase, with another deadline, tied to others. */
  readonly changed: readonly ClaimRow[]
  readonly gone: readonly { readonly stock: string; readonly uid: string }[]
  readonly finished: readonly FinishedRow[]
  /** Finished ones that are replaced. */
  readonly reopened: readonly string[]
  /** By how much a consumer has more, or less. */
  readonly units: readonly ConsumerUnits[]
  /** Of each stock its new entries, in order. */
  readonly entries: readonly { readonly stock: string; readonly told: readonly Told[] }[]
  /** Open stocks that are halted, with what was seen of them. */
  readonly setBack: readonly SetBack[]
}

/**
 * What a failure lies at that passes: the database or the way to it, so that nobody is to blame; these stocks, whose rows
 * somebody else has; or the size of what was to be done in the time that there is.
 */
export type Trouble = 'database' | 'stocks' | 'size'

interface TroubleOptions extends ErrorOptions {
  /** Default: the database. */
  readonly trouble?: Trouble
}

interface NotWrittenOptions extends TroubleOptions {
  /** Of the stocks that were wanted, those whose rows somebody has; absent = it is not known which. */
  readonly stocks?: readonly string[] | undefined
  /** Why, for people who are not to read the words of a server. Absent: see `toldOf`. */
  readonly told?: string | undefined
}

/**
 * Nothing was changed, and the same may be tried again: a lock was not had in time, somebody else has used one of the uids
 * meanwhile, the server ends, goes or is a replica.
 */
export class NotWritten extends Error {
  readonly trouble: Trouble
  readonly stocks: readonly string[] | undefined
  readonly told: string | undefined

  constructor(message: string, { trouble = 'database', stocks, told, ...options }: NotWrittenOptions = {}) {
    super(message, options)
    this.trouble = trouble
    this.stocks = stocks
    this.told = told
  }
}

/** Whether it was changed can only be told by the rows: the answer to the commit is lost. The same may be tried again. */
export class OutcomeUnknown extends Error {
  readonly trouble: Trouble

  constructor(message: string, { trouble = 'database', ...options }: TroubleOptions = {}) {
    super(message, options)
    this.trouble = trouble
  }
}

/** The database refused to oversell: we were wrong. Never tried again. `stock` is its uid, where the database names it. */
export class Oversold extends Error {
  readonly stock: string | undefined

  constructor(message: string, stock: string | undefined) {
    super(message)
    this.stock = stock
  }
}

/** A stock as it is opened, with what tells of that. */
export interface OpenedStock {
  readonly row: StockRow
  /** That of the spec that its terms are from. */
  readonly generation: number
  /** In which it is an object; absent = nothing tells it from others. */
  readonly cluster?: string
  readonly told: readonly Told[]
}

/** A reservation that is an object in a cluster, and has something; the stock is its home. */
export interface ObjectRow {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** Its uid. */
  readonly stock: string
  readonly stockNamespace: string
  readonly stockName: string
  /** In which that is an object, or was; undefined = its row doesn't say. */
  readonly cluster: string | undefined
}

/** A hold whose time is up; the stock is its home, by its uid. */
export interface OverHold {
  readonly uid: string
  readonly stock: string
}

/** Where the books of such stocks are kept. */
export interface RowBooks {
  /**
   * Makes the row of a stock that has none; `make` is given the database's time in milliseconds. False = there is one, and
   * it stays as it is. Throws as `transact` does.
   */
  open(uid: string, make: (at: number) => OpenedStock): Promise<boolean>
  /**
   * One transaction: locks the stocks in the order of their uids, reads, lets `decide` say what changes, and commits it;
   * undefined = nothing does, and nothing that was found is told of. Changes without anything in them are committed all the
   * same: then what was found is known to be kept, too. It has committed when the promise resolves. Throws what `decide` throws, with nothing
   * changed; NotWritten, OutcomeUnknown, Oversold, and other errors, with nothing changed.
   */
  transact(wanted: Wanted, decide: (found: Found) => Changes | undefined): Promise<void>
  /**
   * Reservations made over HTTP whose time is up, at most `limit`: the oldest of each home, then the second of each, and so
   * on, so that each has its share. Without those at homes in `without`, and those that have something of a halted stock.
   * Those of objects are ended by whoever has read what their objects say.
   */
  over(limit: number, without: readonly string[]): Promise<readonly OverHold[]>
  /** Reservations of objects that have something, in the order of their uids, those after `after`, at most `limit`. */
  ofObjects(after: string, limit: number): Promise<readonly ObjectRow[]>
  /** Has an open stock decide nothing any more, until somebody has looked at it. */
  halt(stock: string): Promise<void>
  /** The stocks that reservations have something of, by the uid of the reservation; those that are sold are among them. */
  stocksOf(reservations: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
}
