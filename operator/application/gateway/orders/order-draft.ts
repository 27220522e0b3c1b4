import { canonicalText } from '../../../domain/canonical.ts'
import { paidOrderNameOf } from '../../../domain/gateway/order-name.ts'
import { Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import { consumerOf } from '../consumer.ts'
import type { NewOrder } from '../generated/contract.ts'
import { linesOf } from '../order-draft.ts'
import { namespaceOf } from '../where.ts'
import type { OrderWorld } from './order-world.ts'
import type { PaidOrder, PaidOrderDraft } from './paid-orders.ts'

type World = Pick<OrderWorld, 'names' | 'access' | 'serves' | 'defaultNamespace'>

/** The order that a call asks for, with its name. Throws a Problem. */
export async function orderDraftOf(world: World, call: Call): Promise<PaidOrderDraft> {
  const { caller, parameters, requestId } = call
  const { customer: asked = caller.user, items, ...terms } = call.body as NewOrder
  const namespace = namespaceOf(call, world)
  const key = parameters['Idempotency-Key'] as string | undefined
  if (key === undefined) {
    throw new Problem('IdempotencyKeyMissing', {
      detail:
        'an order is paid: send a text of your own for this one in Idempotency-Key, so that a repetition pays nothing twice',
    })
  }
  const whose = { namespace, consumer: asked, unseen: false, pointer: '/customer' }
  const customer = (await consumerOf(world, call, whose)) ?? asked
  const order: PaidOrder = { customer, items: linesOf(items), ...terms }
  const { digest } = world.names
  const name = paidOrderNameOf(digest([namespace, caller.user, key].join('\0')))
  return { namespace, name, order, orderHash: digest(canonicalText(order)), requestId }
}
