import type { Pool } from 'pg'
import type {
  ConsumptionLog,
  ConsumptionRow,
  KnownEvent,
  KnownSoFar,
} from '../../../application/integration/consumption-log.ts'
import type { ConsumptionStatus } from '../../../domain/integration/delivery.ts'
import { isUndone } from '../faults.ts'
import { gathered } from '../gathered.ts'
import { claimStatement, recordStatement } from './consumption-values.ts'

/** Messages that are asked for, and written, in one trip. */
const TOGETHER = 200

const eventsText = `SELECT event_id, status, attempts,
    extract(epoch FROM clock_timestamp() - at)::float8 * 1000 AS age_ms
  FROM kbnt_integration.consumption_log
  WHERE target = $1 AND event_id = ANY ($2)`

const stocksText = `SELECT asked.uid, known.external_id, known.put_sequence,
    (SELECT min(sequence) FROM kbnt_integration.consumption_log AS log
      WHERE log.target = $1 AND log.stock_uid = asked.uid AND log.blocks) AS blocked_from
  FROM unnest($2::text[]) AS asked(uid)
  LEFT JOIN kbnt_integration.external_ids AS known ON known.target = $1 AND known.stock_uid = asked.uid`

interface StockColumns {
  readonly uid: string
  readonly external_id: string | null
  readonly put_sequence: number | null
  readonly blocked_from: number | null
}

type EventColumns = Omit<KnownEvent, 'ageMs'> & {
  readonly event_id: string
  readonly status: ConsumptionStatus
  readonly age_ms: number
}

/** The log of one target. Who asks and who writes at the same time does it in one trip. */
export function postgresConsumptionLog(pool: Pick<Pool, 'query'>, target: string): ConsumptionLog {
  const known = gathered((asked: readonly Asked[]) => knownIn(pool, target, asked), TOGETHER)
  const record = gathered((all: readonly (readonly ConsumptionRow[])[]) => recordAll(pool, target, all), TOGETHER)
  return {
    known: (eventIds, stockUids) => known({ eventIds, stockUids }),
    async record(rows) {
      const failed = (await record(rows)).get(rows)
      if (failed !== undefined) throw failed
    },
    async claim(row, afterMs) {
      const { rows } = await pool.query(claimStatement(target, row, afterMs))
      return rows.length > 0
    },
  }
}

interface Asked {
  readonly eventIds: readonly string[]
  readonly stockUids: readonly string[]
}

async function knownIn(pool: Pick<Pool, 'query'>, target: string, asked: readonly Asked[]): Promise<KnownSoFar> {
  const eventIds = [...new Set(asked.flatMap((each) => each.eventIds))]
  const uids = [...new Set(asked.flatMap((each) => each.stockUids))]
  const [events, stocks] = await Promise.all([
    pool.query<EventColumns>({ name: 'known-events', text: eventsText, values: [target, eventIds] }),
    pool.query<StockColumns>({ name: 'known-stocks', text: stocksText, values: [target, uids] }),
  ])
  return {
    events: new Map(
      events.rows.map(({ event_id: id, status, attempts, age_ms: ageMs }) => [id, { status, attempts, ageMs }]),
    ),
    stocks: new Map(
      stocks.rows.map((row) => [
        row.uid,
        {
          externalId: row.external_id ?? undefined,
          putSequence: row.put_sequence ?? undefined,
          blockedFrom: row.blocked_from ?? undefined,
        },
      ]),
    ),
  }
}

type Failures = ReadonlyMap<readonly ConsumptionRow[], unknown>

/** Why some could not be written. Rows of which the server takes one not do not keep it from taking those of others. */
async function recordAll(
  pool: Pick<Pool, 'query'>,
  target: string,
  all: readonly (readonly ConsumptionRow[])[],
): Promise<Failures> {
  try {
    await pool.query(recordStatement(target, all.flat()))
    return new Map()
  } catch (error) {
    if (all.length === 1 || !isUndone(error)) return new Map(all.map((rows) => [rows, error]))
    const each = []
    for (const rows of all) each.push(await recordAll(pool, target, [rows]))
    return new Map(each.flatMap((failures) => [...failures]))
  }
}
