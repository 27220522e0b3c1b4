import { canonicalText } from '../../domain/canonical.ts'
import { orderNameOf } from '../../domain/gateway/order-name.ts'
import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import { consumerOf } from './consumer.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { NewReservation, ReserveStock } from './generated/contract.ts'
import type { Order, ReservationDraft } from './objects.ts'
import { namespaceOf } from './where.ts'

type Terms = Omit<ReserveStock, 'quantityToReserve'>

export function orderOf(items: Order['items'], { reason, confirm = false, ...terms }: Terms): Order {
  return { items, ...terms, ...(reason !== undefined && { note: reason }), state: confirm ? 'Confirmed' : 'Reserved' }
}

export function linesOf(items: NewReservation['items']): Order['items'] {
  return items.map(({ stockId, stockNamespace = '', quantity }) => ({ stock: stockId, stockNamespace, quantity }))
}

/**
 * The reservation that an order asks for, with its name: made from who asks and the key, or one that nobody has had.
 * `unseen`: no policy of the cluster sees it. Throws a Problem.
 */
export async function draftOf(
  world: Pick<GatewayWorld, 'names' | 'access' | 'serves' | 'defaultNamespace'>,
  call: Call,
  asked: Order,
  { unseen }: { readonly unseen: boolean },
): Promise<ReservationDraft> {
  const namespace = namespaceOf(call, world)
  const key = call.parameters['Idempotency-Key'] as string | undefined
  if (key === undefined && asked.state === 'Confirmed') {
    throw new Problem('IdempotencyKeyMissing', {
      detail:
        'what is confirmed at once is sold: send a text of your own for this order in Idempotency-Key, so that a repetition sells nothing twice',
    })
  }
  const consumer = await consumerOf(world, call, { namespace, consumer: asked.consumer, unseen })
  const order = { ...asked, ...(consumer !== undefined && { consumer }) }
  const { digest, random } = world.names
  const name = key === undefined ? `r-${random()}` : orderNameOf(digest([namespace, call.caller.user, key].join('\0')))
  return { namespace, name, order, orderHash: digest(canonicalText(order)), requestId: call.requestId }
}
