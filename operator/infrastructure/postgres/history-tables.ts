import { join } from 'node:path'
import type { Tables } from './migrate.ts'

/** The schema that is read and written every day. */
export const HISTORY = 'kbnt_history'
/** "kbnh" in ASCII. */
const LOCK = 0x6b_62_6e_68

/** Histories of stocks. A schema of another name is one that is just being built. */
export function historyTables(schema: string = HISTORY): Tables {
  return {
    schema,
    folder: join(import.meta.dirname, 'history-migrations'),
    first: `${schema}.stock`,
    lock: LOCK,
    maker: 'the worker with the flow history',
  }
}
