import { shortMessage } from '../short-message.ts'
import type { ResourceStatus, Step } from './resource.ts'

/** What may have happened since the last status, in the order in which it must have happened. */
export type PossibleStep<Operation extends string> = readonly [
  happened: boolean,
  operation: Operation,
  message: string,
  status?: Step['status'],
]

/** Those that did happen. */
export function stepsOf<Operation extends string>(
  possible: readonly PossibleStep<Operation>[],
  at: string,
): Step<Operation>[] {
  return possible
    .filter(([happened]) => happened)
    .map(([, operation, message, status = 'Succeeded']) => ({ at, operation, status, message }))
}

/** Whether a condition has come to this since the last status; one that was never told was False. */
export function became(
  before: Pick<ResourceStatus, 'conditions'> | undefined,
  next: Pick<ResourceStatus, 'conditions'>,
  type: string,
  is: 'True' | 'False',
): boolean {
  return statusOf(next, type) === is && (statusOf(before, type) ?? 'False') !== is
}

function statusOf(status: Pick<ResourceStatus, 'conditions'> | undefined, type: string): string | undefined {
  return status?.conditions.find((condition) => condition.type === type)?.status
}

/** Whether a step has been pushed out of the history that not every topic has. */
export function forgets({
  steps,
  published,
  history,
}: Pick<ResourceStatus, 'steps' | 'published' | 'history'>): boolean {
  return published < steps - history.length
}

export function shortened<T extends { readonly message: string }>(told: T): T {
  return { ...told, message: shortMessage(told.message) }
}
