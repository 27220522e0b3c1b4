import type { Call } from '../../domain/integration/call.ts'
import type { Reply } from '../../domain/reply.ts'

/** The other side, as far as it is asked for anything. */
export interface IntegrationTarget {
  /** What rows and metrics call it. */
  readonly name: string
  /** Made once: nothing is tried again here. Never throws; ends within its time-out and that of a call before it. */
  call(call: Call, signal: AbortSignal): Promise<Reply>
}
