import { journeyFrom, ORIGINAL_TIMESTAMP } from '../../domain/flow/journey.ts'
import type { Place } from '../../domain/flow/place.ts'
import type { FlowMessage } from '../flow/flow.ts'

export interface OriginParts {
  /** What lies there was written by us: its headers say where it came from. */
  readonly retryTopic: string
}

/** Where a message lay at first, and when it was written there. Headers that others wrote would let them ask by another topic's rule. */
export function originOf(
  { topic, partition, offset, headers, timestampMs }: FlowMessage,
  { retryTopic }: OriginParts,
): { readonly place: Place; readonly writtenMs: number } {
  const journey = topic === retryTopic ? journeyFrom(headers) : undefined
  if (!journey) return { place: { topic, partition, offset }, writtenMs: timestampMs }
  const first = Date.parse(headers[ORIGINAL_TIMESTAMP] ?? '')
  return { place: journey.origin, writtenMs: Number.isNaN(first) ? timestampMs : first }
}
