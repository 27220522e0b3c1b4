import { levelAlerts } from '../../application/alerts/level-alerts.ts'
import { hitchOf, patiently } from '../../application/patience.ts'
import { alertmanager } from '../../infrastructure/alertmanager/alertmanager.ts'
import { topicConsumer } from '../../infrastructure/kafka/consumer/topic-consumer.ts'
import { createTopics } from '../../infrastructure/kafka/topics.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

const PARTITIONS = 3
/** What a topic takes where nobody says otherwise, and room for the headers that say why a letter is dead. */
const LETTER_BYTES = 1_048_588 + 64 * 1024

/** Levels of stocks as alerts of Alertmanager. */
export function alertsFlow({ settings, kafka, clock, logger, metrics }: FlowParts): RunningFlow {
  const { alertmanagers, repeatEveryMs, group, topics, deadLetterTopic } = settings.worker.alerts
  const receivers = alertmanagers.map((one) => alertmanager(one, clock))
  const flow = levelAlerts({
    ...{ clock, logger, receivers, repeatMs: repeatEveryMs },
    isMember: () => consumer.isMember(),
    onPost: (receiver, result) => metrics.alertsPosted(receiver, result),
  })
  const consumer = topicConsumer({
    ...{ flow, connection: kafka, clock, logger, observer: metrics.consumer(group) },
    ...{ group, topics, deadLetterTopic, delaysMs: [] }, // a level that is told later than the next one is wrong
  })
  metrics.readFrom({ group, lags: consumer.lags, waiting: consumer.waiting, openAlerts: () => flow.open })

  async function create(): Promise<void> {
    const wanted = [{ name: deadLetterTopic, partitions: PARTITIONS, maxMessageBytes: LETTER_BYTES }]
    const onTrouble = (message: string, fields: Record<string, unknown>) => logger.warn(message, fields)
    const parts = { clock, onRetry: () => undefined, onTrouble }
    await patiently(parts, { operation: 'create topics', fields: {} }, async () => {
      try {
        return { kind: 'done', value: await createTopics(kafka, wanted, logger) }
      } catch (error) {
        return { kind: 'failed', hitch: hitchOf(error) }
      }
    })
  }

  return {
    name: 'alerts',
    start() {
      if (kafka.createTopics) void create()
      consumer.start()
      flow.start()
    },
    notReady: () => consumer.notReady() ?? flow.notReady(),
    stuck: consumer.stuck,
    async stop(graceMs) {
      flow.stop()
      const clean = await consumer.stop(graceMs)
      await Promise.all(receivers.map((receiver) => receiver.close()))
      return clean
    },
  }
}
