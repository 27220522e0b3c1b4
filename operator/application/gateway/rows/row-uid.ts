import { orderUidOf, orderUidsOf } from '../../../domain/gateway/order-uid.ts'
import type { GatewayWorld } from '../gateway-world.ts'

type Names = Pick<GatewayWorld, 'names'>

/** The uid under which a reservation of that name is kept in rows, if there is one. */
export function uidOf({ names }: Names, namespace: string, name: string): string {
  return orderUidOf({
    namespace: digestOf(names, namespace),
    reservation: names.hex(`reservation ${namespace}/${name}`),
  })
}

/** Between which uids all reservations of a namespace are that are kept in rows. */
export function uidsOf({ names }: Names, namespace: string): { readonly first: string; readonly last: string } {
  return orderUidsOf(digestOf(names, namespace))
}

function digestOf(names: Names['names'], namespace: string): string {
  return names.hex(`namespace ${namespace}`)
}
