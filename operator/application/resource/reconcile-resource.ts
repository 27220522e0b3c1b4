import type { PooledResource } from '../../domain/resource/resource.ts'
import { SKEW_RETRY_MS } from '../clock-skew.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import { assessResource } from './assess-resource.ts'
import { holdResource } from './hold-resource.ts'
import type { Said } from './provider.ts'
import { removeResource } from './remove-resource.ts'
import { type Assessment, reportResource } from './report-resource.ts'
import type { ResourceParts } from './resource-parts.ts'

/** One that is further within it gets no status that says it is asking; when it has to wait it says so at once. */
const QUIET_MS = 10_000

/**
 * Brings one resource a step nearer to what its spec asks for: gather and act, then report. Safe to repeat. Throws where
 * somebody gave no answer, once what is known is told. While the clock is wrong nothing is begun: what came of it could not
 * be told with its time.
 */
export async function reconcileResource<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  key: string,
): Promise<Outcome> {
  const seen = parts.resources.find(key)
  if (!seen) return settled
  parts.events.send(seen)
  if (!(await parts.clockIsRight(seen))) return recheckAfter(SKEW_RETRY_MS)
  if (seen.deletingSince !== undefined)
    return removeResource({ ...parts, ...holdingOf(parts), usedBy: parts.kind.usedBy }, seen)
  const waitMs = parts.nextTries.waitMs(seen)
  if (waitMs > 0) return recheckAfter(waitMs)
  const resource = await holdResource(parts, seen)
  if ('outcome' in resource) return resource.outcome
  const assessment = await assessResource(parts, resource)
  const quietMs = quietFor(parts, resource, assessment)
  if (quietMs > 0) return recheckAfter(Math.min(quietMs, assessment.recheckAfterMs ?? quietMs))
  const outcome = await reportResource(parts, assessment.attached ?? resource, assessment)
  if (assessment.fault) throw assessment.fault.error
  return outcome
}

function holdingOf<R extends PooledResource, P extends Said, W extends string>({ kind }: ResourceParts<R, P, W>) {
  return { detach: kind.attachments?.detach, holds: kind.attachments?.holds }
}

/** A server whose clock was wrong may have dated the object far ahead: that keeps it quiet no longer. */
function quietFor<R extends PooledResource, P extends Said, W extends string>(
  { clock }: ResourceParts<R, P, W>,
  { status, createdAt }: R,
  { situation }: Assessment<P, W>,
): number {
  const passing = situation.kind === 'reserving' && situation.reason === 'Reserving'
  if (!passing || status) return 0
  const ageMs = clock.now() - createdAt
  return ageMs < -QUIET_MS ? 0 : Math.min(QUIET_MS, QUIET_MS - ageMs)
}
