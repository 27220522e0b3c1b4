import type { ResourceStatus, Step } from './resource.ts'

/** As many as the CRDs let a status keep. */
const KEPT = 16

/** The words of a provider may be long; the end of them is seldom what helps. */
const MAX_MESSAGE = 1_024

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

export function historyAfter<S extends Step>(before: readonly S[], added: readonly S[]): S[] {
  return [...before, ...added].slice(-KEPT)
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
  const { message } = told
  return message.length > MAX_MESSAGE ? { ...told, message: `${message.slice(0, MAX_MESSAGE).toWellFormed()}…` } : told
}
