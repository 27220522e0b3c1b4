import { canonicalText } from '../../../domain/canonical.ts'
import { type Answer, isOfTheMoment, Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import { asReplay, mustBeLed, notCreated } from '../create.ts'
import { linesText, shownLines } from '../lines-text.ts'
import { linesOf } from '../order-draft.ts'
import { waitingOf, waitKey } from '../where.ts'
import { orderDraftOf } from './order-draft.ts'
import { placedAnswer, underWay, whenOver } from './order-stand.ts'
import type { OrderWorld } from './order-world.ts'
import type { PaidOrderDraft, SeenOrder } from './paid-orders.ts'

/** How long the watch may be behind an object that the API server says is there. */
const WATCH_MS = 2_000
/** Room comes with orders that are a week old. */
const ROOM_SECONDS = 60

/**
 * Stores an order and answers how it stands: at once, or, where the caller says how long, once it is over. Its name is made
 * from who asks and the key, so that the API server itself knows what was asked before, whichever gateway took it.
 */
export async function placeOrder(world: OrderWorld, call: Call): Promise<Answer> {
  const draft = await orderDraftOf(world, call)
  const { namespace } = draft
  for (const verb of ['create', 'get'] as const)
    await world.access.may(call.caller, { verb, resource: 'orders', namespace })
  const known = knownOf(world, draft) ?? (await whereFull(world, call, draft))
  if (known) return replayed(world, call, draft, known)
  await mustBeLed(world, call)
  const written = await world.orders.create(call.caller, draft)
  switch (written.kind) {
    case 'stored':
      return placed(world, call, written.object)
    case 'exists':
      return repeated(world, call, draft)
    case 'unknown':
      return looked(world, call, draft, written.reason)
    case 'gone':
    case 'stale':
      throw notCreated(written)
  }
}

function knownOf(world: OrderWorld, { namespace, name }: PaidOrderDraft): SeenOrder | undefined {
  return world.blind(namespace) === undefined ? world.orders.get(namespace, name) : undefined
}

/** Where no more may be stored, only what is stored already can be answered. Throws a Problem for what is not. */
async function whereFull(world: OrderWorld, call: Call, { namespace, name }: PaidOrderDraft) {
  if (world.orders.hasRoom(namespace)) return undefined
  const stored = await world.orders.read(call.caller, namespace, name)
  if (stored) return stored
  throw new Problem('OrdersFull', {
    detail:
      'there are as many orders as there may be, or as this namespace may have while others need the rest (gateway.maxOrders); they are kept so that none is paid twice',
    retryAfterSeconds: ROOM_SECONDS,
  })
}

/** Its end may be long in coming: only who says so waits for it. */
async function placed(world: OrderWorld, call: Call, seen: SeenOrder): Promise<Answer> {
  const waits = call.parameters['Prefer'] !== undefined
  return placedAnswer(waits ? await whenOver(world, call, seen) : seen)
}

async function replayed(world: OrderWorld, call: Call, draft: PaidOrderDraft, known: SeenOrder): Promise<Answer> {
  if (!isOf(draft, known)) {
    throw new Problem('KeyReused', {
      detail: `this Idempotency-Key stands for another order, ${known.name}: give each order a key of its own`,
      orderName: known.name,
    })
  }
  const answer = await placed(world, call, known)
  return asReplay(answer)
}

/** The hash is only what somebody has written there: who pays what for what has to be what was ordered. */
function isOf({ namespace, order, orderHash }: PaidOrderDraft, { shown, orderHash: hash }: SeenOrder): boolean {
  const { method, provider, amount } = shown.payment
  return (
    hash === orderHash &&
    shown.customer === order.customer &&
    canonicalText({ method, provider, amount }) === canonicalText(order.payment) &&
    linesText(linesOf(shown.items), namespace) === linesText(order.items, namespace)
  )
}

/** The API server has one of this name: an earlier call with this key made it, so that nothing may say that it failed. */
async function repeated(world: OrderWorld, call: Call, draft: PaidOrderDraft): Promise<Answer> {
  const { namespace, name } = draft
  let found: SeenOrder | undefined
  try {
    const key = waitKey('order', namespace, name)
    if (world.blind(namespace) === undefined && world.orders.isWhole(namespace))
      await world.waits.until(key, () => knownOf(world, draft) !== undefined, waitingOf(call, WATCH_MS))
    found = knownOf(world, draft) ?? (await world.orders.read(call.caller, namespace, name))
  } catch (error) {
    if (!isOfTheMoment(error)) throw error
    return underWay(maybe(draft, `it is stored, but how it stands can't be seen just now: ${error.message}`))
  }
  if (found) return replayed(world, call, draft, found)
  throw new Problem('Conflict', { detail: `the order ${name} was deleted a moment ago; send it again` })
}

/** No answer came: if it is stored, the watch tells. Nothing else may be said of it, least of all that it failed. */
async function looked(world: OrderWorld, call: Call, draft: PaidOrderDraft, reason: string): Promise<Answer> {
  const { namespace, name } = draft
  const seen = () => world.orders.get(namespace, name)
  const key = waitKey('order', namespace, name)
  // for the API server and its watch, not for the operator
  await world.waits.until(key, () => seen() !== undefined, waitingOf(call, call.waitMs))
  const found = seen()
  if (found && isOf(draft, found)) return placed(world, call, found)
  const other = knownOf(world, draft) // what an outdated watch has may be gone by now
  if (other) return replayed(world, call, draft, other)
  return underWay(maybe(draft, `whether it is stored is not known: ${reason}; send it again with this Idempotency-Key`))
}

function maybe({ namespace, name, order, requestId }: PaidOrderDraft, message: string) {
  const { customer, payment } = order
  const items = shownLines(order.items, namespace)
  return { orderName: name, namespace, phase: 'Pending', message, customer, items, payment, requestId } as const
}
