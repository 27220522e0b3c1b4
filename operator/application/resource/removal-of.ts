import type { Resource } from '../../domain/resource/resource.ts'
import type { Capacity } from './capacity.ts'
import { hadCapacity } from './own-reservation.ts'
import type { Removal, Said } from './provider.ts'
import type { ToldKind } from './resource-parts.ts'

interface RemovalOfParts<R extends Resource, P extends Said, W extends string> {
  readonly kind: Pick<ToldKind<R, P, W>, 'providerOf'>
  readonly capacity: Pick<Capacity, 'find'>
  /** Whether it has something of others; absent = it never has. */
  readonly holds?: ((resource: R) => boolean) | undefined
}

/** Phases of a reservation on which nothing was ever made. */
const unmade: ReadonlySet<string | undefined> = new Set([undefined, 'Pending', 'Waiting', 'Reserved', 'Rejected'])

/**
 * Has its provider take it away. Where that can't look it is gone only if nothing was asked of it: a create whose answer was
 * lost is in no status, but comes after a capacity that is confirmed, and after what others give.
 */
export async function removalOf<R extends Resource, P extends Said, W extends string>(
  parts: RemovalOfParts<R, P, W>,
  resource: R,
): Promise<Removal> {
  const removal = await parts.kind.providerOf(resource).remove(resource)
  const isUnseen = removal.kind === 'going' && removal.isUnseen === true
  return isUnseen && !mayBeMade(parts, resource) ? { kind: 'gone' } : removal
}

function mayBeMade<R extends Resource, P extends Said, W extends string>(
  { capacity, holds }: RemovalOfParts<R, P, W>,
  resource: R,
): boolean {
  const { providerRef, tries, reservationUID } = resource.status ?? {}
  const isTold = [providerRef, tries, reservationUID].some((trace) => trace !== undefined) || hadCapacity(resource)
  return isTold || !unmade.has(capacity.find(resource)?.status?.phase) || holds?.(resource) === true
}
