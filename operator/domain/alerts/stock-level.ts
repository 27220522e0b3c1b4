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
  /** As `Date.toISOString` writes it. */
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
const REJECTED = 'io.kbnt.reservation.rejected.v1'
/** Of each name: as long as names of Kubernetes get. All of them become labels. */
const LONGEST_NAME = 253

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
  if (type === REJECTED && data.balances === null) return { kind: 'other' } // there is no such stock
  return levelOf(data, { cluster: source.split('/')[2] ?? '', deleted: type === DELETED })
}

/** Only what Alertmanager is sure to take for what it is: one alert that it refuses would take others with it. */
function levelOf(
  data: EventData,
  { cluster, deleted }: { readonly cluster: string; readonly deleted: boolean },
): LevelNews {
  const { level, sequence } = data
  const names = namesOf(data.stock, cluster)
  if (!names) return unreadable(`it does not name its stock, with names of at most ${LONGEST_NAME} characters`)
  if (!isSequence(sequence)) return unreadable('its sequence is no whole number from 0 on')
  const at = instantOf(data.timestamp)
  if (at === undefined) return unreadable('its timestamp is none of RFC 3339')
  if (deleted) return { kind: 'level', level: { ...names, level: undefined, sequence, at, available: 0, quantity: 0 } }
  if (!isLevel(level)) return unreadable(`its level is ${excerptOf(level)}`)
  const { available, quantity } = data.balances ?? {}
  if (!isNumber(available) || !isNumber(quantity)) return unreadable('its balances are no numbers')
  return { kind: 'level', level: { ...names, level, sequence, at, available, quantity } }
}

function namesOf(
  stock: EventData['stock'],
  cluster: string,
): Pick<StockLevel, 'uid' | 'cluster' | 'namespace' | 'stock' | 'product'> | undefined {
  const { uid, namespace, name, product } = stock ?? {}
  if (!isName(uid) || !isName(namespace) || !isName(name)) return undefined
  const ofProduct = typeof product === 'string' ? product : ''
  if (Math.max(cluster.length, ofProduct.length) > LONGEST_NAME) return undefined
  return { uid, cluster, namespace, stock: name, product: ofProduct }
}

const isName = (name: unknown): name is string => typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME

const isSequence = (given: unknown): given is number => Number.isSafeInteger(given) && Number(given) >= 0

const isNumber = (given: unknown): given is number => Number.isFinite(given)

/** A date of RFC 3339, in the one form of it that everybody reads. `Date.parse` takes much more, such as "2026". */
function instantOf(text: unknown): string | undefined {
  const isWritten = typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
  const ms = isWritten ? Date.parse(text) : Number.NaN
  return ms >= 0 && ms <= LAST_MS ? new Date(ms).toISOString() : undefined
}

/** Later years have more than four digits. */
const LAST_MS = Date.UTC(9999, 11, 31)

const excerptOf = (given: unknown): string => (JSON.stringify(given) ?? 'not given').slice(0, 40)

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
