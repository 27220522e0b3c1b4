import type { Dashboard } from './dashboard.ts'
import { lines, stat } from './panel.ts'
import { ours, within } from './variables.ts'

const ofAll = (metric: string): string => `sum(${metric}{${ours}})`

export const kafka: Dashboard = {
  name: 'kafka',
  title: 'KBNT events on Kafka',
  description: 'Events on their way to the topics.',
  variables: [],
  panels: [
    stat(
      {
        title: 'Brokers',
        description: 'Whether they answered each install when last asked: 1 = yes. Nothing without Kafka.',
      },
      `max by (kbnt_install) (kbnt_amq_reachable{${ours}})`,
      '{{kbnt_install}}',
    ),
    stat(
      { title: 'Undelivered', description: 'Events that some topic has not acknowledged yet.' },
      ofAll('kbnt_events_undelivered'),
    ),
    stat(
      { title: 'Spooled', description: 'Events stored in etcd until their topics take them.' },
      ofAll('kbnt_events_spooled'),
    ),
    stat(
      {
        title: 'Room for spools',
        description: 'What stored events take of events.maxSpooledBytes. At 100 % they stay in the journals.',
        unit: 'percentunit',
      },
      `max(kbnt_events_spooled_bytes{${ours}} / (kbnt_events_spool_limit_bytes{${ours}} > 0))`,
    ),
    stat(
      { title: 'Lost', description: 'Events in spools that somebody deleted. Should be 0.' },
      ofAll('kbnt_events_lost_total'),
    ),
    lines(
      { title: 'On their way', description: 'Under load there are always some; spooled ones wait for a topic.' },
      [ofAll('kbnt_events_undelivered'), 'undelivered'],
      [ofAll('kbnt_events_spooled'), 'spooled'],
    ),
    lines(
      { title: 'Delivery', description: 'From the decision to the last acknowledgement of its event.', unit: 's' },
      [within(0.5, 'kbnt_event_delivery_seconds'), '50 %'],
      [within(0.99, 'kbnt_event_delivery_seconds'), '99 %'],
    ),
    lines({ title: 'Sent', description: 'Messages a second that each topic has acknowledged.', unit: 'ops' }, [
      `sum by (topic) (rate(kbnt_amq_messages_sent_total{${ours}}[$__rate_interval]))`,
      '{{topic}}',
    ]),
    lines(
      {
        title: 'Not acknowledged',
        description: 'Batches a second, by topic, and whether it refused them or was away.',
        unit: 'ops',
      },
      [`sum by (topic, kind) (rate(kbnt_amq_batches_failed_total{${ours}}[$__rate_interval]))`, '{{topic}}: {{kind}}'],
    ),
  ],
}
