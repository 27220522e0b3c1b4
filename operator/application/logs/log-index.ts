import type { LogDocument } from '../../domain/logs/log-document.ts'
import type { Away } from '../flow/away.ts'

/** What became of a document, or of what was asked for besides. */
export type Put =
  /** It is there, maybe since before. */
  | { readonly kind: 'kept' }
  /** It is wrong, and would be each time. */
  | { readonly kind: 'refused'; readonly reason: string }
  | Away

/** Where lines of logs can be looked for. Calls end in bounded time. */
export interface LogIndex {
  /** As people know it. */
  readonly name: string
  /** Sees to it that new indices know our fields. Harmless when repeated. Resolves to what keeps it from that. */
  prepare(signal: AbortSignal): Promise<Away | undefined>
  /** Puts documents there, each once however often it is given; what became of each, in their order. Never rejects. */
  put(documents: readonly LogDocument[], signal: AbortSignal): Promise<readonly Put[]>
}
