import type { Logger } from '../logger.ts'
import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { ConsumptionList } from './generated/contract.ts'
import { cursorOf, invalidCursor, partsOf } from './pages.ts'
import { readKept } from './read-kept.ts'
import type { StockPlace, TimePlace, ToldEvent, ToldEvents, ToldFilter, ToldStatus } from './told-events.ts'
import { namespaceOf, refuseBlind } from './where.ts'

export interface ConsumptionWorld
  extends Pick<GatewayWorld, 'access' | 'stocks' | 'blind' | 'serves' | 'defaultNamespace'> {
  /** Absent: none are kept, as far as this gateway knows. */
  readonly told?: ToldEvents
  readonly logger: Pick<Logger, 'debug'>
}

interface Parameters {
  readonly stock?: string
  readonly status?: ToldStatus
  readonly target?: string
  readonly limit: number
  readonly cursor?: string
}

/** Where the page begins depends on the list that it is of. */
type Asked = Omit<Parameters, 'stock' | 'cursor'> &
  ({ readonly stock: string; readonly after?: StockPlace } | { readonly stock?: undefined; readonly after?: TimePlace })

type Filter = ToldFilter & { readonly stockUid?: string }

/** Versions of cursors: of the list of one stock, and of that of a namespace. */
const OF_STOCK = '3'
const OF_TIME = '4'
const settled: ReadonlySet<ToldStatus | undefined> = new Set(['PROCESSED', 'SKIPPED'])
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/**
 * What became of events that somebody else's API is told: of a stock for whoever may read it, of a namespace for whoever may
 * list its stocks. Of a stock that is there nothing is told of those that had its name before.
 */
export function consumptionOperation(world: ConsumptionWorld): Operation {
  return async (call): Promise<Answer> => {
    const asked = askedOf(call)
    const { stock, limit } = asked
    const namespace = namespaceOf(call, world)
    const looking = stock === undefined ? { verb: 'list' as const } : { verb: 'get' as const, name: stock }
    await world.access.may(call.caller, { ...looking, resource: 'virtualstocks', namespace })
    if (!world.told)
      throw new Problem('NotFound', {
        detail: 'this gateway knows of no events that were told: gateway.consumptionDatabase names no database',
      })
    const filter = filterOf(world, namespace, asked)
    const found = await readKept(rowsOf(world.told, filter, asked), 'what was told', world.logger)
    const items = found.slice(0, limit)
    const last = found.length > limit ? items.at(-1) : undefined
    const next = last && (stock === undefined ? cursorAtTime(last) : cursorInStock(last))
    return { status: 200, body: { items: items.map(shown), ...(next !== undefined && { next }) } }
  }
}

/** Throws a Problem that says what is wrong with it. */
function askedOf({ parameters }: Call): Asked {
  const { stock, cursor, ...asked } = parameters as unknown as Parameters
  const { status } = asked
  if (stock === undefined && settled.has(status)) {
    const detail = `is needed with status=${status}: without a stock only what FAILED or NEEDS_ATTENTION is listed`
    throw new Problem('Invalid', { detail: `stock ${detail}`, errors: [{ pointer: 'stock', detail }] })
  }
  if (stock === undefined) return { ...asked, ...placeIn(cursor, placeAtTime) }
  return { ...asked, stock, ...placeIn(cursor, placeInStock) }
}

/** Throws a Problem for a cursor that no answer has given. */
function placeIn<P>(cursor: string | undefined, read: (cursor: string) => P | undefined): { readonly after?: P } {
  if (cursor === undefined) return {}
  const after = read(cursor)
  if (after === undefined) throw invalidCursor()
  return { after }
}

/** Throws a Problem while it can't be told which stock is there now. */
function filterOf(world: ConsumptionWorld, namespace: string, { stock, status, target }: Asked): Filter {
  if (stock !== undefined) refuseBlind(world, namespace)
  const seen = stock === undefined ? undefined : world.stocks.get(namespace, stock)
  return {
    namespace,
    ...(seen && { stockUid: seen.uid }),
    ...(status && { status }),
    ...(target !== undefined && { target }),
  }
}

/** One more than a page has tells whether there is another. */
function rowsOf(told: ToldEvents, filter: Filter, asked: Asked): Promise<readonly ToldEvent[]> {
  const limit = asked.limit + 1
  if (asked.stock === undefined) return told.unsettled(filter, { limit, ...(asked.after && { after: asked.after }) })
  return told.ofStock({ ...filter, stock: asked.stock }, { limit, ...(asked.after && { after: asked.after }) })
}

// ids and targets are anybody's texts, and cursors are words of Latin letters with spaces between them
const cursorInStock = ({ sequence, eventId, target }: StockPlace) =>
  cursorOf(OF_STOCK, String(sequence), encodeURIComponent(eventId), encodeURIComponent(target))
const cursorAtTime = ({ firstAt, eventId, target }: TimePlace) =>
  cursorOf(OF_TIME, firstAt, encodeURIComponent(eventId), encodeURIComponent(target))

function placeInStock(cursor: string): StockPlace | undefined {
  const [version, number, ...names] = partsOf(cursor)
  const sequence = Number(number)
  const named = namesIn(names)
  return version === OF_STOCK && /^\d+$/.test(number ?? '') && Number.isSafeInteger(sequence) && named
    ? { sequence, ...named }
    : undefined
}

function placeAtTime(cursor: string): TimePlace | undefined {
  const [version, firstAt = '', ...names] = partsOf(cursor)
  const named = namesIn(names)
  const isTime = instant.test(firstAt) && !Number.isNaN(Date.parse(firstAt))
  return version === OF_TIME && isTime && named ? { firstAt, ...named } : undefined
}

function namesIn([id, name, ...more]: readonly string[]): { eventId: string; target: string } | undefined {
  if (id === undefined || name === undefined || more.length > 0) return undefined
  try {
    const [eventId, target] = [decodeURIComponent(id), decodeURIComponent(name)]
    return `${eventId}${target}`.includes('\0') ? undefined : { eventId, target }
  } catch {
    return undefined // no text that was ever encoded
  }
}

function shown({ stock, ...event }: ToldEvent): ConsumptionList['items'][number] {
  return { ...event, stockId: stock }
}
