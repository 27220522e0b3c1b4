import { type LogEntry, logLevel } from 'kafkajs'
import type { Logger } from '../../application/logger.ts'

/** Parts of the library that cry at every refused connection; whoever called learns of it and says it once. */
const noisy = new Set([
  'Connection',
  'ConnectionPool',
  'BrokerPool',
  'Cluster',
  'Producer',
  'RequestQueue',
  'ConsumerGroup',
])

/** What to ask the library for: building its debug lines is costly. */
export function kafkaLogLevel(logger: Logger): logLevel {
  return logger.enabled('debug') ? logLevel.DEBUG : logLevel.WARN
}

/** Routes the library's lines to `logger`, as debug where the caller reports the same fault; silent once `muted`. */
export function kafkaLogs(logger: Logger, muted: () => boolean): () => (entry: LogEntry) => void {
  const target = logger.child({ component: 'kafkajs' })
  return () => (entry) => {
    if (muted()) return
    const { message, logger: _library, timestamp: _timestamp, stack: _stack, ...rest } = entry.log
    const fields = { ...rest, part: entry.namespace }
    if (entry.level > logLevel.WARN || noisy.has(entry.namespace)) target.debug(message, fields)
    else target.warn(message, fields)
  }
}
