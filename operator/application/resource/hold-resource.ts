import type { Resource } from '../../domain/resource/resource.ts'
import type { Outcome } from '../outcome.ts'
import { afterUnwritten, denialOf } from '../unwritten.ts'
import type { Said } from './provider.ts'
import { reportResource } from './report-resource.ts'
import type { ReportParts } from './resource-parts.ts'

/**
 * As it is stored once we hold it: nothing is taken for a resource before we are sure to see it go. One of which nothing was
 * told yet says who does not allow that.
 */
export async function holdResource<R extends Resource, P extends Said, W extends string>(
  parts: ReportParts<R, P, W>,
  resource: R,
): Promise<R | { readonly outcome: Outcome }> {
  if (resource.held) return resource
  const result = await parts.resources.hold(resource)
  if (result.kind === 'written') return result.resource
  const denial = denialOf(result)
  if (denial !== undefined && resource.status === undefined) {
    const message = `it is not begun before it has its finalizer, which is denied: ${denial}`
    await reportResource(parts, resource, { situation: { kind: 'blocked', reason: 'NotHeld', message } })
  }
  return { outcome: afterUnwritten(result, `${parts.kind.what} ${resource.namespace}/${resource.name}`, 'held') }
}
