import type { Reservation } from '../../domain/reservation/reservation.ts'
import { isItsCapacity } from '../../domain/resource/own-capacity.ts'
import { linesOf, type PoolAnswer } from '../../domain/resource/pool.ts'
import { isTrue, type PooledResource, type Resource } from '../../domain/resource/resource.ts'
import type { CommonReason } from '../../domain/resource/resource-reasons.ts'
import type { Said } from './provider.ts'
import type { ResourceParts } from './resource-parts.ts'

/** Why what stands under the name of a resource's reservation does not count as its capacity. */
interface Doubt {
  /** Else it may be its own: its pool does not say. */
  readonly surely: boolean
  readonly reason: CommonReason
  readonly message: string
}

/** With `doubt` the reservation is none that it may stand on. */
export interface OwnCapacity {
  readonly reservation: Reservation | undefined
  readonly doubt?: Doubt
}

/** What its provider has was made on capacity. */
export function hadCapacity({ status }: Resource): boolean {
  return isTrue(status, 'CapacityReserved') || isTrue(status, 'Provisioned')
}

/** The reservation of a resource. What has been there and is not in the watch is asked of the store itself. */
export async function ownCapacity<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<OwnCapacity> {
  const seen = judged(parts, resource, parts.capacity.find(resource))
  const isThere = seen.reservation && !seen.doubt
  return isThere || !hadCapacity(resource) ? seen : judged(parts, resource, await parts.capacity.read(resource))
}

function judged<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation | undefined,
): OwnCapacity {
  if (!reservation) return { reservation }
  const pool = linesFor(parts, resource)
  const quantities = parts.kind.wants(resource).map(({ quantity }) => quantity)
  const lines = pool.kind === 'lines' ? pool.lines : undefined
  const its = isItsCapacity(resource, reservation, { lines, quantities })
  if (its) return { reservation }
  if (its === undefined && pool.kind === 'trouble') return { reservation, doubt: { ...pool, surely: false } }
  const { what } = parts.kind
  const message =
    `reservation ${resource.namespace}/${reservation.name} is not what this ${what} asks for: ` +
    `${parts.kind.asks(resource)} of pool ${resource.spec.pool}, for its owner; delete that reservation`
  return { reservation, doubt: { surely: true, reason: 'ReservationNotOwn', message } }
}

/** What it takes of the stocks of its pool as they are now, or why that can't be told. */
export function linesFor<R extends PooledResource, P extends Said, W extends string>(
  { kind, pools }: Pick<ResourceParts<R, P, W>, 'kind' | 'pools'>,
  resource: R,
): PoolAnswer {
  const { pool, poolNamespace } = resource.spec
  const stocks = pools.stocksOf(poolNamespace, pool)
  if (stocks) return linesOf(resource.spec, kind.wants(resource), stocks)
  const message = `the stocks of namespace ${poolNamespace} can't be listed`
  return { kind: 'trouble', reason: 'PoolMissing', message }
}
