import { hitchOf, type PatienceParts, patience } from './patience.ts'

/** One patience for the same work on many things: it is over only when none of them fails any more. */
export interface JointPatience<T> {
  failed(thing: T, name: string, error: unknown): void
  /** It has worked, or there is nothing more to try. Each thing that has failed must come to this. */
  over(thing: T): void
}

/** Whoever fails next to others that succeed would else be spoken of each time anew. */
export function jointPatience<T>(parts: PatienceParts, operation: string): JointPatience<T> {
  const tries = patience(parts, { operation, fields: {} })
  const failing = new Set<T>()
  return {
    failed(thing, name, error) {
      failing.add(thing)
      const { cause, reason } = hitchOf(error)
      tries.failed({ cause, reason: `${name}: ${reason}` })
    },
    over(thing) {
      if (failing.delete(thing) && failing.size === 0) tries.over()
    },
  }
}
