import type { MachineProvider } from '../../operator/application/machine/machine-kind.ts'
import type { Removal } from '../../operator/application/resource/provider.ts'
import { type Machine, type ProviderName, toldToHalt } from '../../operator/domain/machine/machine.ts'
import type { Provided } from '../../operator/domain/machine/provided.ts'
import { childNameOf } from '../../operator/domain/resource/resource.ts'

/** A provider that says what it is told to say; then that machines run, are stopped, or are gone, as they should be. */
export interface ScriptedProvider extends MachineProvider {
  /** The next answers of `ensure`; an error is thrown. */
  readonly answers: (Provided | Error)[]
  /** The next answers of `remove`; an error is thrown. */
  readonly removals: (Removal | Error)[]
  /** Why it can't run machines. */
  trouble: string | undefined
  /** How many machines it made in all for a uid, and how many are left. */
  readonly made: Map<string, number>
  readonly present: Set<string>
  /** The machines as it was asked for them. */
  readonly ensured: Machine[]
}

export function scriptedProvider(name: ProviderName, startedAt: string): ScriptedProvider {
  const present = new Set<string>()
  const made = new Map<string, number>()
  const answers: (Provided | Error)[] = []
  const removals: (Removal | Error)[] = []
  const ensured: Machine[] = []
  return {
    ...{ name, answers, removals, made, present, ensured, trouble: undefined },
    async unavailable() {
      return this.trouble
    },
    async ensure(machine) {
      ensured.push(machine)
      const answer = orThrow(answers.shift()) ?? usual(machine, startedAt)
      if (answer.kind !== 'refused' && !present.has(machine.uid)) {
        present.add(machine.uid)
        made.set(machine.uid, (made.get(machine.uid) ?? 0) + 1)
      }
      return answer
    },
    async halt(machine) {
      return !present.has(machine.uid) || (await this.ensure(toldToHalt(machine))).kind === 'stopped'
    },
    async remove({ uid }) {
      const removal = orThrow(removals.shift()) ?? { kind: 'gone' }
      if (removal.kind === 'gone') present.delete(uid)
      return removal
    },
  }
}

function orThrow<T>(answer: T | Error | undefined): T | undefined {
  if (answer instanceof Error) throw answer
  return answer
}

function usual(machine: Machine, startedAt: string): Provided {
  const ref = { apiVersion: 'kbnt.io/v1beta1', kind: 'SimulatedMachine', name: childNameOf(machine) }
  if (machine.spec.runStrategy === 'Halted') return { kind: 'stopped', ref, wanted: true, message: 'told to be off' }
  const endpoints = [{ name: 'ssh', address: '10.10.1.45', port: 22 }]
  return { kind: 'running', ref, endpoints, startedAt }
}
