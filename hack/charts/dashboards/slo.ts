import type { Dashboard } from './dashboard.ts'
import { lines, stat } from './panel.ts'
import { ofOperators, ours, within } from './variables.ts'

const shareWithin1s = (range: string): string =>
  `sum(rate(kbnt_reservation_latency_seconds_bucket{le="1", ${ours}}[${range}])) / sum(rate(kbnt_reservation_latency_seconds_count{${ours}}[${range}]))`
const ourSum = (metric: string, range: string): string => `sum(${ofOperators(`rate(${metric}{${ours}}[${range}])`)})`
const errorShare = (range: string): string =>
  `${ourSum('controller_runtime_reconcile_errors_total', range)} / ${ourSum('controller_runtime_reconcile_total', range)}`

export const slo: Dashboard = {
  name: 'slo',
  title: 'KBNT objectives',
  description: 'What users feel, over the time that is shown.',
  variables: [],
  panels: [
    stat(
      {
        title: 'Reserved within 1 s',
        description:
          'Share of reservations that got their units within a second of their creation, without waiting in a line.',
        unit: 'percentunit',
      },
      shareWithin1s('$__range'),
    ),
    stat(
      {
        title: 'Work that failed',
        description: 'Share of reconciliations that ended in an error and were tried again.',
        unit: 'percentunit',
      },
      errorShare('$__range'),
    ),
    stat(
      {
        title: 'With a leader',
        description: 'Share of the time that some replica led, while any was scraped; of the worst install.',
        unit: 'percentunit',
      },
      `min(avg_over_time((max by (kbnt_install) (${ofOperators(`leader_election_master_status{${ours}}`)}))[$__range:$__rate_interval]))`,
    ),
    stat(
      {
        title: 'Guard',
        description: 'Writes that the API server refused because they would have oversold. Should be 0.',
      },
      `sum(increase(kbnt_ledger_guard_rejections_total{${ours}}[$__range]))`,
    ),
    stat(
      {
        title: 'Lost events',
        description: 'Events in spools that somebody deleted within the time that is shown. Should be 0.',
      },
      `sum(increase(kbnt_events_lost_total{${ours}}[$__range]))`,
    ),
    lines(
      {
        title: 'From wish to hold',
        description: 'Creation of a reservation to its hold, time in a line included.',
        unit: 's',
      },
      [within(0.5, 'kbnt_reservation_latency_seconds'), '50 %'],
      [within(0.99, 'kbnt_reservation_latency_seconds'), '99 %'],
    ),
    lines(
      { title: 'Reserved within 1 s', description: 'Share of reservations, in each interval.', unit: 'percentunit' },
      [shareWithin1s('$__rate_interval'), 'within 1 s'],
    ),
    lines(
      { title: 'In line', description: 'How long reservations waited that had to, however it ended.', unit: 's' },
      [within(0.5, 'kbnt_reservation_wait_seconds'), '50 %'],
      [within(0.9, 'kbnt_reservation_wait_seconds'), '90 %'],
    ),
    lines({ title: 'Late ends', description: 'From the deadline of a hold to its end, 99 %.', unit: 's' }, [
      within(0.99, 'kbnt_expiry_lag_seconds'),
      '99 %',
    ]),
    lines(
      { title: 'Delivery of events', description: 'From the decision to the last acknowledgement, 99 %.', unit: 's' },
      [within(0.99, 'kbnt_event_delivery_seconds'), '99 %'],
    ),
    lines({ title: 'Boot of machines', description: 'From the provider to a machine that runs, 95 %.', unit: 's' }, [
      within(0.95, 'kbnt_vm_boot_time_seconds'),
      '95 %',
    ]),
  ],
}
