import type { Answer } from '../../domain/flow/next-stop.ts'
import { requestNameOf, type Sha256, storedDigestOf } from '../../domain/virtualization/identity.ts'
import type { SentMessage } from '../../domain/virtualization/read-message.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { FlowMessage } from '../flow/flow.ts'
import { messageOf } from '../message-of.ts'
import { type OriginParts, originOf } from './origin-of.ts'
import type { KnownMessage, ProcessedMessages } from './processed-messages.ts'
import { type ReadingParts, readSent } from './read-sent.ts'

export interface DoneBeforeParts extends ReadingParts, OriginParts {
  /** Absent: what became of a message is known for as long as its request is there. */
  readonly processed?: Pick<ProcessedMessages, 'find'>
  /** Told of each message that was done before and whose request nobody had to be asked for. */
  readonly onKnown?: () => void
  readonly clock: Pick<Clock, 'tick'>
  readonly sha256: Sha256
}

export interface DoneBefore {
  /** Asks for all of a chunk in one trip, before its messages come one by one. Never throws. */
  ahead(messages: readonly FlowMessage[]): Promise<void>
  /** Undefined = nothing is remembered of it, so its request is there, or it was never done. */
  answerTo(message: FlowMessage, sent: SentMessage): Promise<Answer | undefined>
}

/**
 * A request goes three minutes after its message is remembered (request-memory.ts). Who has seen nothing of it, and makes it
 * within this time and that of two calls, finds the request still there; later it would be made a second time.
 */
const BELIEVED_MS = 20_000

/** What was found, or why nothing could be; `at`: when it was asked for. */
type Finding = { readonly at: Tick } & ({ readonly known: KnownMessage | undefined } | { readonly fault: string })

/** Tells of messages whose requests are gone. Where that can't be told they wait: to make one again would be to do it twice. */
export function doneBefore(parts: DoneBeforeParts, processed: Pick<ProcessedMessages, 'find'>): DoneBefore {
  const { clock, sha256 } = parts
  /** As long as whoever has fetched a message holds it. */
  const findings = new WeakMap<FlowMessage, Finding>()
  const nameOf = ({ namespace, message }: SentMessage) => requestNameOf(namespace, message.messageId, sha256)

  async function ask(asked: ReadonlyMap<FlowMessage, string>): Promise<void> {
    if (asked.size === 0) return
    const at = clock.tick() // before it is read: what is written meanwhile may be missing
    try {
      const found = await processed.find([...new Set(asked.values())])
      for (const [message, name] of asked) findings.set(message, { at, known: found.get(name) })
    } catch (error) {
      for (const message of asked.keys()) findings.set(message, { at, fault: messageOf(error) })
    }
  }

  async function believed(message: FlowMessage, name: string): Promise<Finding | undefined> {
    const isFresh = ({ at }: Finding) => msBetween(at, clock.tick()) <= BELIEVED_MS
    const before = findings.get(message)
    if (before && isFresh(before)) return before
    await ask(new Map([[message, name]]))
    const now = findings.get(message)
    return now && isFresh(now) ? now : undefined
  }

  return {
    async ahead(messages) {
      const read = messages.map(async (message) => {
        const sent = await readSent(parts, message.value, originOf(message, parts).place.topic)
        return 'kind' in sent ? [] : [[message, nameOf(sent)] as const]
      })
      await ask(new Map((await Promise.all(read)).flat()))
    },
    async answerTo(message, sent) {
      const finding = await believed(message, nameOf(sent))
      if (!finding) return memoryAway('the answer came too late to go by it')
      if ('fault' in finding) return memoryAway(finding.fault)
      const { known } = finding
      if (!known) return undefined
      const { messageId } = sent.message
      if (known.digest === storedDigestOf(sent.message, sha256)) {
        parts.onKnown?.()
        return { kind: 'done' }
      }
      const reason = `the message ${JSON.stringify(messageId)} is remembered (${known.outcome}), and it asked for something else`
      return { kind: 'dead', cause: 'IdReused', reason }
    },
  }
}

function memoryAway(why: string): Answer {
  return { kind: 'wait', certain: true, cause: 'MemoryAway', reason: `which messages were done can't be told: ${why}` }
}
