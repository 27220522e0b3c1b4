import { type Level, levels } from '../stock/level.ts'

/** What an event tells of the level of its stock. */
export interface StockLevel {
  readonly uid: string
  /** Of the operator that has sent it. */
  readonly cluster: string
  readonly namespace: string
  readonly stock: string
  readonly product: string
  /** Undefined: the stock is deleted. */
  readonly level: Level | undefined
  readonly available: number
  readonly quantity: number
  readonly sequence: number
  readonly at: string
}

/** `other`: nothing about levels. `unreadable`: it says that it is an event of a stock, and isn't. */
export type LevelNews =
  | { readonly kind: 'level'; readonly level: StockLevel }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string }

interface EventData {
  readonly timestamp?: unknown
  readonly stock?: {
    readonly namespace?: unknown
    readonly name?: unknown
    readonly uid?: unknown
    readonly product?: unknown
  } | null
  readonly balances?: { readonly available?: unknown; readonly quantity?: unknown } | null
  readonly level?: unknown
  readonly sequence?: unknown
}

const DELETED = 'io.kbnt.stock.deleted.v1'

/**
 * Reads an event of any type that says at which level its stock is: changes of levels do, and so does every decision.
 * Records of several decisions don't: what they tell of levels comes as single events, too.
 */
export function levelNewsFrom(headers: Readonly<Record<string, string>>, text: string): LevelNews {
  const { ce_type: type, ce_source: source = '' } = headers
  if (type === undefined) return unreadable('it has no header ce_type')
  const isOfStock = /^io\.kbnt\.(stock|reservation)\./.test(type) && !type.startsWith('io.kbnt.stock.entries.')
  if (!isOfStock) return { kind: 'other' }
  const data = dataOf(text)
  if (!data) return unreadable('its value is no JSON object')
  if (data.balances === null) return { kind: 'other' } // a refusal where there is no stock
  return levelOf(data, { cluster: source.split('/')[2] ?? '', deleted: type === DELETED })
}

function levelOf(
  data: EventData,
  { cluster, deleted }: { readonly cluster: string; readonly deleted: boolean },
): LevelNews {
  const { stock, balances, level, sequence, timestamp } = data
  const names = namesOf(stock)
  if (!names) return unreadable('it does not name its stock')
  if (typeof sequence !== 'number' || typeof timestamp !== 'string' || Number.isNaN(Date.parse(timestamp)))
    return unreadable('it has no sequence, or no timestamp')
  if (!deleted && !isLevel(level)) return unreadable(`its level is ${JSON.stringify(level)}`)
  return {
    kind: 'level',
    level: {
      ...{ ...names, cluster, level: isLevel(level) && !deleted ? level : undefined, sequence, at: timestamp },
      ...{ available: Number(balances?.available ?? 0), quantity: Number(balances?.quantity ?? 0) },
    },
  }
}

function namesOf(stock: EventData['stock']): Pick<StockLevel, 'uid' | 'namespace' | 'stock' | 'product'> | undefined {
  const { uid, namespace, name, product } = stock ?? {}
  if (typeof uid !== 'string' || typeof namespace !== 'string' || typeof name !== 'string') return undefined
  return { uid, namespace, stock: name, product: typeof product === 'string' ? product : '' }
}

const unreadable = (reason: string): LevelNews => ({ kind: 'unreadable', reason })

const isLevel = (level: unknown): level is Level => levels.some((known) => known === level)

function dataOf(text: string): EventData | undefined {
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : undefined
  } catch {
    return undefined
  }
}
