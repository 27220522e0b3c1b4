import type { Answer } from './answer.ts'
import type { Caller } from './caller.ts'

/** One call, checked against the contract: what it carries is of the types that config/openapi.yaml gives it. */
export interface Call {
  readonly caller: Caller
  /** By the names of the contract: path, query and headers, with defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Undefined where the operation takes none. */
  readonly body: unknown
  /** Made where none was given. */
  readonly requestId: string
  /** How long to wait for the operator's answer. */
  readonly waitMs: number
  /** To be told how long it has waited for that answer, in ms, and whether it came. */
  readonly waited?: (ms: number, came: boolean) => void
  /** It costs the API server as much as a write, which it didn't look like: throws a Problem when its caller has made too many. */
  readonly countsAsWrite?: () => void
  /** It is worth so many more writes than the one it came as: throws a Problem when its caller owes some already. */
  readonly countsAsWrites?: (writes: number) => void
  /** For the log line of the call: what was done, which no API server writes down. */
  readonly noted?: (fields: Readonly<Record<string, string | number>>) => void
  /** The caller has hung up, or the gateway ends: what is under way is answered with what is known. */
  readonly over: AbortSignal
}

/** One operation of the contract. Throws a Problem, or whatever else went wrong. */
export type Operation = (call: Call) => Promise<Answer>
