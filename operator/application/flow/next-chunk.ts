import type { FlowMessage } from './flow.ts'

/** Messages that are begun together: no more may be lost to a crash, and heard of by nobody, than this. */
export const MOST_BEGUN = 50

export interface ChunkState<M> {
  /** Through already, while something before them was not. */
  readonly ahead: ReadonlySet<bigint>
  /** The first message could not go on when it was tried last. */
  readonly probing: boolean
  /** Of a message in the retry topic: when it is due. */
  readonly dueMs: (message: M) => number
  readonly nowMs: number
  /** Messages to begin at once; MOST_BEGUN, but for flows that take them together. */
  readonly most: number
}

/**
 * The messages to begin next; the first of `messages` is not through. None when that isn't due yet. Whoever probes tries
 * it with one more at most, of another key: if that gets through and the first doesn't, the world is well.
 */
export function nextChunk<M extends FlowMessage>(messages: readonly M[], state: ChunkState<M>): M[] {
  const { ahead, probing, dueMs, nowMs, most } = state
  const chunk: M[] = []
  for (const message of messages) {
    if (dueMs(message) > nowMs || chunk.length === (probing ? 2 : most)) break
    if (ahead.has(message.offset)) continue
    if (probing && chunk[0] && (message.key === undefined || message.key === chunk[0].key)) continue
    chunk.push(message)
  }
  return chunk
}
