import { Gauge, type Registry } from 'prom-client'

/** One database with stocks' books, as it is now. What is absent is not known here, such as to a standby. */
export interface DatabaseView {
  /** As the settings have it. */
  readonly name: string
  /** Whether it answered when last asked. */
  readonly up?: boolean
  /** How far our clock is ahead of its own, where that is too far to decide anything; else 0. */
  readonly clockAheadMs?: number
  /** The oldest transaction in it that is still open: nothing that was changed since can be cleared away. 0 = none. */
  readonly oldestSnapshotMs?: number
  /** What Kafka has not acknowledged yet. */
  readonly outbox?: {
    readonly bytes: number
    /** How much there may be; then new holds are refused. */
    readonly limitBytes: number
    /** Age of the oldest record. 0 = there is none. */
    readonly oldestMs: number
  }
  /** For how long a VirtualStock has said something else than its row. 0 = all say what is so. */
  readonly mirrorLagMs?: number
  /** How long ago the hold ended that is not given back yet. 0 = there is none. */
  readonly expiryLagMs?: number
}

export interface RowMetrics {
  /** `databases` is asked before each scrape, and so has to answer from memory. */
  readFrom(databases: () => readonly DatabaseView[]): void
  /** Brings the gauges up to date; called before each scrape. */
  refresh(): void
}

interface Told {
  readonly name: string
  readonly help: string
  /** Undefined = not known here. */
  readonly read: (view: DatabaseView) => number | undefined
}

const told: readonly Told[] = [
  {
    name: 'kbnt_database_up',
    help: 'Whether the database answered when last asked.',
    read: ({ up }) => (up === undefined ? undefined : Number(up)),
  },
  {
    name: 'kbnt_database_clock_skew_seconds',
    help: "How far this clock is ahead of the database's, where too far to decide anything; else 0.",
    read: ({ clockAheadMs }) => seconds(clockAheadMs),
  },
  {
    name: 'kbnt_database_oldest_snapshot_seconds',
    help: 'Age of the oldest transaction that is still open in the database; it keeps what has changed since from being cleared away.',
    read: ({ oldestSnapshotMs }) => seconds(oldestSnapshotMs),
  },
  {
    name: 'kbnt_outbox_bytes',
    help: 'What records take in the database that Kafka has not acknowledged yet.',
    read: ({ outbox }) => outbox?.bytes,
  },
  {
    name: 'kbnt_outbox_limit_bytes',
    help: 'What such records may take; then new holds are refused.',
    read: ({ outbox }) => outbox?.limitBytes,
  },
  {
    name: 'kbnt_outbox_oldest_seconds',
    help: 'Age of the oldest such record.',
    read: ({ outbox }) => seconds(outbox?.oldestMs),
  },
  {
    name: 'kbnt_mirror_lag_seconds',
    help: 'For how long a VirtualStock has said something else than its row in the database.',
    read: ({ mirrorLagMs }) => seconds(mirrorLagMs),
  },
  {
    name: 'kbnt_rows_expiry_lag_seconds',
    help: 'How long ago the hold ended that is over for longest and not given back yet, of those in the database.',
    read: ({ expiryLagMs }) => seconds(expiryLagMs),
  },
]

/** Stocks whose books are in databases: by database, for there may be a million stocks. */
export function rowMetrics(register: Registry): RowMetrics {
  const gauges = told.map(({ name, help, read }) => ({
    gauge: new Gauge({ name, help, labelNames: ['database'], registers: [register] }),
    read,
  }))
  let databases: () => readonly DatabaseView[] = () => []
  return {
    readFrom(given) {
      databases = given
    },
    refresh() {
      const views = databases()
      for (const { gauge, read } of gauges) {
        gauge.reset() // nothing stays of what is not known any more
        for (const view of views) {
          const value = read(view)
          if (value !== undefined) gauge.set({ database: view.name }, value)
        }
      }
    },
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}
