import type { Machine, ProviderName } from '../../domain/machine/machine.ts'
import type { Provided } from '../../domain/machine/provided.ts'

export type Removal =
  /** Nothing of it is left. */
  | { readonly kind: 'gone' }
  /** `recheckAfterMs` where nothing else would tell when it is gone. */
  | { readonly kind: 'going'; readonly message: string; readonly recheckAfterMs?: number }

/**
 * Runs machines. Each call may be repeated, also by another process, and finds its machine by the object's uid: there is
 * never a second one. Faults of the way there (time-outs, a busy server) are thrown and count as no answer at all.
 */
export interface MachineProvider {
  readonly name: ProviderName
  /** Why it can't run machines in this namespace; undefined = it can. */
  unavailable(namespace: string): Promise<string | undefined>
  /** Creates it when it is missing and has it run as `spec.runStrategy` says; answers how it is. */
  ensure(machine: Machine): Promise<Provided>
  /** Takes it away with all that belongs to it. */
  remove(machine: Machine): Promise<Removal>
}
