import { statusOfCancelled } from '../../../domain/gateway/refusals.ts'
import { isOver } from '../../../domain/order/order.ts'
import { type Answer, isOfTheMoment, Problem, positionHeader } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Order } from '../generated/contract.ts'
import { newestOf } from '../newest.ts'
import { locationOf, waitingOf, waitKey } from '../where.ts'
import type { OrderWorld } from './order-world.ts'
import type { SeenOrder } from './paid-orders.ts'

/** Payment and notice go over other people's services. */
const LOOK_AGAIN_SECONDS = '1'

/**
 * Waits until an order is over, or needs somebody, as long as the caller likes, and gives it as it is known then. Throws a
 * Problem where it is gone meanwhile, and was not over as far as is known.
 */
export async function whenOver(world: OrderWorld, call: Call, seen: SeenOrder): Promise<SeenOrder> {
  const { namespace, name, uid, generation } = seen
  let newest = seen
  let [isShown, isGone] = [false, false]
  /** The watch may not have it yet; once it has, what is missing there is gone. */
  const ends = () => {
    const one = world.orders.get(namespace, name)
    newest = newestOf(newest, one)
    isShown ||= one?.uid === uid
    isGone = isShown && one?.uid !== uid
    return isGone || isEnd(newest, generation)
  }
  if (!isEnd(seen, generation)) await world.waits.until(waitKey('order', namespace, name), ends, waitingOf(call))
  if (!isGone || isOver(newest))
    return newestOf(newest, world.orders.get(namespace, name) ?? (await leftOut(world, call, seen)))
  const detail = `order ${name} was deleted before it was over, as far as is known; what became of its money is with its provider`
  throw new Problem('Conflict', { detail, orderName: name })
}

/** How one stands that memory has no room for, so that no watch tells of it; undefined = it has, or nobody says just now. */
async function leftOut(world: OrderWorld, call: Call, { namespace, name }: SeenOrder): Promise<SeenOrder | undefined> {
  if (world.orders.isWhole(namespace)) return undefined
  try {
    return await world.orders.read(call.caller, namespace, name)
  } catch (error) {
    if (isOfTheMoment(error)) return undefined
    throw error
  }
}

/** Waiting on would tell nothing new. */
function isEnd({ phase, judged }: SeenOrder, generation: number): boolean {
  return isOver({ phase }) || (phase === 'NeedsAttention' && judged >= generation)
}

/** 202: how it stands, as far as that is known, and where to look again. */
export function underWay(shown: Order, headers: Answer['headers'] = {}): Answer {
  const location = locationOf('/orders', shown.namespace, shown.orderName)
  return { status: 202, body: shown, location, headers: { ...headers, 'Retry-After': LOOK_AGAIN_SECONDS } }
}

/** What whoever placed it is answered. Throws a Problem for one that came to nothing. */
export function placedAnswer(seen: SeenOrder): Answer {
  const { phase, shown, namespace, name, reason = 'Resolved', position } = seen
  const headers = positionHeader('orders', position)
  if (phase === 'Completed')
    return { status: 201, body: shown, location: locationOf('/orders', namespace, name), headers }
  if (phase !== 'Cancelled') return underWay(shown, headers)
  throw new Problem(
    { status: statusOfCancelled(reason), title: 'The order came to nothing', reason },
    { detail: shown.message ?? 'the order is Cancelled', orderName: name },
  )
}

/** What whoever cancelled it is answered. Throws a Problem for one that stays. */
export function cancelledAnswer(seen: SeenOrder): Answer {
  const { phase, shown, name, position } = seen
  const headers = positionHeader('orders', position)
  if (phase === 'Cancelled') return { status: 200, body: shown, headers }
  if (phase !== 'Completed') return underWay(shown, headers)
  throw new Problem(
    { status: 409, title: 'The order is complete', reason: 'CancelledTooLate' },
    {
      detail:
        'it was paid and sold before it was cancelled, and stays so; its money and its stock go back by hand alone',
      orderName: name,
    },
  )
}
