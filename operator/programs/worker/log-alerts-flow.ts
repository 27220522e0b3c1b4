import { failureAlerts } from '../../application/alerts/failure-alerts.ts'
import { alertmanager } from '../../infrastructure/alertmanager/alertmanager.ts'
import { memberOfGroup } from './member-of-group.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** Services of which lines of logs say that something has failed, as alerts of Alertmanager. */
export function logAlertsFlow(parts: FlowParts): RunningFlow {
  const { settings, clock, metrics } = parts
  const { alertmanagers, quietAfterMs: quietMs, mostOpen, group, topics, deadLetterTopic } = settings.worker.logAlerts
  const receivers = alertmanagers.map((one) => alertmanager(one, clock))
  const flow = failureAlerts({ ...{ clock, receivers, quietMs, mostOpen }, onPost: metrics.alertsPosted })
  return memberOfGroup(parts, {
    ...{ name: 'log-alerts', flow, openAlerts: () => flow.open },
    topics: { group, topics, deadLetterTopic, delaysMs: [] }, // what can't be told now waits where it is
    close: () => Promise.all(receivers.map((receiver) => receiver.close())),
  })
}
