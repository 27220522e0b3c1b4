import { emptyBalances } from '../../../domain/stock/balances.ts'
import type { Clock } from '../../clock.ts'
import { jointPatience } from '../../joint-patience.ts'
import type { Author } from '../../ledger/statement.ts'
import type { StockLedger, StockStatus, WriteResult } from '../../ledger/stock-ledger.ts'
import { type NotReady, type StatusParts, stockStatus } from '../../ledger/stock-status.ts'
import type { PatienceParts } from '../../patience.ts'
import { sameValue } from '../../same-value.ts'
import { isSetBack } from '../set-back.ts'
import type { LedRowStock } from './led-row-stocks.ts'
import type { LedRow } from './stock-rows.ts'
import { latestSeen } from './why-row-not-ready.ts'

export interface TellingParts extends PatienceParts {
  readonly clock: Clock
  readonly ledger: Pick<StockLedger, 'append'>
  readonly author: Author
  /** Why a stock hands nothing out; undefined = it does, or nothing is known of it. */
  readonly whyNotReady: (led: LedRowStock) => NotReady | undefined
  /** Has each namespace wait for nothing but its own writes, and bounds those that are under way. */
  readonly fairly: <T>(namespace: string, write: () => Promise<T>) => Promise<T>
  /** Told of each stock whose row is known, when its status is to say so. */
  readonly onRow: (row: LedRow) => void
}

/**
 * Writes what is known of stocks whose books are rows into the statuses of their objects, where these don't say so. Returns
 * at once: a stock has one write under way, and whoever asks meanwhile asks again. What is not written is tried with the
 * next call.
 */
export function telling(parts: TellingParts): (stocks: Iterable<LedRowStock>) => void {
  const tries = jointPatience<string>(parts, 'write the status of a stock whose books are rows')
  let attempt = 0

  async function tell(led: LedRowStock): Promise<void> {
    const { stock, row } = led
    led.isUntold = false
    const status = statusOf(parts, led, attempt + 1)
    if (typeof row === 'object') parts.onRow(row)
    if (!status || isTold(status, stock.status)) return
    attempt += 1
    led.isTelling = true
    const write = parts.fairly(stock.namespace, () => parts.ledger.append(stock, status))
    const result = await write.finally(() => {
      led.isTelling = false
    })
    // else the watch has shown a later version meanwhile, or this one
    if (result.kind === 'committed' && led.stock === stock) led.stock = { ...result.stock, database: stock.database }
    if (result.kind !== 'committed') led.isUntold = true
    note(result, stock.namespace)
  }

  function note(result: WriteResult, namespace: string): void {
    if (result.kind === 'committed' || result.kind === 'gone') tries.over(namespace)
    else if (result.kind !== 'conflict') tries.failed(namespace, namespace, new Error(reasonOf(result)))
  }

  return (stocks) => {
    for (const led of stocks) {
      if (!led.isUntold || led.isTelling) continue
      // what one of them can't bear keeps no other from being told
      tell(led).catch((error: unknown) => {
        led.isUntold = true
        tries.failed(led.stock.namespace, led.stock.namespace, error)
      })
    }
  }
}

function reasonOf(result: WriteResult): string {
  return 'reason' in result ? result.reason : result.kind
}

/** Undefined = there is nothing to say yet. */
function statusOf(parts: TellingParts, led: LedRowStock, attempt: number): StockStatus | undefined {
  const { stock, row } = led
  const notReady = parts.whyNotReady(led)
  const { servedBy, ...author } = parts.author
  const common = {
    ...{ waiting: 0, pending: [], notReady, spooled: 0, servedBy, before: stock.status?.conditions ?? [] },
    head: { kind: 'Postgres' as const, format: 1, ...author, attempt },
    now: new Date(parts.clock.now()).toISOString(),
  }
  if (typeof row === 'object' && !isSetBack(row, latestSeen(led)))
    return stockStatus({ ...common, generation: row.generation, terms: row.terms, balances: row.balances })
  return notReady && complaint(stock, common)
}

type Said = Omit<StatusParts, 'generation' | 'terms' | 'balances'>

/** Without a row that can be trusted the balances stay as they were told last. */
function complaint({ generation, terms, status }: LedRowStock['stock'], common: Said): StockStatus {
  const balances = { ...emptyBalances, at: Date.parse(common.now) }
  const said = stockStatus({ ...common, generation, terms, balances })
  if (!status) return said
  const { writer, term, attempt } = said.ledger
  return {
    ...status,
    servedBy: common.servedBy,
    ledger: { ...status.ledger, writer, term, attempt },
    conditions: said.conditions,
  }
}

/** Who has written it last is nobody's concern. */
function isTold(status: StockStatus, before: StockStatus | undefined): boolean {
  return before !== undefined && sameValue(withoutAuthor(status), withoutAuthor(before))
}

function withoutAuthor({ ledger: { term: _, writer: __, attempt: ___, ...ledger }, ...status }: StockStatus): object {
  return { ...status, ledger }
}
