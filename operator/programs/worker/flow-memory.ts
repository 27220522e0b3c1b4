import { hitchOf, patiently } from '../../application/patience.ts'
import { notWritten } from '../../infrastructure/postgres/faults.ts'
import { type RememberedMessages, readMessages } from '../remembered-messages.ts'
import type { FlowParts } from './running-flow.ts'

type MemoryParts = Pick<FlowParts, 'clock' | 'logger'> & {
  readonly settings: Pick<FlowParts['settings'], 'databases' | 'requests'>
}

export interface FlowMemory extends RememberedMessages<'find'> {
  /** How long messages are remembered, in ms. */
  readonly keptMs: number
  /** Asks until it is answered once; then each message tells. */
  start(): void
  /** Undefined = it was answered. */
  notReady(): string | undefined
}

/** Where the flow virtualization looks for messages whose requests are gone; undefined = nobody remembers them. */
export function flowMemory({ settings, clock, logger }: MemoryParts): FlowMemory | undefined {
  const { rememberIn, rememberForMs: keptMs } = settings.requests
  const connection = settings.databases[rememberIn ?? '']
  if (!connection) return undefined
  const { processed, close } = readMessages(connection)
  let trouble: string | undefined = 'which messages were done is not asked yet'
  let over = false

  async function attempt() {
    try {
      await processed.find([''])
      trouble = undefined
      return { kind: 'done' as const, value: undefined }
    } catch (error) {
      const hitch = hitchOf(notWritten(error))
      trouble = `which messages were done can't be told: ${hitch.reason}`
      return over ? { kind: 'done' as const, value: undefined } : { kind: 'failed' as const, hitch }
    }
  }

  return {
    ...{ processed, keptMs },
    start() {
      const parts = { clock, onRetry: () => undefined, onTrouble: logger.warn }
      void patiently(parts, { operation: 'read messages that were done', fields: { database: rememberIn } }, attempt)
    },
    notReady: () => trouble,
    close() {
      over = true
      return close()
    },
  }
}
