import type { Change } from './change-feed.ts'
import type { StreamedKind } from './stream-world.ts'

/** One thing that a stream tells; `id` is there when all that came before was told too. */
export type StreamEvent =
  | { readonly type: 'change'; readonly kind: StreamedKind; readonly change: Change; readonly id?: string }
  /** What was told before is void: all objects follow. */
  | { readonly type: 'reset'; readonly namespace: string; readonly kinds: readonly StreamedKind[] }
  | { readonly type: 'listed'; readonly id: string }
  /** Nothing has happened. */
  | { readonly type: 'idle'; readonly id: string }
  /** The last one; `reason` is that of a Problem. */
  | { readonly type: 'end'; readonly reason: string; readonly detail: string }

/** What is told as long as somebody listens; each part has few events, and the next is made when it is asked for. */
export interface LiveStream {
  readonly parts: AsyncIterable<readonly StreamEvent[]>
  /** Nobody listens any more. May be called at any time, and again; the first reason counts. */
  close(reason?: string): void
}
