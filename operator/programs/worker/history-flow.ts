import { keepHistory } from '../../application/history/keep-history.ts'
import { topicConsumer } from '../../infrastructure/kafka/consumer/topic-consumer.ts'
import { postgresHistory } from '../../infrastructure/postgres/history/postgres-history.ts'
import { HISTORY, historyTables } from '../../infrastructure/postgres/history-tables.ts'
import { flowDatabase } from './flow-database.ts'
import { deadLetters, flowTopics } from './flow-topics.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** What stocks have decided, kept in a database. */
export function historyFlow(parts: FlowParts): RunningFlow {
  const { settings, kafka, clock, logger, metrics } = parts
  const { group, topics, deadLetterTopic } = settings.worker.history
  const database = flowDatabase(parts, historyTables())
  const flow = keepHistory({
    ...{ clock, logger, store: postgresHistory(database.pool, HISTORY), notReady: database.notReady },
    ...{ onStored: metrics.historyStored, onFinding: metrics.historyFound },
  })
  const consumer = topicConsumer({
    ...{ flow, connection: kafka, clock, logger, observer: metrics.consumer(group) },
    ...{ group, topics, deadLetterTopic, delaysMs: [] }, // what can't be kept now waits where it is
  })
  const notReady = () => consumer.notReady() ?? database.notReady()
  metrics.readFrom({ group, lags: consumer.lags, waiting: consumer.waiting, ready: () => notReady() === undefined })

  return {
    name: 'history',
    start() {
      flowTopics({ kafka, clock, logger }, [deadLetters(deadLetterTopic)])
      database.start()
      consumer.start()
    },
    notReady,
    stuck: consumer.stuck,
    async stop(graceMs) {
      const clean = await consumer.stop(graceMs)
      await database.close()
      return clean
    },
  }
}
