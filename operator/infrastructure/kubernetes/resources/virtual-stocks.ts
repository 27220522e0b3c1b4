import type { StockLedger, StockStatus, StoredStock, WriteResult } from '../../../application/ledger/stock-ledger.ts'
import { parseDurationMs } from '../../../domain/duration.ts'
import type { Entry } from '../../../domain/stock/entry.ts'
import type { StockTerms } from '../../../domain/stock/terms.ts'
import { ifThere } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import { entryOf, entryText } from './entry-text.ts'
import type { VirtualStock, VirtualStockSpec, VirtualStockStatus } from './generated/virtual-stock.ts'
import { failureOf } from './write-result.ts'

export const STOCK_FINALIZER = 'kbnt.io/stock-in-use'
const OPENED = 'kbnt.io/opened'
const FORMERLY = 'kbnt.io/formerly'
const ACCEPT_BOOKS = 'kbnt.io/accept-books'

export const virtualStocks = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'virtualstocks',
  namespaced: true,
} as const

export interface StockLedgerParts {
  readonly client: ResourceClient<VirtualStock>
  /** Absent = all namespaces. Stocks of others are as good as none: nobody leads them. */
  readonly namespaces?: readonly string[]
  readonly onServerDate: (date: number | undefined) => void
}

/** The books of stocks in the status of their VirtualStocks, guarded by resourceVersion. */
export function kubernetesStockLedger({ client, namespaces, onServerDate }: StockLedgerParts): StockLedger {
  async function write(change: () => Promise<{ body: VirtualStock; date: number | undefined }>): Promise<WriteResult> {
    try {
      const { body, date } = await change()
      onServerDate(date)
      return { kind: 'committed', stock: stockFromResource(body) }
    } catch (error) {
      return failureOf(error)
    }
  }

  return {
    async list() {
      const lists = await Promise.all((namespaces ?? [undefined]).map((namespace) => client.list({ namespace })))
      for (const { date } of lists) onServerDate(date)
      return lists.flatMap(({ items }) => items.map(stockFromResource))
    },
    async read(namespace, name) {
      if (namespaces && !namespaces.includes(namespace)) return undefined
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return stockFromResource(answer.body)
    },
    append: (stock, status) => write(() => client.replaceStatus(resourceWithStatus(stock, status))),
    open: (stock) => write(() => client.mergePatch(stock.namespace, stock.name, opening(stock))),
    close: (stock) => write(() => client.mergePatch(stock.namespace, stock.name, closing(stock))),
  }
}

/** What the engine knows of one stored VirtualStock. */
export function stockFromResource({ metadata, spec, status }: VirtualStock): StoredStock {
  const {
    namespace = '',
    name = '',
    uid = '',
    resourceVersion = '',
    generation = 0,
    annotations = {},
    finalizers = [],
  } = metadata
  const openedAs = annotations[OPENED]
  const acceptBooks = annotations[ACCEPT_BOOKS] === uid
  const formerUids = (annotations[FORMERLY] ?? '').split(',').filter((former) => former !== '')
  if (acceptBooks && openedAs !== undefined && openedAs !== uid) formerUids.push(openedAs)
  return {
    namespace,
    name,
    uid,
    position: resourceVersion,
    generation,
    terms: termsFromSpec(spec, name, metadata.deletionTimestamp !== undefined),
    ...(status && { status: storedStatus(status, `${namespace}/${name}`) }),
    ...(openedAs !== undefined && { openedAs }),
    formerUids,
    acceptBooks,
    finalizers,
    guarded: finalizers.includes(STOCK_FINALIZER),
  }
}

function storedStatus({ ledger, ...status }: VirtualStockStatus, key: string): StockStatus {
  const entry = (text: string): Entry => {
    try {
      return entryOf(text)
    } catch (error) {
      throw new Error(`the journal of stock ${key}: ${(error as Error).message}`)
    }
  }
  const pending = (ledger.pending ?? []).map(entry)
  const { conditions = [] } = status // they may be missing where somebody restored a status by hand
  return { ...status, conditions, ledger: { ...ledger, pending } } as unknown as StockStatus
}

function termsFromSpec(spec: VirtualStockSpec, name: string, terminating: boolean): StockTerms {
  const { quantity, safetyStock, reclaimPolicy, price, unit, hold, waitlist } = spec
  return {
    product: spec.product ?? name,
    unit,
    quantity,
    reclaimPolicy,
    safetyStock,
    thresholds: spec.thresholds ?? {},
    hold: { ttlMs: durationMs(hold.ttl), maxTtlMs: durationMs(hold.maxTTL) },
    limits: spec.limits ?? {},
    waitlist: {
      order: waitlist.order,
      maxLength: waitlist.maxLength,
      maxWaitMs: durationMs(waitlist.maxWait),
      maxPriority: waitlist.maxPriority,
    },
    allowedNamespaces: spec.allowedNamespaces,
    paused: spec.paused,
    terminating,
    ...(price && { price }),
  }
}

/** The schema has checked the text; a text that it let through and we can't read stops the stock, not the operator. */
function durationMs(text: string): number {
  return parseDurationMs(text) ?? 0
}

/** All that a PUT of the status reads: identity, the exact version, and the status. */
function resourceWithStatus(
  { namespace, name, uid, position }: StoredStock,
  { ledger, ...status }: StockStatus,
): VirtualStock {
  const metadata = { namespace, name, uid, resourceVersion: position }
  const stored = { ...status, ledger: { ...ledger, pending: ledger.pending.map(entryText) } }
  return { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata, status: stored } as unknown as VirtualStock
}

function opening({ uid, position, openedAs, formerUids, finalizers }: StoredStock): object {
  const former = [...new Set(openedAs !== undefined && openedAs !== uid ? [...formerUids, openedAs] : formerUids)]
  const annotations = {
    [OPENED]: uid,
    ...(former.length > 0 && { [FORMERLY]: former.join(',') }),
    [ACCEPT_BOOKS]: null,
  }
  return {
    metadata: {
      resourceVersion: position,
      uid,
      annotations,
      finalizers: [...new Set([...finalizers, STOCK_FINALIZER])],
    },
  }
}

function closing({ uid, position, finalizers }: StoredStock): object {
  return {
    metadata: { resourceVersion: position, uid, finalizers: finalizers.filter((name) => name !== STOCK_FINALIZER) },
  }
}
