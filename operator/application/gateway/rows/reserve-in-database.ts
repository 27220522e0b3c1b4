import { nameFrom } from '../../../domain/reservation/message.ts'
import type { OrderLine, Reserve } from '../../rows/order.ts'
import { type Answer, Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { Order, ReservationDraft } from '../objects.ts'
import { draftOf } from '../order-draft.ts'
import { stale } from '../where.ts'
import { answerOf, type Ordered, reused } from './decided-order.ts'
import { holdMs } from './hold-time.ts'
import type { RowDatabase } from './row-databases.ts'
import { uidOf } from './row-uid.ts'
import { type InDatabase, refused, type WantedLine } from './where-books-are.ts'

export interface Placing {
  readonly order: Order
  readonly books: InDatabase
  readonly success: 200 | 201
}

/** Orders, for one who may, units of stocks whose books are in one database: whoever has their rows locked decides, and no operator is needed. */
export async function reserveInDatabase(
  world: GatewayWorld,
  call: Call,
  { order, books, success }: Placing,
): Promise<Answer> {
  const draft = await draftOf(world, call, order, { unseen: true })
  const { namespace, name } = draft
  const database = databaseOf(world, books)
  const ttlMs = order.ttl === undefined ? undefined : holdMs(order.ttl)
  const isKeyed = call.parameters['Idempotency-Key'] !== undefined
  if (isKeyed) refuseReused(world, draft)
  const uid = uidOf(world, namespace, name)
  const ordered: Ordered = { draft, books, success }
  const hindrance = hindranceOf(world, draft, { books, database })
  if (hindrance) {
    // what was done before stands, whatever keeps it from being done now
    const found = isKeyed ? await database.find(uid) : undefined
    if (!found) throw hindrance
    const isSame = found.fingerprint === draft.orderHash
    const answer = isSame
      ? ({ kind: 'stands', standing: found.standing, decided: false } as const)
      : ({ kind: 'keyReused' } as const)
    return answerOf(world, call, ordered, answer)
  }
  const reserve = reserveOf(draft, { uid, books, ...(ttlMs !== undefined && { ttlMs }) })
  return answerOf(world, call, ordered, await database.order(reserve))
}

function databaseOf({ databases }: GatewayWorld, { database }: InDatabase): RowDatabase {
  const found = databases.get(database)
  if (found) return found
  const detail = `the books are in database ${database}, which the settings of this gateway don't name (databases); nothing was done`
  throw new Problem('DatabaseAway', { detail })
}

/** Its books were in the cluster when this key was used before. */
function refuseReused(world: GatewayWorld, { namespace, name }: ReservationDraft): void {
  if (world.blind(namespace) !== undefined || !world.reservations.get(namespace, name)) return
  throw reused(name)
}

interface Place {
  readonly books: InDatabase
  readonly database: RowDatabase
}

/** Why nothing new may be decided: only what this gateway knows to be there now hands anything out. */
function hindranceOf(
  world: GatewayWorld,
  { namespace }: ReservationDraft,
  { books, database }: Place,
): Problem | undefined {
  for (const { stockNamespace } of books.lines) {
    const problem = stale(world, stockNamespace)
    if (problem) return problem
  }
  const named = (lines: readonly WantedLine[]) => lines.map((line) => nameFrom(namespace, line)).join(', ')
  const missing = books.lines.filter(({ seen }) => seen === undefined)
  if (missing.length > 0)
    return refused('StockNotFound', `there is no stock ${named(missing)}; create it, then send this again`)
  const ending = books.lines.filter(({ seen }) => seen?.deleting)
  if (ending.length > 0)
    return refused('StockTerminating', `${named(ending)} is being deleted and hands nothing out any more`)
  const most = database.fullAt(namespace)
  if (most !== undefined) return full(namespace, most)
  const behind = books.lines.filter(({ seen }) => seen && database.eventsBehind(seen.uid))
  if (behind.length === 0) return undefined
  const detail = `too many events of ${named(behind)} wait to be delivered: it takes no new holds until they are; nothing was done`
  return new Problem('EventsBehind', { detail, retryAfterSeconds: 5 })
}

function full(namespace: string, most: number): Problem {
  const detail = `namespace ${namespace} has the ${most} live reservations that it may have in this database (databases.NAME.maxLiveReservations): it holds nothing new until some have ended; nothing was done`
  return new Problem('NamespaceFull', { detail })
}

function reserveOf(
  { namespace, name, order, orderHash, requestId }: ReservationDraft,
  { uid, books, ttlMs }: { readonly uid: string; readonly books: InDatabase; readonly ttlMs?: number },
): Reserve {
  const { consumer, note, state } = order
  const lines = books.lines.flatMap(({ seen, quantity }): OrderLine[] => {
    if (!seen) return []
    const { sequence: known } = seen.shown
    return [{ stock: seen.uid, quantity, ...(known !== undefined && { known }) }]
  })
  return {
    ...{ kind: 'reserve', uid, fingerprint: orderHash, confirm: state === 'Confirmed' },
    lines: lines as [OrderLine, ...OrderLine[]],
    about: {
      ...{ namespace, name, source: 'http', requestId },
      ...(consumer !== undefined && { consumer }),
      ...(note !== undefined && { note }),
    },
    ...(ttlMs !== undefined && { ttlMs }),
  }
}
