import type { Resource, ResourceIdentity, StatusOf } from '../../domain/resource/resource.ts'
import type { Resources } from './resources.ts'

/** What is to be written, and what to answer when it is. */
export interface Change<R extends Resource, T> {
  readonly answer: T
  /** Undefined = nothing else than what it says. */
  readonly status?: StatusOf<R> | undefined
}

/** Who has changed one meanwhile has most often only told of it. */
const TRIES = 4

/**
 * Changes the status of one resource by a write of exactly the version that this was decided on, read from the store
 * itself: of two leaders only one comes through. Decided anew where somebody else came first. Throws, in the words of
 * `what`, when nobody knows whether it came through.
 */
export async function changeStatus<R extends Resource, T>(
  resources: Pick<Resources<R>, 'read' | 'report'>,
  { namespace, name, what }: Pick<ResourceIdentity, 'namespace' | 'name'> & { readonly what: string },
  decide: (resource: R | undefined) => Change<R, T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const resource = await resources.read(namespace, name)
    const { answer, status } = decide(resource)
    if (!resource || !status) return answer
    const result = await resources.report(resource, status)
    if (result.kind === 'written') return answer
    const isPassing = result.kind === 'conflict' || result.kind === 'gone'
    if (!isPassing || tries === TRIES)
      throw new Error(`${what} ${namespace}/${name} could not be written: ${wordsOf(result)}`)
  }
}

function wordsOf(result: { readonly kind: string; readonly reason?: string }): string {
  return result.reason ?? result.kind
}
