import type { FlowMessage } from './flow.ts'

/** Messages that are begun together: no more may be lost to a crash, and heard of by nobody, than this. */
export const MOST_BEGUN = 50

export interface ChunkState<M> {
  /** Through already, while something before them was not. */
  readonly ahead: ReadonlySet<bigint>
  /** The first message could not go on when it was tried last. */
  readonly probing: boolean
  /** Those that could not go on beside it: whoever has not been tried goes before them. */
  readonly held: ReadonlySet<bigint>
  /** Of a message in the retry topic: when it is due. */
  readonly dueMs: (message: M) => number
  readonly nowMs: number
  /** Messages to begin at once; MOST_BEGUN, but for flows that take them together. */
  readonly most: number
}

/**
 * The messages to begin next; the first of `messages` is not through. None when that isn't due yet. Whoever probes tries
 * it with one more at most, of another key: if that gets through and the first doesn't, the world is well. With several that
 * are sick, each of them would else stand beside the first for ever, and nobody who is well would be begun.
 */
export function nextChunk<M extends FlowMessage>(messages: readonly M[], state: ChunkState<M>): M[] {
  const { ahead, dueMs, nowMs, most } = state
  const open: M[] = []
  for (const message of messages) {
    if (dueMs(message) > nowMs || (!state.probing && open.length === most)) break
    if (!ahead.has(message.offset)) open.push(message)
  }
  return state.probing ? probeOf(open, state.held) : open
}

/** The first one and one beside it, of whose key nothing before it is left to do. */
function probeOf<M extends FlowMessage>(open: readonly M[], held: ReadonlySet<bigint>): M[] {
  const [head] = open
  if (!head) return []
  const keys = new Set<string | undefined>([head.key])
  let heldOne: M | undefined
  for (const message of open.slice(1)) {
    if (message.key === undefined || keys.has(message.key)) continue
    if (!held.has(message.offset)) return [head, message]
    keys.add(message.key)
    heldOne ??= message
  }
  return heldOne ? [head, heldOne] : [head]
}
