import { levelAlerts } from '../../application/alerts/level-alerts.ts'
import { alertmanager } from '../../infrastructure/alertmanager/alertmanager.ts'
import { topicConsumer } from '../../infrastructure/kafka/consumer/topic-consumer.ts'
import { deadLetters, flowTopics } from './flow-topics.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

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
  const notReady = () => consumer.notReady() ?? flow.notReady()
  metrics.readFrom({
    ...{ group, lags: consumer.lags, waiting: consumer.waiting },
    ...{ ready: () => notReady() === undefined, openAlerts: () => flow.open },
  })

  return {
    name: 'alerts',
    start() {
      flowTopics({ kafka, clock, logger }, [deadLetters(deadLetterTopic)])
      consumer.start()
      flow.start()
    },
    notReady,
    stuck: consumer.stuck,
    async stop(graceMs) {
      flow.stop()
      const clean = await consumer.stop(graceMs)
      await Promise.all(receivers.map((receiver) => receiver.close()))
      return clean
    },
  }
}
