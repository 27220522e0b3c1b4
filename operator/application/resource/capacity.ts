import type { Reservation } from '../../domain/reservation/reservation.ts'
import type { PoolLine } from '../../domain/resource/pool.ts'
import type { PooledResource, Resource, ResourceIdentity } from '../../domain/resource/resource.ts'

/** `there`: one with its marks is there already, made by this process or another; `taken`: one without them. */
export type Asked =
  | { readonly kind: 'asked' | 'there' }
  | { readonly kind: 'refused' | 'taken'; readonly reason: string }

/** Whom a reservation is for. */
export interface CapacityOwner extends ResourceIdentity {
  /** What makes it; undefined = it was asked for before that was written down. */
  readonly provider?: string
}

/** One that has capacity, or had; `status`: which reservation it was told to have. */
export type CapacityHolder = ResourceIdentity & Pick<Partial<Resource>, 'status'>

/**
 * The reservations of resources of one kind: one for each, under a name that its uid decides. They are known by their marks,
 * which whoever may write reservations can write: what such a one asks for has to be looked at before it counts.
 */
export interface Capacity {
  /** As last seen by the watch; undefined = none, or not seen yet. */
  find(resource: CapacityHolder): Reservation | undefined
  /** From the store itself; undefined = none. Throws when that does not answer. */
  read(resource: CapacityHolder): Promise<Reservation | undefined>
  /**
   * Asks for all lines or none, to be held until it is given back; `provider`: what is to make the resource. May be repeated.
   * Throws when nobody knows whether it came through.
   */
  ask(resource: PooledResource, lines: readonly PoolLine[], provider: string): Promise<Asked>
  /** Gives it back; nothing when there is none. Throws when nobody knows whether it came through. */
  giveBack(resource: CapacityHolder): Promise<void>
  /** Puts back what its reservation says of whom it is for, and of what makes that. Throws when nobody knows whether it came through. */
  keepMarked(resource: CapacityHolder, provider: string): Promise<void>
  /** The resources for which there is a reservation, as last seen. */
  owners(): Iterable<CapacityOwner>
}
