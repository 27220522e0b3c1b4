import type { Dashboard } from './dashboard.ts'
import { lines, stat, table } from './panel.ts'
import { byStock, inNamespaces, ofOperators, ours, within } from './variables.ts'

const rateOf = (metric: string): string => `sum(rate(${metric}{${ours}}[$__rate_interval]))`
const ourRate = (metric: string, by: string): string =>
  `sum by (${by}) (${ofOperators(`rate(${metric}{${ours}}[$__rate_interval])`)})`
const slowest = (histogram: string, by: string): string =>
  `histogram_quantile(0.99, ${ourRate(`${histogram}_bucket`, `le, ${by}`)})`

export const engine: Dashboard = {
  name: 'engine',
  title: 'KBNT engine',
  description: 'How the operator works: decisions, queues, the API server, its own process.',
  variables: ['namespace'],
  panels: [
    stat(
      { title: 'Leaders', description: 'Replicas that lead: one for each install.' },
      `sum by (kbnt_install) (${ofOperators(`leader_election_master_status{${ours}}`)})`,
      '{{kbnt_install}}',
    ),
    stat(
      { title: 'Served namespaces', description: 'Of those that are watched; all of a cluster count as one.' },
      `sum(kbnt_served_namespaces{${ours}})`,
    ),
    stat(
      { title: 'Not served', description: "Watched namespaces that can't be listed. Should be 0." },
      `sum(kbnt_unlisted_namespaces{${ours}}) or vector(0)`,
    ),
    stat(
      {
        title: 'Halted stocks',
        description: 'Stocks that decide nothing, because their books can not be trusted. Should be 0.',
      },
      `sum(kbnt_stocks_halted{${ours}})`,
    ),
    stat(
      {
        title: 'Orphaned holds',
        description: 'Deleted reservations that still have their units after a minute. Should be 0.',
      },
      `sum(kbnt_orphaned_holds{${ours}})`,
    ),
    stat(
      {
        title: 'Clock',
        description: 'How far the clock is ahead, where that is too far to decide anything; else 0.',
        unit: 's',
      },
      `max(kbnt_clock_skew_seconds{${ours}})`,
    ),
    table(
      {
        title: '20 stocks that are not open',
        description: 'What they do instead, and why, as in their condition Ready.',
      },
      [
        `topk(20, sum by (kbnt_install, $namespace_label, stock, mode, reason) (kbnt_stock_mode{mode!="open", ${inNamespaces}}))`,
        'stocks',
      ],
    ),
    table(
      {
        title: 'The 20 stocks that keep people waiting',
        description: 'Age of the oldest command, where above 5 s.',
        unit: 's',
      },
      [
        `topk(20, max by (kbnt_install, $namespace_label, stock) (kbnt_stock_oldest_command_age_seconds{${inNamespaces}}))`,
        'waits for',
      ],
    ),
    lines(
      { title: 'Commit', description: 'Time of a write of a stock: what every decision waits for.', unit: 's' },
      [within(0.5, 'kbnt_ledger_commit_seconds'), '50 %'],
      [within(0.99, 'kbnt_ledger_commit_seconds'), '99 %'],
    ),
    lines(
      { title: 'Decisions', description: 'Entries a second, and in each write: many share one under load.' },
      [rateOf('kbnt_ledger_batch_entries_sum'), 'a second'],
      [`${rateOf('kbnt_ledger_batch_entries_sum')} / ${rateOf('kbnt_ledger_batch_entries_count')}`, 'in a write'],
    ),
    lines(
      {
        title: 'Trouble with writes',
        description: 'A second: conflicts, lost answers, refused by the guard, written by others.',
        unit: 'ops',
      },
      [rateOf('kbnt_ledger_conflicts_total'), 'conflicts'],
      [rateOf('kbnt_ledger_unknown_outcomes_total'), 'lost answers'],
      [rateOf('kbnt_ledger_guard_rejections_total'), 'guard'],
      [rateOf('kbnt_ledger_foreign_writes_total'), 'foreign'],
    ),
    lines(
      {
        title: 'Oldest command',
        description: 'How long the command that waits longest has waited for its decision.',
        unit: 's',
      },
      [`max(kbnt_ledger_oldest_command_age_seconds{${ours}})`, 'waits for'],
    ),
    lines({ title: 'What stocks do', description: 'How many are open, paused, halted and so on.' }, [
      `count by (mode) (kbnt_stock_mode{${inNamespaces}})`,
      '{{mode}}',
    ]),
    table(
      { title: 'The 20 fullest journals', description: 'Entries that are committed but not finished; 256 is full.' },
      [`topk(20, sum by (${byStock}) (kbnt_ledger_pending_entries{${inNamespaces}}) > 0)`, 'entries'],
    ),
    lines({ title: 'Queues', description: 'Keys that wait for a worker.' }, [
      `max by (name) (${ofOperators(`workqueue_depth{${ours}}`)})`,
      '{{name}}',
    ]),
    lines({ title: 'Reconcile, 99 %', description: 'Time of the work on one key.', unit: 's' }, [
      slowest('controller_runtime_reconcile_time_seconds', 'controller'),
      '{{controller}}',
    ]),
    lines(
      { title: 'Reconcile errors', description: 'Work that has failed, a second; it is tried again.', unit: 'ops' },
      [ourRate('controller_runtime_reconcile_errors_total', 'controller'), '{{controller}}'],
    ),
    lines({ title: 'What is tried again', description: 'What has failed, a second, and why.', unit: 'ops' }, [
      `sum by (operation, cause) (rate(kbnt_retries_total{${ours}}[$__rate_interval]))`,
      '{{operation}}: {{cause}}',
    ]),
    lines({ title: 'API requests', description: 'A second, by the answer.', unit: 'reqps' }, [
      ourRate('rest_client_requests_total', 'code'),
      '{{code}}',
    ]),
    lines({ title: 'API server, 99 %', description: 'Time of requests to it.', unit: 's' }, [
      slowest('rest_client_request_duration_seconds', 'verb'),
      '{{verb}}',
    ]),
    lines(
      {
        title: 'Watches',
        description: 'Time since each brought something; a bookmark comes every minute or so.',
        unit: 's',
      },
      [
        `time() - max by (resource) (${ofOperators(`kbnt_reflector_last_event_timestamp_seconds{${ours}}`)})`,
        '{{resource}}',
      ],
    ),
    lines(
      { title: 'Watches that broke', description: 'Watches started again and full lists, a second.', unit: 'ops' },
      [ourRate('kbnt_reflector_restarts_total', 'resource'), '{{resource}} started again'],
      [ourRate('kbnt_reflector_relists_total', 'resource'), '{{resource}} listed again'],
    ),
    lines({ title: 'Memory', description: 'What each process takes.', unit: 'bytes' }, [
      ofOperators(`process_resident_memory_bytes{${ours}}`),
      '{{pod}}',
    ]),
    lines(
      {
        title: 'CPU and event loop',
        description: 'Cores that each process uses, and how late its event loop is (99 %, seconds).',
      },
      [ofOperators(`rate(process_cpu_seconds_total{${ours}}[$__rate_interval])`), '{{pod}} cores'],
      [ofOperators(`nodejs_eventloop_lag_p99_seconds{${ours}}`), '{{pod}} late'],
    ),
  ],
}
