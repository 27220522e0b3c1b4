import type { Reason } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { AppliedEntry } from '../../domain/stock/decide-together.ts'
import type { Entry, EntryLine } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Standing } from './order.ts'
import type { About, FinishedLine, FinishedRow } from './row-books.ts'

/** What a reservation has of one stock. */
export interface Part {
  readonly stock: string
  readonly claim: Claim
  readonly book: StockBook
}

/** Whether it has anything that has yet to end by itself or to come back: what is sold may, but need not. */
export function isLive(parts: readonly Part[], returns: (stock: string) => boolean): boolean {
  return parts.some(({ stock, claim }) => claim.phase === 'Reserved' || returns(stock))
}

/** How one stands that has something; undefined where it has nothing. */
export function liveStanding(uid: string, about: About, parts: readonly Part[]): Standing | undefined {
  const home = parts[0]?.claim
  if (!home || home.phase === 'Waiting') return undefined
  const { phase, reservedAt: since, deadline } = home
  return { uid, about, phase, lines: parts.map(lineOf), since, deadline }
}

export function standingOfFinished({ at, reason, ...row }: FinishedRow): Standing {
  return { ...row, finishedAt: at, ...(reason && { reason }) }
}

interface Ended {
  readonly uid: string
  readonly about: About
  /** The lines of one that was sold before. */
  readonly had: readonly FinishedLine[]
  readonly left: readonly Part[]
  readonly before: readonly Claim[]
}

const phases: Partial<Record<Entry['verb'], FinishedRow['phase']>> = {
  Refuse: 'Rejected',
  Expire: 'Expired',
  Release: 'Released',
  Return: 'Released',
  Confirm: 'Confirmed',
}

/** The row of a reservation that is over by the entries that were just applied. */
export function finishedRow({ uid, about, had, left, before }: Ended, applied: readonly AppliedEntry[]): FinishedRow {
  const told = applied.filter(({ entry }) => entry.uid === uid && entry.follows === undefined)
  const { entry } = told.at(-1) as AppliedEntry
  const ended = applied.filter((one) => one.entry.uid === uid && one.entry.verb !== 'Refuse')
  const lines = left.length > 0 ? left.map(lineOf) : had.length > 0 ? had : ended.map(endedLine)
  const hold = left[0]?.claim ?? before.find(({ follows }) => follows === undefined)
  return {
    uid,
    about,
    phase: left.length > 0 ? 'Confirmed' : (phases[entry.verb] ?? 'Released'), // what is sold stays sold
    reason: entry.reason as Reason | undefined,
    at: Date.parse(entry.at),
    lines,
    ...(hold && { since: hold.reservedAt, deadline: hold.deadline }),
    ...(entry.shortages && { shortages: entry.shortages }),
  }
}

/** What one that is sold has of each stock, as it was before it left the live ones. */
export function claimsOf(row: FinishedRow): [string, Claim][] {
  const [home, ...others] = row.lines
  if (row.phase !== 'Confirmed' || !home) return []
  const { namespace, name } = row.about
  const common = {
    uid: row.uid,
    namespace,
    name,
    phase: row.phase,
    reservedAt: row.since ?? 0,
    deadline: row.deadline ?? 0,
  }
  const follows = { uid: home.stock, sequence: home.sequence }
  const lines = others.map(namedLine)
  const claim = (line: FinishedLine): Claim => {
    const { sequence, quantity, unitPrice } = line
    return { ...common, sequence, quantity, ...(unitPrice && { unitPrice }) }
  }
  return [
    [home.stock, { ...claim(home), ...(lines.length > 0 && { lines }) }],
    ...others.map((line): [string, Claim] => [line.stock, { ...claim(line), follows }]),
  ]
}

function lineOf({ stock, claim: { sequence, quantity, unitPrice }, book }: Part): FinishedLine {
  const { namespace: stockNamespace, name: stockName } = book.stock
  return { stock, stockNamespace, stockName, sequence, quantity, ...(unitPrice && { unitPrice }) }
}

function endedLine({ book, entry: { sequence, quantity = 0, unitPrice } }: AppliedEntry): FinishedLine {
  const { uid: stock, namespace: stockNamespace, name: stockName } = book.stock
  return { stock, stockNamespace, stockName, sequence, quantity, ...(unitPrice && { unitPrice }) }
}

function namedLine({ stock: stockUID, stockName: stock, ...line }: FinishedLine): EntryLine {
  return { ...line, stock, stockUID }
}
