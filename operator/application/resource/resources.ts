import type { Resource, StatusOf } from '../../domain/resource/resource.ts'
import type { Unwritten } from '../unwritten.ts'

/** What became of a write to a resource's object. */
export type ResourceWrite<R extends Resource> = { readonly kind: 'written'; readonly resource: R } | Unwritten

/** Resources of one kind as people wrote them and as we told them. */
export interface Resources<R extends Resource> {
  /** As last seen by the watch; undefined = gone or not seen yet. */
  find(key: string): R | undefined
  /** All as last seen. */
  all(): Iterable<R>
  /** The latest version, from the store itself; undefined = none. Throws when that does not answer. */
  read(namespace: string, name: string): Promise<R | undefined>
  /** Replaces the status of exactly the version `base`. Never throws. */
  report(base: R, status: StatusOf<R>): Promise<ResourceWrite<R>>
  /** From now on it is not gone before we let go of it. Never throws. */
  hold(base: R): Promise<ResourceWrite<R>>
  /** Lets a deleted one go. Never throws. */
  letGo(base: R): Promise<ResourceWrite<R>>
}
