import { type Clock, msBetween, type Tick } from '../../application/clock.ts'
import type { PatienceParts } from '../../application/patience.ts'
import { OutboxWatch } from '../../application/rows/outbox-watch.ts'
import { patientRounds, type Repeating, repeating } from '../../application/rows/repeating.ts'
import type { LedDatabase } from '../../application/rows/stock/led-database.ts'
import type { LedRowStocks } from '../../application/rows/stock/led-row-stocks.ts'
import type { DatabaseHealth } from '../../infrastructure/postgres/database-health.ts'
import type { DatabaseView } from '../../infrastructure/telemetry/row-metrics.ts'
import type { Database } from '../databases.ts'

export interface WatchedDatabase {
  readonly database: Pick<Database, 'name' | 'records' | 'health' | 'maxOutboxBytes'>
  readonly led: Pick<LedDatabase, 'isReady' | 'aheadMs'>
  readonly stocks: Pick<LedRowStocks, 'of'>
  readonly clock: Clock
  readonly voices: PatienceParts
}

export interface WatchedView {
  /** What is known of it now, from memory. */
  readonly view: DatabaseView
  /** Whether so many events of a stock, by its uid, wait to be delivered that it takes nothing new. */
  eventsBehind(stock: string): boolean
  /** What of a stock, by its uid, is undelivered. */
  readonly undeliveredBytes: (stock: string) => number
  readonly work: readonly Repeating[]
}

const LOOK_EVERY_MS = 5_000
const COUNT_EVERY_MS = 1_000

/** Keeps what the metrics tell of one database. */
export function watchDatabase({ database, led, stocks, clock, voices }: WatchedDatabase): WatchedView {
  const { name, records, maxOutboxBytes: maxBytes } = database
  const isReady = () => led.isReady
  const outbox = new OutboxWatch({ database: name, records, patience: voices, maxBytes, isReady })
  const undertaking = { operation: 'look how a database is', fields: { database: name } }
  /** By the uid, since when a status says something else than the row. */
  let untold = new Map<string, Tick>()
  let health: DatabaseHealth | undefined

  const restMs = { unready: LOOK_EVERY_MS, failing: LOOK_EVERY_MS }
  const looking = patientRounds({ voices, undertaking, isReady, restMs }, async () => {
    health = await database.health()
    return LOOK_EVERY_MS
  })
  const counting = repeating(clock, async () => {
    const now = clock.tick()
    const behind = [...stocks.of(name)].filter(({ isUntold, isTelling }) => isUntold || isTelling)
    untold = new Map(behind.map(({ stock: { uid } }) => [uid, untold.get(uid) ?? now]))
    return COUNT_EVERY_MS
  })

  return {
    work: [outbox, looking, counting],
    eventsBehind: (stock) => outbox.isBehind(stock),
    undeliveredBytes: (stock) => outbox.bytesOf(stock),
    get view() {
      const now = clock.tick()
      const lags = [...untold.values()].map((since) => msBetween(since, now))
      const waiting = outbox.view
      return {
        ...{
          name,
          up: led.isReady,
          clockAheadMs: led.aheadMs,
          mirrorLagMs: lags.reduce((longest, ms) => Math.max(longest, ms), 0),
        },
        ...(waiting && { outbox: waiting }),
        ...health,
      }
    },
  }
}
