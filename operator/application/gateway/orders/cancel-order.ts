import { isOver } from '../../../domain/order/order.ts'
import { type Answer, Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import { namespaceOf } from '../where.ts'
import { cancelledAnswer, underWay, whenOver } from './order-stand.ts'
import type { OrderWorld } from './order-world.ts'
import type { SeenOrder } from './paid-orders.ts'

/** Says that an order is to be undone, and answers how it stands once it is over. May be repeated. */
export async function cancelOrder(world: OrderWorld, call: Call): Promise<Answer> {
  const namespace = namespaceOf(call, world)
  const name = call.parameters['orderName'] as string
  await world.access.may(call.caller, { verb: 'get', resource: 'orders', namespace, name })
  const known = world.orders.get(namespace, name)
  if (known && isOver(known)) return cancelledAnswer(known) // its phase never changes
  const written = await world.orders.cancel(call.caller, namespace, name)
  switch (written.kind) {
    case 'stored':
      return cancelledAnswer(await whenOver(world, call, written.object))
    case 'unknown':
      return unknownOf(known, written.reason)
    case 'gone':
      throw new Problem('NotFound', { detail: `there is no order ${name} in namespace ${namespace}` })
    case 'stale':
      throw new Problem('Conflict', { detail: `${written.reason}; send this again` })
    case 'exists':
      throw new Error('a change makes nothing')
  }
}

/** Throws a Problem where not even the order is known. */
function unknownOf(known: SeenOrder | undefined, reason: string): Answer {
  const message = `whether that is stored is not known: ${reason}; send it again`
  if (known) return underWay({ ...known.shown, message })
  throw new Problem('ApiServerAway', { detail: message })
}
