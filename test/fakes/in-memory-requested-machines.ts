import type {
  Making,
  Removing,
  RequestedMachines,
} from '../../operator/application/virtualization/requested-machines.ts'
import type { Machine, MachineSpec } from '../../operator/domain/machine/machine.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import { aMachine } from '../fixtures/machine-builders.ts'

/** Machines in memory; those that are deleted stay until they are told to go. */
export interface InMemoryRequestedMachines extends RequestedMachines {
  stored(name: string): Machine | undefined
  /** Somebody's own, or one that was made for `request` and `message`. */
  put(machine: Machine, madeFor?: { readonly request: string; readonly message: string }): void
  change(name: string, change: Partial<Machine>): void
  /** What was deleted is gone now; or whatever it is, torn out. */
  go(name: string): void
  /** The next attempt to make one comes to this. */
  answerNext(making: Making): void
  /** The next attempt to delete one comes to this. */
  refuseRemoval(removing: Removing): void
  /** The place in line of all that wait. */
  position: number | undefined
  listed: boolean
  /** How many were made. */
  readonly made: number
}

export function inMemoryRequestedMachines(): InMemoryRequestedMachines {
  const stored = new Map<string, { machine: Machine; request?: string; message?: string }>()
  const answers: Making[] = []
  const removals: Removing[] = []
  let made = 0
  const exactly = ({ namespace, name, uid }: Pick<Machine, 'namespace' | 'name' | 'uid'>) => {
    const found = stored.get(keyOf(namespace, name))?.machine
    return found?.uid === uid ? found : undefined
  }
  const fake: InMemoryRequestedMachines = {
    position: undefined,
    listed: true,
    get made() {
      return made
    },
    async make({ namespace, uid, spec }, wanted) {
      const answer = answers.shift()
      if (answer) return answer
      const key = keyOf(namespace, wanted.name)
      const present = stored.get(key)
      if (present) return present.request === uid ? { kind: 'made', machine: present.machine } : { kind: 'taken' }
      made += 1
      const { network: _, ...rest } = wanted.spec
      const machine = aMachine({
        ...{ namespace, name: wanted.name, uid: `made-${made}-${wanted.name}`, spec: rest as Partial<MachineSpec> },
      })
      stored.set(key, { machine, request: uid, message: spec.messageId })
      return { kind: 'made', machine }
    },
    find: exactly,
    read: async (id) => exactly(id),
    target(namespace, target) {
      const fits = [...stored.values()].filter(
        ({ machine, message }) =>
          machine.namespace === namespace &&
          ('uid' in target ? machine.uid === target.uid : message === target.messageId),
      )
      return fits.length === 1 ? fits[0]?.machine : undefined
    },
    isListed: () => fake.listed,
    async remove(id) {
      const answer = removals.shift()
      if (answer) return answer
      const present = exactly(id)
      if (present && id.resourceVersion !== undefined && present.resourceVersion !== id.resourceVersion)
        return { kind: 'changed' }
      if (present) fake.change(id.name, { deletingSince: '2026-11-22T11:00:00Z' })
      return { kind: 'begun' }
    },
    positionOf: () => fake.position,
    stored: (name) => stored.get(keyOf('team', name))?.machine,
    put(machine, madeFor) {
      stored.set(keyOf(machine.namespace, machine.name), { machine, ...madeFor })
    },
    change(name, change) {
      const present = stored.get(keyOf('team', name))
      if (present) stored.set(keyOf('team', name), { ...present, machine: { ...present.machine, ...change } })
    },
    go: (name) => void stored.delete(keyOf('team', name)),
    answerNext: (making) => void answers.push(making),
    refuseRemoval: (removing) => void removals.push(removing),
  }
  return fake
}
