import { timeText } from '../time-text.ts'
import type { Place } from './place.ts'

type Headers = Readonly<Record<string, string>>

/** How a message has come so far: what its `kbnt_` headers say once it has left the topic that it was written to. */
export interface Journey {
  /** Where it was first; this is who it is, wherever it lies now. */
  readonly origin: Place
  /** Whose it is: other groups that read the same retry topic pass it by. */
  readonly group: string
  /** Times that it was handled in vain. */
  readonly attempt: number
  /** Not to be handled before; 0 = at once. */
  readonly dueMs: number
}

/** Why a message leaves its topic: a word from a short list, and a sentence for people. */
export interface Blame {
  readonly cause: string
  readonly reason: string
}

export const ATTEMPT = 'kbnt_attempt'
const DUE = 'kbnt_due'
const GROUP = 'kbnt_group'
const ORIGINAL_TOPIC = 'kbnt_original_topic'
const ORIGINAL_PARTITION = 'kbnt_original_partition'
const ORIGINAL_OFFSET = 'kbnt_original_offset'
export const ERROR = 'kbnt_error'
export const ERROR_MESSAGE = 'kbnt_error_message'
/** When the message was written first. */
export const ORIGINAL_TIMESTAMP = 'kbnt_original_timestamp'
/** What was left of its value was too large for the dead letters. */
export const TRUNCATED = 'kbnt_truncated'

/** What a message gets on its way; whoever sends it back to where it was first takes them off. */
export const journeyHeaders: ReadonlySet<string> = new Set([
  ...[ATTEMPT, DUE, GROUP, ORIGINAL_TOPIC, ORIGINAL_PARTITION, ORIGINAL_OFFSET, ORIGINAL_TIMESTAMP],
  ...[ERROR, ERROR_MESSAGE],
])
const LONGEST_REASON = 500

/** The headers that are added or replaced when a message goes on; all others stay as they are. */
export function headersOf(
  { origin, group, attempt, dueMs }: Journey,
  { cause, reason }: Blame,
): Record<string, string> {
  return {
    [ATTEMPT]: String(attempt),
    [DUE]: timeText(dueMs),
    [GROUP]: group,
    [ORIGINAL_TOPIC]: origin.topic,
    [ORIGINAL_PARTITION]: String(origin.partition),
    [ORIGINAL_OFFSET]: String(origin.offset),
    [ERROR]: cause,
    [ERROR_MESSAGE]: reason.slice(0, LONGEST_REASON),
  }
}

/** What the headers of a record in a retry or dead-letter topic say; undefined = nobody of ours has written them. */
export function journeyFrom(headers: Headers): Journey | undefined {
  const { [GROUP]: group, [ORIGINAL_TOPIC]: topic } = headers
  const partition = headers[ORIGINAL_PARTITION] ?? ''
  const offset = headers[ORIGINAL_OFFSET] ?? ''
  const attempt = headers[ATTEMPT] ?? ''
  const dueMs = Date.parse(headers[DUE] ?? '')
  const isSound = [partition, offset, attempt].every((number) => /^[0-9]{1,18}$/.test(number))
  if (group === undefined || topic === undefined || !isSound || Number.isNaN(dueMs)) return undefined
  const origin = { topic, partition: Number(partition), offset: BigInt(offset) }
  return { origin, group, attempt: Number(attempt), dueMs }
}

interface Waiting {
  readonly headers: Headers
  /** When it was written to the retry topic. */
  readonly timestampMs: number
}

/**
 * When a record in the retry topic is to be handled; 0 = at once. Others may write there too: nothing waits for longer
 * than the longest of our delays, and what is none of this group's, or was written in times to come, waits for nothing.
 */
export function dueOf(
  { headers, timestampMs }: Waiting,
  { group, delaysMs, nowMs }: { readonly group: string; readonly delaysMs: readonly number[]; readonly nowMs: number },
): number {
  const journey = journeyFrom(headers)
  const longestMs = Math.max(0, ...delaysMs)
  if (journey?.group !== group || timestampMs > nowMs + longestMs) return 0
  return Math.min(journey.dueMs, timestampMs + longestMs)
}
