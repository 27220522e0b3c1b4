import type { Machine } from '../../domain/machine/machine.ts'
import type { ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import type { Target, WantedMachine } from '../../domain/virtualization/wish.ts'

/**
 * `made`: it is there, made for this request now or before. `taken`: somebody else's has its name. `refused`: its schema
 * does not take it. `hindered`: not for now, by a quota, a policy or a missing right.
 */
export type Making =
  | { readonly kind: 'made'; readonly machine: Machine }
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'hindered'; readonly reason: string }

/**
 * `begun`: it is going, or gone. `changed`: it is of another version by now. `hindered`: not for now, by a policy, a
 * webhook that does not answer or a missing right.
 */
export type Removing = { readonly kind: 'begun' | 'changed' } | { readonly kind: 'hindered'; readonly reason: string }

type MachineId = Pick<Machine, 'namespace' | 'name' | 'uid'>

/** The machines that requests are about. */
export interface RequestedMachines {
  /** Makes it, marked as this request's own. May be repeated. Throws when nobody knows whether it came through. */
  make(request: ResourceRequest, wanted: WantedMachine): Promise<Making>
  /** Exactly this one, as last seen by the watch; undefined = gone or not seen yet. */
  find(id: MachineId): Machine | undefined
  /** Exactly this one, from the store itself; undefined = gone. Throws when that does not answer. */
  read(id: MachineId): Promise<Machine | undefined>
  /** The one that is meant, as last seen; undefined = none, or several that claim to be it. */
  target(namespace: string, target: Target): Machine | undefined
  /** Whether all machines of a namespace were seen. */
  isListed(namespace: string): boolean
  /**
   * Deletes exactly this one, and with a version only while it is of that. Throws when nobody knows whether it came
   * through.
   */
  remove(id: MachineId & { readonly resourceVersion?: string }): Promise<Removing>
  /** Its place among those that wait for capacity; undefined = it does not wait. */
  positionOf(machine: Machine): number | undefined
}
