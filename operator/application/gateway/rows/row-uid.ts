import { orderUidOf } from '../../../domain/gateway/order-uid.ts'
import type { GatewayWorld } from '../gateway-world.ts'

/** The uid under which a reservation of that name is kept in rows, if there is one. */
export function uidOf({ names }: Pick<GatewayWorld, 'names'>, namespace: string, name: string): string {
  return orderUidOf(names.hex(`reservation ${namespace}/${name}`))
}
