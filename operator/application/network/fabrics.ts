import type { Claim, Objection } from '../../domain/network/fabric.ts'
import type { NewNetwork, Underlay } from '../../domain/network/underlay.ts'

/** A claim and the fabric that it is of. */
export interface PlacedClaim {
  readonly fabric: string
  readonly claim: Claim
}

/** What networks have of their fabrics: one book for each, of which two may never agree to the same vlan or range. */
export interface Fabrics {
  /**
   * Takes a vlan and a range for a network; does nothing when they are its own already. Where there is no book it begins
   * with what is known. Real ones are made on what those before them were made on: where the settings name something else a
   * new one has to wait until none of them is left. Answers what is against it. Throws when nobody knows whether it came
   * through, and `NotItsTurn` where nothing was done because others are before it or the book has just failed: may be repeated.
   */
  claim(fabric: string, claim: Claim, newcomer: NewNetwork): Promise<Objection | undefined>
  /** What those of a fabric are made on, as last read; undefined = nothing was read. */
  underlay(fabric: string): Underlay | undefined
  /** Whether the claim of a network says, as last read or written, that machines of a namespace may be on it. */
  isFor(fabric: string, uid: string, namespace: string): boolean
  /** Gives back what it has; nothing when it has none. Throws when nobody knows whether it came through. */
  release(fabric: string, uid: string): Promise<void>
  /** Everything that is claimed in this install's books, from the store itself. */
  all(): Promise<readonly PlacedClaim[]>
}
