import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { KeysInRetry } from '../../../application/flow/flow.ts'
import type { Place } from '../../../domain/flow/place.ts'
import { gathered } from '../gathered.ts'

export interface KeysInRetryOptions {
  readonly target: string
  /** How long the retry topic keeps its records. */
  readonly keptMs: number
}

/** Keys that are asked for in one trip. */
const TOGETHER = 200
/** No longer ones are kept as they are: they are parts of an index. */
const LONGEST_KEY = 300

const ofText = `SELECT key, topic, partition, "offset" FROM kbnt_integration.key_in_retry
  WHERE target = $1 AND key = ANY ($2) AND at > clock_timestamp() - $3 * interval '1 millisecond'
  ORDER BY key, topic, partition, "offset"`

const addText = `INSERT INTO kbnt_integration.key_in_retry (target, key, topic, partition, "offset", at)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp())
  ON CONFLICT (target, key, topic, partition, "offset") DO UPDATE SET at = excluded.at`

const removeText = `DELETE FROM kbnt_integration.key_in_retry
  WHERE target = $1 AND key = $2 AND topic = $3 AND partition = $4 AND "offset" = $5`

interface KeyColumns {
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly offset: string | number
}

/** Throws where the database does not answer. */
export function postgresKeysInRetry(pool: Pick<Pool, 'query'>, { target, keptMs }: KeysInRetryOptions): KeysInRetry {
  const placesOf = gathered(async (asked: readonly (readonly string[])[]) => {
    const values = [target, [...new Set(asked.flat())], keptMs]
    return (await pool.query<KeyColumns>({ name: 'keys-in-retry', text: ofText, values })).rows
  }, TOGETHER)
  const valuesOf = (key: string, { topic, partition, offset }: Place) =>
    [target, storedKey(key), topic, partition, String(offset)] as const

  return {
    async of(keys) {
      const stored = new Map(keys.map((key) => [storedKey(key), key]))
      const places = new Map<string, Place[]>()
      for (const { key, topic, partition, offset } of await placesOf([...stored.keys()])) {
        const asked = stored.get(key)
        if (asked === undefined) continue
        const known = places.get(asked)
        const place = { topic, partition, offset: BigInt(offset) }
        if (known) known.push(place)
        else places.set(asked, [place])
      }
      return places
    },
    async add(key, origin) {
      await pool.query({ name: 'enter-retry', text: addText, values: [...valuesOf(key, origin)] })
    },
    async remove(key, origin) {
      await pool.query({ name: 'leave-retry', text: removeText, values: [...valuesOf(key, origin)] })
    },
  }
}

/** Keys of messages are any bytes, and of any length. */
function storedKey(key: string): string {
  const text = key.replaceAll('\0', '\u{fffd}').toWellFormed()
  return text.length <= LONGEST_KEY ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`
}
