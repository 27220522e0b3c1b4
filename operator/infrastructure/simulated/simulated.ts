import type { Removal } from '../../application/resource/provider.ts'
import type { FaultsAnswer } from './simulated-faults.ts'

export interface SimulatedParts<R, Name extends string, Said> {
  /** What it is told to do wrong. */
  faultsIn(text?: string): FaultsAnswer<Name>
  /** How it is, and goes on. */
  simulate(resource: R, faults: Readonly<Record<Name, number>>): Said
}

/** A provider of what exists only in its status. */
export function simulated<R extends { readonly simulatedFaults?: string }, Name extends string, Said>({
  faultsIn,
  simulate,
}: SimulatedParts<R, Name | 'remove', Said>) {
  return {
    name: 'Simulated' as const,
    unavailable: async () => undefined,
    async ensure(resource: R): Promise<Said | { readonly kind: 'refused'; readonly message: string }> {
      const answer = faultsIn(resource.simulatedFaults)
      return answer.kind === 'unreadable'
        ? { kind: 'refused', message: answer.message }
        : simulate(resource, answer.faults)
    },
    async remove({ simulatedFaults: text }: R): Promise<Removal> {
      const answer = faultsIn(text)
      const hangs = answer.kind === 'faults' && answer.faults.remove > 0
      return hangs ? { kind: 'going', message: 'the simulated provider was told to hang' } : { kind: 'gone' }
    },
  }
}

/** When what was begun at `since` is done, in ms; absent: it is begun now. */
export function doneAtMs(since: string | undefined, delayMs: number, nowMs: number): number {
  const sinceMs = since === undefined ? nowMs : Date.parse(since)
  return sinceMs > nowMs ? nowMs : sinceMs + delayMs // a time from ahead was written by a wrong clock
}
