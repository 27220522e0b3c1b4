/** What is to be known of a reason for which a stock is not Ready, wherever it is told. */
interface ReadyRecord {
  /** As its condition says it, with blanks to fill in; absent = what went wrong says it in its own words. */
  readonly text?: string
  /** How a look inside and the metrics show it. `halted` = nothing is decided: what is known of it can't be trusted. */
  readonly shows: 'halted' | 'clockWrong' | 'noNewHolds' | 'journalFull' | 'terminating' | 'paused'
  /** What a reader of the documentation is told: what happened, and what goes on. */
  readonly means: string
  /** The page that says what to do; absent = somebody has asked for it. */
  readonly runbook?: string
}

/** Every reason for which a stock is not Ready, once; docs/reference/reasons.md is made from it by `npm run generate`. */
export const readyReasons = {
  Paused: {
    text: 'paused by spec.paused: no new holds, confirming and releasing go on',
    shows: 'paused',
    means: 'Its owner set `spec.paused`. No new holds; who waits keeps waiting.',
  },
  Terminating: {
    text: 'deleted; waits for {claims} to end',
    shows: 'terminating',
    means: 'It was deleted, and goes when nobody holds anything of it. No new holds.',
  },
  JournalFull: {
    text: "{unfinished} entries are not finished yet; see EventsSpooled and the operator's log",
    shows: 'journalFull',
    means: 'Nothing has left its journal for 5 s, and it has no room for new holds. The rest goes on for a while.',
    runbook: 'journal-stuck',
  },
  ClockSkew: {
    text: "this clock is {skew} s from the API server's; nothing is decided until they agree",
    shows: 'clockWrong',
    means:
      "The leader's clock and the API server's disagree: nothing is decided, of any stock. Or its clock and that of the database that has the stock's books: of that database's stocks nothing is.",
    runbook: 'clock-skew',
  },
  StatusLost: {
    text: 'this stock had books, and they are not in its status: see the runbook status-lost',
    shows: 'halted',
    means: 'It had books under another uid: it was restored. Nothing is decided until somebody accepts its books.',
    runbook: 'status-lost',
  },
  NoSuchDatabase: {
    text: 'the settings have no database named {database}; add it to databases, or create the stock with another one',
    shows: 'halted',
    means: "Its books are to be in a database that the operator's settings don't name. Nothing is decided.",
    runbook: 'books-database',
  },
  DatabaseNotAllowed: {
    text: "database {database} takes no stocks of namespace {namespace}; add it to the database's namespaces in the settings, or create the stock with another one",
    shows: 'halted',
    means: 'Stocks of its namespace may not have their books in that database. Nothing is decided.',
    runbook: 'books-database',
  },
  DatabaseAway: {
    text: "its books are in database {database}, which takes nothing: {why} (the operator's log says more); tried again",
    shows: 'halted',
    means: 'The database that has its books does not answer the leader. Tried again; other stocks go on.',
    runbook: 'books-database',
  },
  BooksDoNotClose: {
    shows: 'noNewHolds',
    means: 'Reservations hold more than it says is out. No new holds, the rest goes on; compared again every 10 s.',
    runbook: 'books-do-not-close',
  },
  InvariantViolated: {
    shows: 'halted',
    means: 'A decision would have broken its books, and was not stored. Taken over again by itself.',
    runbook: 'stock-halted',
  },
  SchemaTooOld: {
    shows: 'halted',
    means: 'The API server dropped fields of its status. Taken over again by itself.',
    runbook: 'stock-halted',
  },
  InternalError: {
    shows: 'halted',
    means: 'Its status could not be read, or its work has failed. Taken over again by itself.',
    runbook: 'stock-halted',
  },
} as const satisfies Readonly<Record<string, ReadyRecord>>

export type ReadyReason = keyof typeof readyReasons
