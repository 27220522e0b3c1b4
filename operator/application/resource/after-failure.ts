import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import type { PooledResource, ResourceStatus } from '../../domain/resource/resource.ts'
import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import type { Removal, Said } from './provider.ts'
import { removalOf } from './removal-of.ts'
import type { Assessment } from './report-resource.ts'
import type { Fault, ResourceParts, Why } from './resource-parts.ts'

/** Where nobody tells when it is used no more, or gone. */
const RECHECK_MS = 10_000
/** Between why it has failed and what it still has. */
export const STILL = '; what it has stays its own for now: '

/** What keeps it from being freed; `fault`: somebody gave no answer. */
type Kept = Extract<Removal, { readonly kind: 'going' }> & { readonly fault?: Fault }

/** Frees what a failed one still has, once nobody uses it: first its provider's part, then what it has of others, then its capacity. */
export async function afterFailure<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  status: ResourceStatus,
  reservation: Reservation | undefined,
): Promise<Assessment<P, W>> {
  const situation = failedAs<W>(status)
  const { kind, capacity } = parts
  const isHeld = reservation !== undefined && !isFinished(reservation.status?.phase)
  if (!isHeld && !kind.attachments?.holds(resource)) return { situation }
  const users = kind.usedBy?.(resource)
  if (users) return stillHas({ situation, reservation }, { kind: 'going', message: users.message })
  const removal = await freeResource(parts, resource) // before its capacity: with that nobody would look for it any more
  if (removal.kind === 'going') return stillHas({ situation, reservation }, removal)
  if (isHeld) await capacity.giveBack(resource)
  return { situation: { ...situation, isFreed: true } }
}

/** Why one has failed, by its status. */
export function failedAs<W extends string>({ reason, message: told }: Pick<ResourceStatus, 'reason' | 'message'>) {
  const [message = ''] = told.split(STILL)
  return { kind: 'failed', reason: reason as Why<W>['reason'], message } as const
}

/** First its provider's part, then what it has of others. May be repeated. */
export async function freeResource<R extends PooledResource, P extends Said, W extends string>(
  parts: Pick<ResourceParts<R, P, W>, 'kind' | 'capacity'>,
  resource: R,
): Promise<{ readonly kind: 'gone' } | Kept> {
  const { kind, capacity } = parts
  const { attachments } = kind
  try {
    const removal = await removalOf({ kind, capacity, holds: attachments?.holds }, resource)
    if (removal.kind === 'gone') await attachments?.detach(resource)
    return removal
  } catch (error) {
    const message = messageOf(error)
    if (error instanceof NotItsTurn) return { kind: 'going', message, recheckAfterMs: error.recheckAfterMs }
    return { kind: 'going', message, fault: { error } }
  }
}

/** What is against it, and what keeps it from giving back what it has. */
export function stillHas<P extends Said, W extends string>(
  against: Assessment<P, W>,
  { message, recheckAfterMs = RECHECK_MS, fault }: Kept,
): Assessment<P, W> {
  const { situation } = against
  const told = 'message' in situation ? { ...situation, message: `${situation.message}${STILL}${message}` } : situation
  return { ...against, situation: told, recheckAfterMs, fault }
}
