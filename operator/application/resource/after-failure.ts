import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import type { PooledResource, ResourceStatus } from '../../domain/resource/resource.ts'
import type { Removal, Said } from './provider.ts'
import type { Assessment } from './report-resource.ts'
import type { ResourceParts, Why } from './resource-parts.ts'

/** Where nobody tells when it is used no more. */
const USED_MS = 10_000

/** Frees what a failed one still has, once nobody uses it: first its provider's part, then what it has of others, then its capacity. */
export async function afterFailure<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  status: ResourceStatus,
  reservation: Reservation | undefined,
): Promise<Assessment<P, W>> {
  const situation = { kind: 'failed', reason: status.reason as Why<W>['reason'], message: status.message } as const
  const { kind, capacity } = parts
  const isHeld = reservation !== undefined && !isFinished(reservation.status?.phase)
  if (!isHeld && !kind.attachments?.holds(resource)) return { situation }
  if (kind.usedBy?.(resource) !== undefined) return { situation, reservation, recheckAfterMs: USED_MS }
  const removal = await freeResource(parts, resource) // before its capacity: with that nobody would look for it any more
  if (removal.kind === 'going') return { situation, reservation, recheckAfterMs: removal.recheckAfterMs }
  if (isHeld) await capacity.giveBack(resource)
  return { situation: { ...situation, isFreed: true } }
}

/** First its provider's part, then what it has of others. May be repeated. */
export async function freeResource<R extends PooledResource, P extends Said, W extends string>(
  { kind }: Pick<ResourceParts<R, P, W>, 'kind'>,
  resource: R,
): Promise<Removal> {
  const removal = await kind.providerOf(resource).remove(resource)
  if (removal.kind === 'gone') await kind.attachments?.detach(resource)
  return removal
}
