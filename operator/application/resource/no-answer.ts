import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import type { Fault } from './resource-parts.ts'

/** Why a provider is waited for that gave no answer, to be thrown once that is told. Throws what is only not its turn yet. */
export function noAnswerOf({ name }: { readonly name: string }, error: unknown) {
  if (error instanceof NotItsTurn) throw error
  const fault: Fault = { error }
  return { reason: 'ProviderUnavailable', message: `${name} can't be asked: ${messageOf(error)}`, fault } as const
}
