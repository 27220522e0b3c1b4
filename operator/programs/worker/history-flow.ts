import { keepHistory } from '../../application/history/keep-history.ts'
import { postgresHistory } from '../../infrastructure/postgres/history/postgres-history.ts'
import { HISTORY, historyTables } from '../../infrastructure/postgres/history-tables.ts'
import { flowDatabase } from './flow-database.ts'
import { memberOfGroup } from './member-of-group.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** What stocks have decided, kept in a database. */
export function historyFlow(parts: FlowParts): RunningFlow {
  const { settings, clock, logger, metrics } = parts
  const { group, topics, deadLetterTopic } = settings.worker.history
  const database = flowDatabase(parts, historyTables())
  const { notReady, start: begin, close } = database
  const flow = keepHistory({
    ...{ clock, logger, store: postgresHistory(database.pool, HISTORY), notReady },
    ...{ onStored: metrics.historyStored, onFinding: metrics.historyFound },
  })
  return memberOfGroup(parts, {
    ...{ name: 'history', flow, notReady, begin, close },
    topics: { group, topics, deadLetterTopic, delaysMs: [] }, // what can't be kept now waits where it is
  })
}
