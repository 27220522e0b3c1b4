import { type Answer, isOfTheMoment, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import { asReplay, mustBeLed, notCreated } from './create.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { NewReservation, Reservation, ReserveStock } from './generated/contract.ts'
import { linesText, shownLines } from './lines-text.ts'
import type { Order, ReservationDraft, SeenReservation } from './objects.ts'
import { draftOf, linesOf, orderOf } from './order-draft.ts'
import { reserveInDatabase } from './rows/reserve-in-database.ts'
import { type InDatabase, whereBooksAre } from './rows/where-books-are.ts'
import { answerWhenDecided, unknownAnswer } from './stand.ts'
import { namespaceOf, waitingOf, waitKey } from './where.ts'

/** How long the watch may be behind an object that the API server says is there. */
const WATCH_MS = 2_000

/** The operations that ask for units. */
export function reserveOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  return {
    reserveStock(call) {
      const { quantityToReserve: quantity, ...terms } = call.body as ReserveStock
      const stock = call.parameters['stockId'] as string
      return place(world, call, { order: orderOf([{ stock, quantity, stockNamespace: '' }], terms), success: 200 })
    },
    createReservation(call) {
      const { items, ...terms } = call.body as NewReservation
      return place(world, call, { order: orderOf(linesOf(items), terms), success: 201 })
    },
  }
}

interface Placing {
  readonly order: Order
  readonly success: 200 | 201
}

/**
 * The object's name is made from who asks and the key: so the API server itself knows what was asked before, whichever
 * gateway took it, and no answer that was lost can make it twice.
 */
async function place(world: GatewayWorld, call: Call, { order, success }: Placing): Promise<Answer> {
  const books = await booksOf(world, call, order)
  if (books) return reserveInDatabase(world, call, { order, books, success })
  const draft = await draftOf(world, call, order, { unseen: false })
  const { namespace, name } = draft
  await world.access.may(call.caller, { verb: 'get', resource: 'reservations', namespace })
  const mayBeKnown = call.parameters['Idempotency-Key'] !== undefined && world.blind(namespace) === undefined
  const known = mayBeKnown ? world.reservations.get(namespace, name) : undefined
  if (known) return replayed(world, call, { draft, known, success })
  await mustBeLed(world, call)
  const written = await world.reservations.create(call.caller, draft)
  switch (written.kind) {
    case 'stored':
      return decided(world, call, { draft, seen: written.object, success })
    case 'exists':
      return repeated(world, call, { draft, success })
    case 'unknown':
      return looked(world, call, { draft, reason: written.reason, success })
    case 'gone':
    case 'stale':
      throw notCreated(written)
  }
}

/** Where the books of its stocks are is for nobody who may not order. */
async function booksOf(world: GatewayWorld, call: Call, order: Order): Promise<InDatabase | undefined> {
  const namespace = namespaceOf(call, world)
  const found = whereBooksAre(world, namespace, order)
  if (!found) return undefined
  await world.access.may(call.caller, { verb: 'create', resource: 'reservations', namespace })
  if (found instanceof Problem) throw found
  return found
}

interface Decision {
  readonly draft: ReservationDraft
  readonly seen: SeenReservation
  readonly success: 200 | 201
}

function decided(world: GatewayWorld, call: Call, { draft, seen, success }: Decision): Promise<Answer> {
  return answerWhenDecided(world, call, seen, { wanted: draft.order.state, success })
}

interface Replay {
  readonly draft: ReservationDraft
  readonly known: SeenReservation
  readonly success: 200 | 201
}

async function replayed(world: GatewayWorld, call: Call, { draft, known, success }: Replay): Promise<Answer> {
  if (!isOf(draft, known)) {
    throw new Problem('KeyReused', {
      detail: `this Idempotency-Key stands for another order, ${known.name}: give each order a key of its own`,
      reservationId: known.name,
    })
  }
  const answer = await decided(world, call, { draft, seen: known, success })
  return asReplay(answer)
}

/** The hash is only what somebody has written there: what is held, and for whom, has to be what was ordered. */
function isOf({ namespace, order, orderHash }: ReservationDraft, { shown, orderHash: hash }: SeenReservation): boolean {
  return (
    hash === orderHash &&
    shown.consumer === order.consumer &&
    linesText(linesOf(shown.items), namespace) === linesText(order.items, namespace)
  )
}

/** The API server has one of this name: an earlier call with this key made it, so that nothing may say that it failed. */
async function repeated(world: GatewayWorld, call: Call, { draft, success }: Omit<Decision, 'seen'>): Promise<Answer> {
  try {
    const known = await existing(world, call, draft)
    return await replayed(world, call, { draft, known, success })
  } catch (error) {
    if (!isOfTheMoment(error)) throw error
    return unknownAnswer(maybe(draft, `it is stored, but how it stands can't be seen just now: ${error.message}`))
  }
}

/** What the API server has under this name: the watch may be a moment behind. */
async function existing(
  world: GatewayWorld,
  call: Call,
  { namespace, name }: ReservationDraft,
): Promise<SeenReservation> {
  const known = () => (world.blind(namespace) === undefined ? world.reservations.get(namespace, name) : undefined)
  const waiting = waitingOf(call, WATCH_MS)
  const key = waitKey('reservation', namespace, name)
  if (world.blind(namespace) === undefined) await world.waits.until(key, () => known() !== undefined, waiting)
  const found = known() ?? (await world.reservations.read(call.caller, namespace, name))
  if (found) return found
  throw new Problem('Conflict', { detail: `the reservation ${name} was deleted a moment ago; send the order again` })
}

/** No answer came: if it is stored, the watch tells. Nothing else may be said of it, least of all that it failed. */
async function looked(
  world: GatewayWorld,
  call: Call,
  {
    draft,
    reason,
    success,
  }: { readonly draft: ReservationDraft; readonly reason: string; readonly success: 200 | 201 },
): Promise<Answer> {
  const { namespace, name } = draft
  const known = () => world.reservations.get(namespace, name)
  const key = waitKey('reservation', namespace, name)
  // for the API server and its watch, not for the operator
  await world.waits.until(key, () => known() !== undefined, waitingOf(call, call.waitMs))
  const seen = known()
  if (seen && isOf(draft, seen)) return decided(world, call, { draft, seen, success })
  return unknownAnswer(maybe(draft, `whether it is stored is not known: ${reason}`))
}

function maybe({ namespace, name, order, requestId }: ReservationDraft, message: string): Reservation {
  const items = shownLines(order.items, namespace)
  return { reservationId: name, namespace, phase: 'Pending', message, items, requestId }
}
