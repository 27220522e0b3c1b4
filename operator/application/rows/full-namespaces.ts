import type { PatienceParts } from '../patience.ts'
import { patientRounds, type Repeating } from './repeating.ts'

/** What namespaces have in a database, as it counts itself. */
export interface LiveCounts {
  /** Those that have at least so many live claims: one of each stock of each reservation that holds or lends anything. */
  fullNamespaces(most: number): Promise<readonly string[]>
}

export interface FullNamespacesParts {
  readonly database: string
  readonly counts: LiveCounts
  readonly patience: PatienceParts
  /** Live claims that one namespace may have. */
  readonly most: number
  /** Told of each namespace that has come to be full. */
  readonly onFull: (namespace: string) => void
  /** Told at each look how many are full. */
  readonly onLook: (full: number) => void
}

const LOOK_EVERY_MS = 1_000

/**
 * Which namespaces have all the claims in a database that they may, as of a second ago: what all gateways hold within one is
 * more than that. Where that can't be read it stays as it was: who can't read can't write either.
 */
export class FullNamespaces {
  readonly #parts: FullNamespacesParts
  readonly #looking: Repeating
  #full: ReadonlySet<string> = new Set()

  constructor(parts: FullNamespacesParts) {
    this.#parts = parts
    const undertaking = { operation: 'count what is live', fields: { database: parts.database } }
    const restMs = { unready: LOOK_EVERY_MS, failing: LOOK_EVERY_MS }
    this.#looking = patientRounds({ voices: parts.patience, undertaking, isReady: () => true, restMs }, () =>
      this.#look(),
    )
  }

  start(): void {
    this.#looking.start()
  }

  stop(): Promise<void> {
    return this.#looking.stop()
  }

  has(namespace: string): boolean {
    return this.#full.has(namespace)
  }

  async #look(): Promise<number> {
    const { counts, most, onFull, onLook } = this.#parts
    const before = this.#full
    this.#full = new Set(await counts.fullNamespaces(most))
    for (const namespace of this.#full) if (!before.has(namespace)) onFull(namespace)
    onLook(this.#full.size)
    return LOOK_EVERY_MS
  }
}
