import type { Level } from '../stock/level.ts'
import type { StockLevel } from './stock-level.ts'

/** An alert as Alertmanager knows it: its labels are who it is. */
export interface LevelAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
}

const severities: Readonly<Record<Exclude<Level, 'Normal'>, string>> = {
  Low: 'info',
  Critical: 'warning',
  Exhausted: 'critical',
}

/** The alert of a stock at this level; undefined = there is none: it is Normal, or deleted. Each level is an alert of its own. */
export function alertOf(stock: StockLevel): LevelAlert | undefined {
  const { level, namespace, product, uid, cluster, available, quantity, at } = stock
  if (level === undefined || level === 'Normal') return undefined
  return {
    labels: {
      ...{ alertname: 'KbntStockLevel', severity: severities[level], level },
      ...{ cluster, namespace, stock: stock.stock, product, uid },
    },
    annotations: {
      summary: `${namespace}/${stock.stock} is ${level}: ${available} of ${quantity} available`,
    },
    startsAt: at,
  }
}
