import { join } from 'node:path'
import type { Tables } from './migrate.ts'

/** What the flow integration keeps. */
export const integrationTables: Tables = {
  schema: 'kbnt_integration',
  folder: join(import.meta.dirname, 'integration-migrations'),
  first: 'kbnt_integration.consumption_log',
  lock: 0x6b_62_69_6e, // "kbin" in ASCII
  maker: 'a worker with the flow integration',
}

const LONGEST_TEXT = 500

/** What a column takes: no zero bytes, which no text of PostgreSQL has, and nothing without end. */
export function columnText(text: string): string {
  return text.slice(0, LONGEST_TEXT).replaceAll('\0', '\u{fffd}')
}
