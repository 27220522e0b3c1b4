import { type Fifo, fifo } from '../fifo.ts'
import type { Hitch } from '../patience.ts'

/** Decisions go first; courtesies (where somebody stands, why it takes long) take what is left, and never much. */
export type Rank = 'decision' | 'courtesy'

/** What became of a turn. `again` is no failure: there is more to do. What `comesBack` by itself is not tried again here. */
export type TurnEnd =
  | { readonly kind: 'done'; readonly wrote: boolean }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly hitch: Hitch; readonly retryAfterMs?: number; readonly comesBack?: boolean }

/** Something to be written to one reservation. */
export interface Turn {
  readonly uid: string
  readonly namespace: string
  readonly rank: Rank
  /** How often it has failed in a row, of what comes back by itself; else this is counted here. */
  readonly failures?: number
  /** One try: requests that are under way, never a pause. Must not throw. */
  run(): Promise<TurnEnd>
}

export interface Queued {
  readonly turn: Turn
  failures: number
  /** Under way for so long that it has no slot any more. */
  slow?: boolean
}

/** What is due in one namespace. */
export interface Lane {
  readonly namespace: string
  readonly fresh: Fifo<Queued>
  readonly repeated: Fifo<Queued>
  /** Under way, in slots or not. */
  running: number
  runningRepeated: number
  slow: number
  offered: boolean
}

export interface Rota {
  readonly lanes: Map<string, Lane>
  /** Those whose turn may come; a lane is in it once. */
  readonly offered: Fifo<Lane>
  /** In slots. */
  running: number
}

export const aLane = (namespace: string): Lane => ({
  namespace,
  fresh: fifo(),
  repeated: fifo(),
  running: 0,
  runningRepeated: 0,
  slow: 0,
  offered: false,
})
export const aRota = (): Rota => ({ lanes: new Map(), offered: fifo(), running: 0 })
