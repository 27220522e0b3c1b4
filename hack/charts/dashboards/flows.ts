import type { Dashboard } from './dashboard.ts'
import { lines, stat, table } from './panel.ts'
import { ours, within } from './variables.ts'

const ofGroup = (metric: string): string => `sum by (consumer_group) (${metric}{${ours}})`
const rateOf = (metric: string, by: string): string => `sum by (${by}) (rate(${metric}{${ours}}[$__rate_interval]))`

export const flows: Dashboard = {
  name: 'flows',
  title: 'KBNT flows',
  description: 'What workers do with the messages of topics, how far they are, and what they call.',
  variables: [],
  panels: [
    stat(
      { title: 'Workers that read', description: 'Members with a place in the group, that do its work.' },
      ofGroup('kbnt_flow_ready'),
      '{{consumer_group}}',
    ),
    stat(
      { title: 'Partitions that wait', description: 'Their first message can not go on. Should be 0.' },
      ofGroup('kbnt_consumer_waiting_partitions'),
      '{{consumer_group}}',
    ),
    stat(
      {
        title: 'Targets left alone',
        description: 'Targets of the flow integration whose circuit breaker is open at a worker: 1 = left alone.',
      },
      `max by (target) (kbnt_integration_breaker{state="open", ${ours}})`,
      '{{target}}',
    ),
    stat(
      {
        title: 'Events that nobody knows of',
        description: 'Whether the target has them; somebody has to look there. Should be 0.',
      },
      `max by (target) (kbnt_integration_unsettled_rows{status="NEEDS_ATTENTION", ${ours}})`,
      '{{target}}',
    ),
    lines({ title: 'Behind', description: 'Messages that the group has not committed.' }, [
      ofGroup('kafka_consumer_lag'),
      '{{consumer_group}}',
    ]),
    lines({ title: 'Behind, in time', description: 'Age of what was handled last, while there is more.', unit: 's' }, [
      `max by (consumer_group) (kbnt_consumer_lag_seconds{${ours}})`,
      '{{consumer_group}}',
    ]),
    lines({ title: 'Messages handled', description: 'Repetitions included.', unit: 'ops' }, [
      rateOf('kafka_messages_consumed_total', 'consumer_group'),
      '{{consumer_group}}',
    ]),
    table({ title: 'Dead letters', description: 'Messages that nothing could be done with, within the time shown.' }, [
      `sum by (consumer_group, reason) (increase(kbnt_messages_dead_total{${ours}}[$__range]))`,
      'messages',
    ]),
    lines({ title: 'Tries that had to wait', description: 'Because what the flow calls is away or refuses it.' }, [
      rateOf('kbnt_consumer_waits_total', 'consumer_group, cause'),
      '{{consumer_group}} {{cause}}',
    ]),
    lines(
      {
        title: 'Calls of the target',
        description: 'By the status of the answer; lost = no answer, unsent = it could not be asked.',
        unit: 'ops',
      },
      [rateOf('kbnt_integration_calls_total', 'target, result'), '{{target}} {{result}}'],
    ),
    lines({ title: 'Time of a call of the target', description: 'Whatever came of it, 95 %.', unit: 's' }, [
      within(0.95, 'kbnt_integration_call_seconds', 'target'),
      '{{target}}',
    ]),
    lines({ title: 'Requests that are over', description: 'By type and what became of them.', unit: 'ops' }, [
      rateOf('kbnt_virtualization_requests_total', 'type, status'),
      '{{type}} {{status}}',
    ]),
    lines({ title: 'Time of a request', description: 'From its creation until it was over, 95 %.', unit: 's' }, [
      within(0.95, 'kbnt_request_processing_duration_seconds'),
      '95 %',
    ]),
    lines({ title: 'Lines put to the index', description: 'What became of them, tries included.', unit: 'ops' }, [
      rateOf('kbnt_log_index_lines_total', 'result'),
      '{{result}}',
    ]),
    lines({ title: 'Posts to Alertmanagers', description: 'Taken, refused, or it was away.', unit: 'ops' }, [
      rateOf('kbnt_alertmanager_posts_total', 'alertmanager, result'),
      '{{alertmanager}} {{result}}',
    ]),
  ],
}
