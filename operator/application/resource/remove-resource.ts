import type { Resource } from '../../domain/resource/resource.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import type { Said } from './provider.ts'
import { reportResource } from './report-resource.ts'
import type { ResourceParts } from './resource-parts.ts'

const RETRY_MS = 1_000

/**
 * Ends a deleted resource: first what its provider has, so that nothing stands on capacity that others get; then its
 * capacity; then, when the last event is out, the object.
 */
export async function removeResource<R extends Resource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
): Promise<Outcome> {
  const { kind, capacity } = parts
  if (!resource.held) return settled
  if (resource.status?.reason === 'Deleted') return letGo(parts, resource, resource.status.steps)
  const removal = resource.abandoned ? ({ kind: 'gone' } as const) : await kind.providerOf(resource).remove(resource)
  if (removal.kind === 'going') {
    const { recheckAfterMs } = removal
    const message = `${removal.message}; if that is gone for good: kubectl annotate ${kind.command} ${resource.name} kbnt.io/abandon=true`
    const reservation = capacity.find(resource)
    return reportResource(parts, resource, { situation: { kind: 'leaving', message }, reservation, recheckAfterMs })
  }
  await capacity.giveBack(resource)
  return reportResource(parts, resource, { situation: { kind: 'left' } })
}

/** With the object its history goes, so its events go first. Their delivery has the resource looked at again. */
async function letGo<R extends Resource, P extends Said, W extends string>(
  { resources, events, kind }: ResourceParts<R, P, W>,
  resource: R,
  steps: number,
): Promise<Outcome> {
  if (events.published(resource.uid) < steps) return recheckAfter(RETRY_MS)
  const result = await resources.letGo(resource)
  switch (result.kind) {
    case 'notApplied':
      return recheckAfter(result.retryAfterMs)
    case 'unknown':
    case 'refused':
      throw new Error(`${kind.what} ${resource.namespace}/${resource.name} could not be let go: ${result.reason}`)
    default:
      return settled // gone; or changed, which the watch tells
  }
}
