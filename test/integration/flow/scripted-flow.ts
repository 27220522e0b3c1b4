import { setTimeout as pause } from 'node:timers/promises'
import type { Flow, FlowMessage } from '../../../operator/application/flow/flow.ts'
import { ATTEMPT } from '../../../operator/domain/flow/journey.ts'
import type { Answer } from '../../../operator/domain/flow/next-stop.ts'

/** What a message of these tests says: how it wants to be answered at each attempt; after those it is done. */
export interface Script {
  readonly id: string
  readonly answers?: readonly ('retry' | 'dead' | 'unsure')[]
  readonly takesMs?: number
}

/** One message that was done. */
export interface Effect {
  readonly id: string
  readonly key: string | undefined
  readonly partition: number
}

const scriptOf = ({ value }: FlowMessage) => JSON.parse(Buffer.from(value).toString()) as Script

/** A flow that does what its messages ask for. `world`: says instead of them what the world does. */
export function scriptedFlow(
  effect: (effect: Effect) => void,
  more: Partial<Flow> & { readonly world?: (message: FlowMessage) => Answer | undefined } = {},
): Flow {
  return {
    name: 'scripted',
    async handle(message) {
      const worlds = more.world?.(message)
      if (worlds) return worlds
      const { id, answers = [], takesMs } = scriptOf(message)
      if (takesMs !== undefined) await pause(takesMs)
      const answer = answers[Number(message.headers[ATTEMPT] ?? 0)]
      if (answer === 'unsure')
        return { kind: 'wait', certain: false, neighbour: 'script', cause: 'Http500', reason: 'it fails' }
      if (answer) return { kind: answer, cause: 'Scripted', reason: `${id} asks for it` }
      effect({ id, key: message.key, partition: message.partition })
      return { kind: 'done', neighbour: 'script' }
    },
    ...more,
  }
}
