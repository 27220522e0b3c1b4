import type { HourlyCost } from './resource.ts'
import type { CommonReason, DeletionReason } from './resource-reasons.ts'

/** Where a resource stands, in one look at everything around it. `P`: what its provider may say; `W`: reasons of its kind. */
export type Situation<P, W extends string = never> =
  /** Can't be begun: its pool or its provider is not as it must be. Nothing is reserved. */
  | { readonly kind: 'blocked'; readonly reason: CommonReason | W; readonly message: string }
  /** It is as it was, as far as is known: its provider or its reservation does not say. */
  | { readonly kind: 'unsure'; readonly reason: CommonReason | W; readonly message: string }
  /** Its capacity was asked for and is not there yet. */
  | { readonly kind: 'reserving'; readonly reason: 'Reserving' | 'WaitingForCapacity'; readonly message: string }
  /** Its capacity is there, and the provider has said how it is. `beside`: what is wrong with what it has of others. */
  | {
      readonly kind: 'provided'
      readonly provided: P
      readonly beside?: { readonly reason: CommonReason | W; readonly message: string }
    }
  /** It will not be tried again. `isFreed`: what it had of others is given back. */
  | {
      readonly kind: 'failed'
      readonly reason: CommonReason | W
      readonly message: string
      readonly isFreed?: true
    }
  /** It is deleted; what it waits for. */
  | { readonly kind: 'leaving'; readonly reason: DeletionReason; readonly message: string }
  /** Nothing of it is left but the object. */
  | { readonly kind: 'left' }

/** The capacity that a resource holds now. */
export interface HeldCapacity {
  readonly cost: readonly HourlyCost[]
}

/** What a status says beyond the situation. */
export interface StatusFacts<Provider extends string = string> {
  /** Time, ISO 8601. */
  readonly at: string
  readonly provider: Provider
  /** The name of its reservation, once it was asked for. */
  readonly reservation: string | undefined
  /** The uid of the one that has, or had, its capacity. */
  readonly reservationUID?: string | undefined
  /** Undefined = it holds none. */
  readonly capacity: HeldCapacity | undefined
  /** Up to which step every topic has the events. */
  readonly published: number
  /** Refused tries in a row after which it has failed. */
  readonly maxTries: number
}
