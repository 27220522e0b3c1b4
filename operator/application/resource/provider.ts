import type { Resource } from '../../domain/resource/resource.ts'

export type Removal =
  /** Nothing of it is left. */
  | { readonly kind: 'gone' }
  /**
   * `recheckAfterMs` where nothing else would tell when it is gone; `isRefused`: it is not on its way, somebody has to change
   * something first; `isUnseen`: nobody can look whether there is anything, so nothing is left of what was never asked for.
   */
  | {
      readonly kind: 'going'
      readonly message: string
      readonly recheckAfterMs?: number
      readonly isRefused?: true
      readonly isUnseen?: true
    }

/** What a provider says; `recheckAfterMs` where nothing else would tell when there is more to say. */
export interface Said {
  readonly kind: string
  readonly recheckAfterMs?: number
}

/**
 * Makes resources of one kind. Each call may be repeated, also by another process, and finds its resource by the object's
 * uid: there is never a second one. Faults of the way there (time-outs, a busy server) are thrown and count as no answer
 * at all.
 */
export interface Provider<R extends Resource, P extends Said, Name extends string = string> {
  readonly name: Name
  /** Why it can't make any in this namespace; undefined = it can. */
  unavailable(namespace: string): Promise<string | undefined>
  /** Creates it when it is missing and has it be as its spec says; answers how it is. */
  ensure(resource: R): Promise<P>
  /** Takes it away with all that belongs to it. */
  remove(resource: R): Promise<Removal>
}
