import { MOST_DOUBTS } from '../../domain/flow/next-stop.ts'
import type { Clock } from '../clock.ts'
import { type Patience, type PatienceParts, patience } from '../patience.ts'
import type { ChunkOutcome, Hold } from './handle-chunk.ts'

/** What one partition waits for: its first message can't go on. */
export interface Trouble {
  /** Told after each try of the partition's first message; answers how long to wait before the next, or 0 when it got through. */
  tried(head: bigint, outcome: ChunkOutcome): number
  /** The message that is tried, and to be held for the one at fault if it fails once more. */
  readonly doubted: ReadonlySet<bigint>
  readonly head: bigint | undefined
  /** All up to this one is through. */
  committed(offset: bigint): void
}

export interface TroubleParts extends PatienceParts {
  readonly clock: Clock
  /** Tries come ever further apart, from the first number to the second. */
  readonly probeMs: readonly [first: number, last: number]
  /** Of what, for the log. */
  readonly fields: Readonly<Record<string, unknown>>
  /**
   * How many messages of all partitions this other side has taken from this member so far, or any where none is named:
   * while that rises, it is well.
   */
  readonly reachedSoFar: (neighbour?: string) => number
}

interface Tries {
  readonly offset: bigint
  tries: number
  /** Tries since whose predecessor others got through. */
  doubts: number
  /** Others that had got through when it was tried last. */
  reached: number
  /** Some of them between that try and the one before, or beside it. */
  sawOthers: boolean
  neighbour: string | undefined
  readonly log: Patience
}

/** However long the other side asks for, its being well again is seen within this. */
const LONGEST_ASKED_MS = 300_000

export function trouble({ probeMs, fields, reachedSoFar, ...parts }: TroubleParts): Trouble {
  const [firstMs, lastMs] = probeMs
  let at: Tries | undefined

  const othersGotThrough = ({ neighbour, reached }: Tries) => reachedSoFar(neighbour) > reached

  function failed(offset: bigint, hold: Hold): number {
    if (at?.offset !== offset) {
      const log = patience(parts, { operation: 'handle a message', fields: { ...fields, offset: String(offset) } })
      at = {
        offset,
        tries: 0,
        doubts: 0,
        reached: reachedSoFar(hold.neighbour),
        sawOthers: false,
        neighbour: hold.neighbour,
        log,
      }
    }
    at.tries += 1
    at.sawOthers = othersGotThrough(at)
    if (!hold.certain && at.sawOthers) at.doubts += 1
    at.neighbour = hold.neighbour
    at.reached = reachedSoFar(hold.neighbour)
    at.log.failed(hold)
    if (hold.retryAfterMs !== undefined) return Math.min(Math.max(hold.retryAfterMs, firstMs), LONGEST_ASKED_MS)
    return Math.min(lastMs, firstMs * 2 ** Math.min(at.tries - 1, 30))
  }

  return {
    tried(head, { held, settled }) {
      const hold = held.get(head)
      if (hold) return failed(head, hold)
      if (settled.has(head)) at = undefined
      return 0
    },
    get doubted() {
      if (!at) return new Set<bigint>()
      const doubts = at.doubts + (othersGotThrough(at) ? 1 : 0)
      const isWell = at.sawOthers || doubts > at.doubts // a world that has gone away since is at fault itself
      return new Set<bigint>(isWell && doubts >= MOST_DOUBTS ? [at.offset] : [])
    },
    committed(offset) {
      if (at && at.offset <= offset) at = undefined
    },
    get head() {
      return at?.offset
    },
  }
}
