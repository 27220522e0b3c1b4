import { join } from 'node:path'
import type { Tables } from './migrate.ts'

/** What the operator remembers of requests that go. */
export const requestTables: Tables = {
  schema: 'kbnt_requests',
  folder: join(import.meta.dirname, 'request-migrations'),
  first: 'kbnt_requests.processed_message',
  lock: 0x6b_62_72_71, // "kbrq" in ASCII
  maker: 'the operator that leads, with requests.rememberIn,',
}
