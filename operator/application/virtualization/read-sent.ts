import type { Blame } from '../../domain/flow/journey.ts'
import type { Answer } from '../../domain/flow/next-stop.ts'
import { contentFromAvro } from '../../domain/virtualization/avro-message.ts'
import {
  faultOfSize,
  type SentMessage,
  sentMessageFrom,
  sentMessageOf,
} from '../../domain/virtualization/read-message.ts'
import type { MessageSchemas } from './message-schemas.ts'

export interface ReadingParts {
  /** For messages that name none. */
  readonly namespace?: string
  /** Of topics whose messages are Avro; those of all others are JSON. */
  readonly schemas?: (topic: string) => MessageSchemas | undefined
}

/** A message as its topic has it, or what becomes of one that can't be read, or not now. */
export async function readSent(parts: ReadingParts, value: Uint8Array, topic: string): Promise<SentMessage | Answer> {
  const { schemas, namespace } = parts
  const avro = schemas?.(topic)
  if (!avro) return deadIfBlamed(sentMessageFrom(value, namespace))
  const fault = faultOfSize(value)
  if (fault) return dead(fault)
  const read = await avro.read(value)
  switch (read.kind) {
    case 'read': {
      const found = contentFromAvro(read.record)
      return deadIfBlamed('cause' in found ? found : sentMessageOf(found.content, namespace))
    }
    case 'unreadable':
      return dead({ cause: 'Unreadable', reason: read.reason })
    case 'unknown': // whoever wrote it may have been faster than the registry's copies
      return { kind: 'retry', cause: 'SchemaUnknown', reason: read.reason }
    case 'away':
      return { kind: 'wait', certain: true, cause: 'RegistryAway', reason: read.reason }
  }
}

function deadIfBlamed(sent: SentMessage | Blame): SentMessage | Answer {
  return 'cause' in sent ? dead(sent) : sent
}

function dead(blame: Blame): Answer {
  return { kind: 'dead', ...blame }
}
