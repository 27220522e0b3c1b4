import { isNoOlder } from '../../domain/gateway/position.ts'
import type { Seen } from './objects.ts'

/** The newer of what the API server has given and what the watch has of the same object, which may be either. */
export function newestOf<S extends Seen<unknown>>(given: S, watched: S | undefined): S {
  return watched?.uid === given.uid && isNoOlder(watched.position, given.position) ? watched : given
}
