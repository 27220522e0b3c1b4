import { type Hitch, type Patience, type PatienceParts, patience } from '../patience.ts'

/** A write that has failed for so long keeps nobody waiting any more. */
export const STALLED_MS = 5_000

export interface StallingParts extends PatienceParts {
  /** A try has failed and comes again, or they have failed for long enough to be stalled. */
  readonly onFailing: () => void
}

/** How the tries to write one stock's books go. */
export class Stalling {
  readonly #parts: StallingParts
  readonly #stock: string
  /** Since the first that has failed. */
  #tries: Patience | undefined
  #cancel: (() => void) | undefined

  constructor(parts: StallingParts, stock: string) {
    this.#parts = parts
    this.#stock = stock
  }

  failed(hitch: Hitch): void {
    const { clock, onFailing } = this.#parts
    if (!this.#tries) {
      this.#tries = patience(this.#parts, { operation: 'write the books', fields: { stock: this.#stock } })
      this.#cancel = clock.schedule(STALLED_MS, onFailing) // the next try may be far away, or hang
    }
    this.#tries.failed(hitch)
    onFailing()
  }

  /** It has worked, or nobody needs it any more. */
  over(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#tries = undefined
  }

  /** For how long they have failed, in ms, and why; undefined = they don't. */
  get failing(): { readonly ms: number; readonly reason: string } | undefined {
    const { failingMs: ms = 0, hitch } = this.#tries ?? {}
    return hitch && { ms, reason: hitch.reason }
  }
}
