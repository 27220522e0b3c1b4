import { openMark } from '../../../application/ledger/open-mark.ts'
import {
  type Complaint,
  NotServed,
  type StockLedger,
  type StockStatus,
  type StoredStock,
  type WriteResult,
} from '../../../application/ledger/stock-ledger.ts'
import { ifThere } from '../api-error.ts'
import type { FairShares } from '../fair-shares.ts'
import type { ResourceClient } from '../resource-client.ts'
import { statedChanges } from './change-reason.ts'
import { entryText } from './entry-text.ts'
import type { VirtualStock } from './generated/virtual-stock.ts'
import { readable, reasonsIn } from './readable.ts'
import { harmlessTerms, termsFromSpec } from './stock-terms.ts'
import { booksFromStatus } from './stored-books.ts'
import { failureOf } from './write-result.ts'

export const STOCK_FINALIZER = 'kbnt.io/stock-in-use'
const OPENED = 'kbnt.io/opened'
const FORMERLY = 'kbnt.io/formerly'
const ACCEPT_BOOKS = 'kbnt.io/accept-books'
const DEFAULT_DATABASE = 'default'

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
  /** Whether a watched namespace can be listed; one that can't for now may have any stock. */
  readonly serves: (namespace?: string) => boolean
  readonly onServerDate: (date: number | undefined) => void
  /** Of each namespace in the writes under way. */
  readonly shares: Pick<FairShares, 'run'>
}

/** The books of stocks in the status of their VirtualStocks, guarded by resourceVersion. */
export function kubernetesStockLedger(parts: StockLedgerParts): StockLedger {
  const { client, namespaces, serves, onServerDate, shares } = parts

  /** Each list's own answer is judged as it comes: of one that came long ago the date is no sign of a wrong clock. */
  async function listOne(namespace: string | undefined): Promise<StoredStock[]> {
    const { items, date } = await client.list({ namespace })
    onServerDate(date)
    return items.map(stockFromResource)
  }

  async function write(
    { namespace }: StoredStock,
    change: () => Promise<{ body: VirtualStock; date: number | undefined }>,
  ): Promise<WriteResult> {
    try {
      const { body, date } = await shares.run(namespace, change)
      onServerDate(date)
      return { kind: 'committed', stock: stockFromResource(body) }
    } catch (error) {
      return failureOf(error)
    }
  }

  /** The other conditions are the stored ones: of a stock that can't be read nobody else knows them. */
  async function complain(stock: StoredStock, complaint: Complaint) {
    const { body, date } = await client.get(stock.namespace, stock.name)
    const conditions = complaining(body, complaint, date ?? Date.now())
    if (!conditions) return { body, date }
    const metadata = { resourceVersion: stock.position, uid: stock.uid }
    return client.mergePatchStatus(stock.namespace, stock.name, { metadata, status: { conditions } })
  }

  return {
    async list(namespace) {
      const asked = namespace === undefined ? (namespaces ?? [undefined]) : [namespace]
      return (await Promise.all(asked.map(listOne))).flat()
    },
    serves,
    async read(namespace, name) {
      if (namespaces && !namespaces.includes(namespace)) return undefined
      if (!serves(namespace))
        throw new NotServed(`namespace ${namespace} can't be listed for now; its stocks are not served`)
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return stockFromResource(answer.body)
    },
    append: async (stock, status) =>
      unreadableIn(stock) ?? write(stock, () => client.replaceStatus(resourceWithStatus(stock, status))),
    open: (stock) => write(stock, () => client.mergePatch(stock.namespace, stock.name, opening(stock))),
    close: (stock) => write(stock, () => client.mergePatch(stock.namespace, stock.name, closing(stock))),
    complain: (stock, complaint) => write(stock, () => complain(stock, complaint)),
  }
}

/** Books that can't be read are nobody's to replace. */
function unreadableIn({ unreadable }: StoredStock): WriteResult | undefined {
  return unreadable === undefined ? undefined : { kind: 'refused', reason: unreadable, guard: false }
}

/** What the engine knows of one stored VirtualStock. Never throws: what can't be read is marked, and has no status. */
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
  const database = storedElsewhere(spec)
  const stated = statedChanges(annotations)
  const terms = readable(() => termsFromSpec(spec, name))
  const books = readable(() => status && booksFromStatus(status))
  return {
    namespace,
    name,
    uid,
    position: resourceVersion,
    generation,
    terms: {
      ...('value' in terms ? terms.value : harmlessTerms(name)),
      ...(stated.length > 0 && { statedChanges: stated }),
      terminating: metadata.deletionTimestamp !== undefined,
    },
    ...('value' in terms && 'value' in books
      ? books.value && { status: books.value }
      : { unreadable: reasonsIn(terms, books) }),
    ...database,
    ...marksIn(annotations, { uid, ...database }),
    finalizers,
    guarded: finalizers.includes(STOCK_FINALIZER),
  }
}

type Marks = Pick<StoredStock, 'openedAs' | 'formerUids' | 'acceptBooks'>

function marksIn(annotations: Readonly<Record<string, string>>, stock: Pick<StoredStock, 'uid' | 'database'>): Marks {
  const openedAs = annotations[OPENED]
  const acceptBooks = annotations[ACCEPT_BOOKS] === stock.uid
  const formerUids = (annotations[FORMERLY] ?? '').split(',').filter((former) => former !== '')
  if (acceptBooks && openedAs !== undefined && openedAs !== openMark(stock)) formerUids.push(openedAs)
  return { ...(openedAs !== undefined && { openedAs }), formerUids, acceptBooks }
}

function storedElsewhere(spec: Parameters<typeof databaseIn>[0]): Pick<StoredStock, 'database'> {
  const database = databaseIn(spec)
  return database === undefined ? {} : { database }
}

/** The database in which its books are; undefined = they are in its status. */
export function databaseIn(spec: Pick<VirtualStock['spec'], 'ledger'> | undefined): string | undefined {
  const { kind, database = DEFAULT_DATABASE } = spec?.ledger ?? {}
  return kind === 'Postgres' ? database : undefined
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

/** The conditions with the complaint among them; undefined = that is what they say already. */
function complaining({ metadata, status }: VirtualStock, { reason, message }: Complaint, nowMs: number) {
  const conditions = status?.conditions ?? []
  const { generation: observedGeneration } = metadata
  const before = conditions.find(({ type }) => type === 'Ready')
  if (before?.status === 'False' && before.reason === reason && before.message === message) return undefined
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`
  const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : now
  const ready = { type: 'Ready', status: 'False', reason, message, lastTransitionTime, observedGeneration }
  return [ready, ...conditions.filter(({ type }) => type !== 'Ready')]
}

/** The uid in a mark that is replaced is no former one of this stock, unless an administrator has said so. */
function opening({ uid, database, position, formerUids, finalizers }: StoredStock): object {
  const former = [...new Set(formerUids)]
  const annotations = {
    [OPENED]: openMark({ uid, ...(database !== undefined && { database }) }),
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
