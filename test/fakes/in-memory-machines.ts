import type { Machines, MachineWrite } from '../../operator/application/machine/machines.ts'
import type { Machine } from '../../operator/domain/machine/machine.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'

const FINALIZER = 'kbnt.io/machine'

/** Machines in memory, each write with a version of its own; the watch shows them at once unless it stands still. */
export interface InMemoryMachines extends Machines {
  stored(key: string): Machine | undefined
  /** What a person applies or edits. */
  put(machine: Machine): Machine
  /** `kubectl delete`: gone at once when nobody holds it. */
  delete(key: string): void
  /** Gone although it was held: somebody took its finalizers off. */
  tearOut(key: string): void
  /** The next write is answered with this and not applied. */
  answerNext(write: MachineWrite): void
  /** The watch brings nothing more, until `resume`. */
  pause(): void
  resume(): void
  /** The names of the writes that were applied. */
  readonly writes: string[]
}

export function inMemoryMachines(): InMemoryMachines {
  const stored = new Map<string, Machine>()
  let seen: ReadonlyMap<string, Machine> = stored
  let version = 0
  const answers: MachineWrite[] = []
  const writes: string[] = []

  const keep = (machine: Machine): Machine => {
    version += 1
    const kept = structuredClone({ ...machine, resourceVersion: String(version) })
    stored.set(keyOf(kept.namespace, kept.name), kept)
    return kept
  }
  const write = (name: string, base: Machine, change: Partial<Machine>): MachineWrite => {
    const answer = answers.shift()
    if (answer) return answer
    const key = keyOf(base.namespace, base.name)
    const present = stored.get(key)
    if (present?.uid !== base.uid) return { kind: 'gone' }
    if (present.resourceVersion !== base.resourceVersion) return { kind: 'conflict' }
    writes.push(name)
    const machine = keep({ ...present, ...change })
    if (machine.deletingSince !== undefined && machine.finalizers.length === 0) stored.delete(key)
    return { kind: 'written', machine }
  }
  const finalizing = (base: Machine, held: boolean): Partial<Machine> => {
    const others = base.finalizers.filter((name) => name !== FINALIZER)
    return { held, finalizers: held ? [...others, FINALIZER] : others }
  }

  return {
    writes,
    find: (key) => seen.get(key),
    all: () => seen.values(),
    read: async (namespace, name) => stored.get(keyOf(namespace, name)),
    report: async (base, status) => write('report', base, { status }),
    hold: async (base) => write('hold', base, finalizing(base, true)),
    letGo: async (base) => write('letGo', base, finalizing(base, false)),
    stored: (key) => stored.get(key),
    put: keep,
    delete(key) {
      const machine = stored.get(key)
      if (!machine?.finalizers.length) stored.delete(key)
      else if (machine.deletingSince === undefined) keep({ ...machine, deletingSince: '2026-11-22T11:00:00Z' })
    },
    tearOut: (key) => void stored.delete(key),
    answerNext: (answer) => void answers.push(answer),
    pause() {
      seen = new Map(stored)
    },
    resume() {
      seen = stored
    },
  }
}
