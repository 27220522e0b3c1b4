import { type Answer, Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { BatchOrder, NewReservations, Reservation, ReservationResult } from '../generated/contract.ts'
import { linesOf, orderOf } from '../order-draft.ts'
import { problemBody } from '../problem-body.ts'
import { namespaceOf } from '../where.ts'
import { reserveInDatabase } from './reserve-in-database.ts'
import { refused, whereBooksAre } from './where-books-are.ts'

const MOST_LINES = 2_000

/** Many orders by one call, each by itself: what becomes of one concerns no other. */
export async function reserveBatch(world: GatewayWorld, call: Call): Promise<Answer> {
  const { orders } = call.body as NewReservations
  const lines = orders.reduce((sum, { items }) => sum + items.length, 0)
  if (lines > MOST_LINES) {
    const detail = `the orders have ${lines} lines together, and may have at most ${MOST_LINES}`
    throw new Problem('Invalid', { detail, errors: [{ pointer: '/orders', detail }] })
  }
  const namespace = namespaceOf(call, world)
  await world.access.may(call.caller, { verb: 'create', resource: 'reservations', namespace })
  call.countsAsWrites?.(orders.length - 1)
  const knowing = { ...world, stocks: rememberedStocks(world.stocks) }
  const { noted, ...alone } = call
  const results = await Promise.all(orders.map((order) => resultOf(knowing, alone, order)))
  noted?.({ orders: orders.length, held: results.filter(({ reservation }) => reservation !== undefined).length })
  return { status: 200, body: { results } }
}

async function resultOf(world: GatewayWorld, call: Call, order: BatchOrder): Promise<ReservationResult> {
  const { idempotencyKey } = order
  try {
    const { status, body, headers } = await place(world, call, order)
    const isReplayed = headers?.['Idempotent-Replayed'] !== undefined
    return { idempotencyKey, status, reservation: body as Reservation, ...(isReplayed && { replayed: true }) }
  } catch (error) {
    const problem = error instanceof Problem ? error : internal()
    return { idempotencyKey, status: problem.status, problem: problemBody(problem, call.requestId) }
  }
}

function place(world: GatewayWorld, call: Call, { idempotencyKey, items, ...terms }: BatchOrder): Promise<Answer> {
  const order = orderOf(linesOf(items), terms)
  const books = whereBooksAre(world, namespaceOf(call, world), order)
  if (books instanceof Problem) throw books
  if (!books) throw notHere(world, call, order.items)
  const parameters = { ...call.parameters, 'Idempotency-Key': idempotencyKey }
  return reserveInDatabase(world, { ...call, parameters }, { order, books, success: 201 })
}

function notHere(world: GatewayWorld, call: Call, items: ReturnType<typeof linesOf>): Problem {
  const own = namespaceOf(call, world)
  const isThere = (item: (typeof items)[number]) => world.stocks.get(item.stockNamespace || own, item.stock)
  const missing = items.find((item) => !isThere(item))
  if (missing) return refused('StockNotFound', `there is no stock ${missing.stock}; create it, then send this again`)
  const detail = `the books of ${items[0]?.stock} are in the cluster: orders of it go one by one, by POST /reservations`
  return new Problem('Unprocessable', { detail })
}

/** What it was is in the log: whoever throws no Problem has written it there. */
function internal(): Problem {
  return new Problem('Internal', { detail: 'This is not your doing; send it again with the same key.' })
}

/** Most orders of a batch are of the same few stocks. */
function rememberedStocks(stocks: GatewayWorld['stocks']): GatewayWorld['stocks'] {
  const known = new Map<string, ReturnType<typeof stocks.get>>()
  return {
    ...stocks,
    get(namespace, name) {
      const key = `${namespace}/${name}`
      if (!known.has(key)) known.set(key, stocks.get(namespace, name))
      return known.get(key)
    },
  }
}
