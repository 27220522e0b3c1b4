import { levelAlerts } from '../../application/alerts/level-alerts.ts'
import { alertmanager } from '../../infrastructure/alertmanager/alertmanager.ts'
import { memberOfGroup } from './member-of-group.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** Levels of stocks as alerts of Alertmanager. */
export function alertsFlow(parts: FlowParts): RunningFlow {
  const { settings, clock, logger, metrics } = parts
  const { alertmanagers, repeatEveryMs, group, topics, deadLetterTopic } = settings.worker.alerts
  const receivers = alertmanagers.map((one) => alertmanager(one, clock))
  const flow = levelAlerts({
    ...{ clock, logger, receivers, repeatMs: repeatEveryMs },
    isMember: () => member.isMember(),
    onPost: (receiver, result) => metrics.alertsPosted(receiver, result),
  })
  const member = memberOfGroup(parts, {
    ...{ name: 'alerts', flow, notReady: flow.notReady, openAlerts: () => flow.open },
    topics: { group, topics, deadLetterTopic, delaysMs: [] }, // a level that is told later than the next one is wrong
    ...{ begin: flow.start, end: flow.stop },
    close: () => Promise.all(receivers.map((receiver) => receiver.close())),
  })
  return member
}
