import type { Dashboard } from './dashboard.ts'
import { lines, stat } from './panel.ts'
import { ours, within } from './variables.ts'

const ended = (status: string): string =>
  `sum(increase(kbnt_orders_total{status="${status}", ${ours}}[$__rate_interval]))`

export const orders: Dashboard = {
  name: 'orders',
  title: 'KBNT orders',
  description: 'Orders with their stock and their money, and the services that they need.',
  variables: [],
  panels: [
    stat(
      {
        title: 'Orders that need somebody',
        description: 'Nobody knows where their money or their stock is. Should be 0.',
      },
      `sum(kbnt_orders_needing_attention{${ours}})`,
    ),
    stat(
      {
        title: 'Late charges',
        description: 'Orders whose money was taken after they were cancelled, within the time that is shown.',
      },
      `sum(increase(kbnt_orders_late_charges_total{${ours}}[$__range]))`,
    ),
    stat(
      { title: 'Services left alone', description: 'Services whose circuit breaker is open: 1 = left alone.' },
      `max by (service) (kbnt_order_service_breaker{state="open", ${ours}})`,
      '{{service}}',
    ),
    lines(
      { title: 'Orders that are over', description: 'Within each interval; completed = paid and sold.' },
      [ended('completed'), 'completed'],
      [ended('cancelled'), 'cancelled'],
    ),
    lines(
      { title: 'Time of an order', description: 'From its creation until it was over.', unit: 's' },
      [within(0.5, 'kbnt_order_duration_seconds'), '50 %'],
      [within(0.95, 'kbnt_order_duration_seconds'), '95 %'],
    ),
    lines(
      {
        title: 'Time of a payment',
        description: 'From when a call was intended until what came of it was known, 95 %, by what came of it.',
        unit: 's',
      },
      [within(0.95, 'kbnt_payment_duration_seconds', 'result'), '{{result}}'],
    ),
    lines(
      {
        title: 'Calls of services',
        description: 'By the status of the answer; lost = no answer, unsent = it could not be asked.',
        unit: 'ops',
      },
      [
        `sum by (service, result) (rate(kbnt_order_service_calls_total{${ours}}[$__rate_interval]))`,
        '{{service}} {{result}}',
      ],
    ),
    lines({ title: 'Time of a call', description: 'Whatever came of it, 95 %.', unit: 's' }, [
      within(0.95, 'kbnt_order_service_call_seconds', 'service'),
      '{{service}}',
    ]),
  ],
}
