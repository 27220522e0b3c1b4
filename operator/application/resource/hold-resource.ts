import type { Resource } from '../../domain/resource/resource.ts'
import type { Outcome } from '../outcome.ts'
import { afterUnwritten } from '../unwritten.ts'
import type { Said } from './provider.ts'
import type { ReportParts } from './resource-parts.ts'

/** As it is stored once we hold it: nothing is taken for a resource before we are sure to see it go. */
export async function holdResource<R extends Resource, P extends Said, W extends string>(
  { resources, kind }: Pick<ReportParts<R, P, W>, 'resources' | 'kind'>,
  resource: R,
): Promise<R | { readonly outcome: Outcome }> {
  if (resource.held) return resource
  const result = await resources.hold(resource)
  if (result.kind === 'written') return result.resource
  return { outcome: afterUnwritten(result, `${kind.what} ${resource.namespace}/${resource.name}`, 'held') }
}
