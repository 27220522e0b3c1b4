import type { Dashboard } from './dashboard.ts'
import { lines, stat } from './panel.ts'
import { ours } from './variables.ts'

const worst = (metric: string): string => `max by (database) (${metric}{${ours}})`

export const databases: Dashboard = {
  name: 'databases',
  title: 'KBNT databases',
  description: 'Stocks whose books are in PostgreSQL.',
  variables: [],
  panels: [
    stat(
      { title: 'Databases', description: 'Whether each answered when last asked, to all that asked: 1 = yes.' },
      `min by (database) (kbnt_database_up{${ours}})`,
      '{{database}}',
    ),
    stat(
      {
        title: 'Room for events',
        description: 'What undelivered events take of what they may. At 100 % nothing new is held.',
        unit: 'percentunit',
      },
      `max by (database) (kbnt_outbox_bytes{${ours}} / (kbnt_outbox_limit_bytes{${ours}} > 0))`,
      '{{database}}',
    ),
    lines(
      {
        title: 'Undelivered events',
        description: 'What they take in the database until Kafka has them.',
        unit: 'bytes',
      },
      [worst('kbnt_outbox_bytes'), '{{database}}'],
    ),
    lines({ title: 'Oldest undelivered event', description: 'For how long it has waited for Kafka.', unit: 's' }, [
      worst('kbnt_outbox_oldest_seconds'),
      '{{database}}',
    ]),
    lines(
      {
        title: 'Behind the database',
        description: 'For how long a VirtualStock has shown something else than its row says.',
        unit: 's',
      },
      [worst('kbnt_mirror_lag_seconds'), '{{database}}'],
    ),
    lines(
      {
        title: 'Holds that are over',
        description: 'How long ago the one ended that is over for longest and not given back yet.',
        unit: 's',
      },
      [worst('kbnt_rows_expiry_lag_seconds'), '{{database}}'],
    ),
    lines(
      {
        title: 'Oldest open transaction',
        description: 'While one is open, what was changed since can not be cleared away, and sales get slower.',
        unit: 's',
      },
      [worst('kbnt_database_oldest_snapshot_seconds'), '{{database}}'],
    ),
  ],
}
