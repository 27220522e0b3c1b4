import { type Hitch, type PatienceParts, patience } from '../patience.ts'

/** A write that has failed for so long keeps nobody waiting any more. */
export const STALLED_MS = 5_000

export interface StallingParts extends PatienceParts {
  /** A try has failed and comes again, or they have failed for long enough to be stalled. */
  readonly onFailing: () => void
}

/** How the tries to write one stock's books go. */
export interface Stalling {
  failed(hitch: Hitch): void
  /** It has worked, or nobody needs it any more. */
  over(): void
  /** For how long they have failed, in ms, and why; undefined = they don't. */
  readonly failing: { readonly ms: number; readonly reason: string } | undefined
}

export function stalling(parts: StallingParts, stock: string): Stalling {
  const tries = patience(parts, { operation: 'write the books', fields: { stock } })
  let cancel = (): void => undefined
  return {
    failed(hitch) {
      if (!tries.hitch) cancel = parts.clock.schedule(STALLED_MS, parts.onFailing) // the next try may be far away, or hang
      tries.failed(hitch)
      parts.onFailing()
    },
    over() {
      cancel()
      tries.over()
    },
    get failing() {
      const { failingMs: ms, hitch } = tries
      return hitch && { ms, reason: hitch.reason }
    },
  }
}
