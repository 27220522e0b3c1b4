import type { Flow, FlowMessage } from '../../../../operator/application/flow/flow.ts'
import { type ChunkParts, handleChunk } from '../../../../operator/application/flow/handle-chunk.ts'
import { type Blame, headersOf, type Journey } from '../../../../operator/domain/flow/journey.ts'
import type { Answer } from '../../../../operator/domain/flow/next-stop.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

export const done: Answer = { kind: 'done', neighbour: 'test' }
export const answers = {
  away: { kind: 'wait', certain: true, cause: 'Away', reason: 'nobody answers' },
  unsure: { kind: 'wait', certain: false, cause: 'Http500', reason: 'it fails' },
  retry: { kind: 'retry', cause: 'Http404', reason: 'not there yet' },
  dead: { kind: 'dead', cause: 'Http422', reason: 'not a number' },
} as const satisfies Record<string, Answer>

export const aMessage = (
  offset: number,
  key: string | undefined,
  particular: Partial<FlowMessage> = {},
): FlowMessage => ({
  ...{ topic: 'stocks', partition: 0, offset: BigInt(offset), ...(key !== undefined && { key }) },
  ...{ value: new Uint8Array(), headers: {}, timestampMs: 0 },
  ...particular,
})

export function aRetry(offset: number, key: string, origin: number, group = 'g'): FlowMessage {
  const journey = { origin: { topic: 'stocks', partition: 0, offset: BigInt(origin) }, group, attempt: 1, dueMs: 0 }
  return aMessage(offset, key, { topic: 'retry', headers: headersOf(journey, answers.retry) })
}

/** A flow with a retry topic, and what became of its messages. */
export function site(handle: Flow['handle'], particular: Partial<Flow> = {}) {
  const sent: [kind: string, origin: bigint, attempt: number, cause: string][] = []
  const handled: bigint[] = []
  const left: string[] = []
  const forwardTo = { fault: undefined as Blame | undefined }
  const forward =
    <K extends 'retry' | 'dead'>(kind: K) =>
    async (_: FlowMessage, journey: Journey, { cause }: Blame): Promise<Blame | K> => {
      if (!forwardTo.fault) sent.push([kind, journey.origin.offset, journey.attempt, cause])
      return forwardTo.fault ?? kind
    }
  const parts: ChunkParts<FlowMessage> = {
    flow: {
      name: 'test',
      handle(message, signal) {
        handled.push(message.offset)
        return handle(message, signal)
      },
      ...particular,
    },
    ...{ group: 'g', retryTopic: 'retry', delaysMs: [1_000, 2_000], mostHandlingMs: 10_000, clock: fakeClock() },
    forwarding: { retry: forward('retry'), dead: forward('dead') },
    observer: {
      handled: () => undefined,
      retried: () => undefined,
      dead: () => undefined,
      passed: (cause) => left.push(cause),
    },
  }
  const run = (messages: readonly FlowMessage[], doubted: readonly bigint[] = [], goesOn = () => true) =>
    handleChunk(parts, messages, { goesOn, doubted: new Set(doubted) })
  return { run, sent, left, handled, forwardTo, parts }
}

export const byOffset = (table: Readonly<Record<number, Answer>>): Flow['handle'] => {
  return async ({ offset }) => table[Number(offset)] ?? done
}
