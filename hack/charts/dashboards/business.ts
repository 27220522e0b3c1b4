import type { Dashboard } from './dashboard.ts'
import { lines, stat, table } from './panel.ts'
import { byStock, inNamespaces, ofStocks } from './variables.ts'

const each = (metric: string): string => `sum by (${byStock}) (kbnt_virtual_stock_${metric}{${ofStocks}})`
const all = (metric: string): string => `sum(kbnt_virtual_stock_${metric}{${ofStocks}})`
const atLevel = (level: string): string => `sum(kbnt_virtual_stock_level{level="${level}", ${ofStocks}})`
const rateOf = (metric: string, label: string): string =>
  `sum by (${label}) (rate(kbnt_virtual_stock_operations_${metric}_total{${ofStocks}}[$__rate_interval]))`

const least = `bottomk(20, ${each('available')})`
const longest = `topk(20, ${each('waiting')} > 0)`

export const business: Dashboard = {
  name: 'business',
  title: 'KBNT business',
  description: 'What there is, what is out, who waits and who is refused.',
  variables: ['namespace', 'product', 'stock'],
  panels: [
    stat({ title: 'Stocks', description: 'Stocks that are chosen above, at any level.' }, all('level')),
    stat(
      { title: 'Sold out', description: 'Stocks with nothing left. New reservations wait or are refused.' },
      atLevel('Exhausted'),
    ),
    stat({ title: 'Critical', description: 'Stocks at or below spec.thresholds.critical.' }, atLevel('Critical')),
    stat({ title: 'Low', description: 'Stocks at or below spec.thresholds.low.' }, atLevel('Low')),
    stat(
      {
        title: 'Active reservations',
        description: 'Reservations in the namespaces chosen that hold or have confirmed units.',
      },
      `sum(kbnt_virtual_reservations_active{${inNamespaces}})`,
    ),
    stat({ title: 'Waiting', description: 'Reservations that stand in a line for units.' }, all('waiting')),
    stat(
      { title: 'Share that is out', description: 'Units held or confirmed, of all that exist.', unit: 'percentunit' },
      `(${all('reserved')} + ${all('confirmed')}) / (${all('quantity')} > 0)`,
    ),
    {
      ...stat(
        { title: 'Worth', description: 'Price times quantity of all units, in each currency.', unit: 'short' },
        `sum by (currency) (kbnt_virtual_stock_value{${ofStocks}})`,
        '{{currency}}',
      ),
      width: 20,
    },
    table(
      {
        title: 'The 20 stocks with the least left',
        description: 'Their numbers now. Available = what can be reserved.',
      },
      [least, 'available'],
      [`${each('quantity')} and ${least}`, 'quantity'],
      [`${each('reserved')} and ${least}`, 'reserved'],
      [`${each('confirmed')} and ${least}`, 'confirmed'],
    ),
    table(
      {
        title: 'The 20 longest lines',
        description: 'Stocks for which most reservations wait, and what they have left.',
      },
      [longest, 'waiting'],
      [`${each('available')} and ${longest}`, 'available'],
    ),
    table(
      {
        title: 'The 20 busiest stocks',
        description: 'Operations a second, on average over the time that is shown.',
        unit: 'ops',
      },
      [
        `topk(20, sum by (${byStock}) (rate(kbnt_virtual_stock_operations_successful_total{${ofStocks}}[$__range])))`,
        'operations',
      ],
    ),
    table(
      { title: 'The 20 stocks that refuse most', description: 'Refusals within the time that is shown, by reason.' },
      [
        `topk(20, sum by (${byStock}, reason) (increase(kbnt_virtual_stock_operations_failed_total{${ofStocks}}[$__range])) > 0)`,
        'refusals',
      ],
    ),
    lines(
      { title: 'Units', description: 'Of all stocks that are chosen, summed up.' },
      [all('available'), 'available'],
      [all('reserved'), 'reserved'],
      [all('confirmed'), 'confirmed'],
    ),
    lines({ title: 'Lines', description: 'Reservations that wait, of all stocks that are chosen.' }, [
      all('waiting'),
      'waiting',
    ]),
    lines({ title: 'Operations', description: 'What was decided, a second.', unit: 'ops' }, [
      rateOf('successful', 'operation'),
      '{{operation}}',
    ]),
    lines({ title: 'Refusals', description: 'What was refused, a second, and why.', unit: 'ops' }, [
      rateOf('failed', 'reason'),
      '{{reason}}',
    ]),
  ],
}
