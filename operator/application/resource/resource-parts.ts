import type { Want } from '../../domain/resource/pool.ts'
import type { Resource, StatusOf } from '../../domain/resource/resource.ts'
import type { CommonReason } from '../../domain/resource/resource-reasons.ts'
import type { Situation, StatusFacts } from '../../domain/resource/situation.ts'
import type { Clock, Tick } from '../clock.ts'
import type { ClockCheck } from '../clock-check.ts'
import type { ClockSkew } from '../clock-skew.ts'
import type { StepEvents } from '../event/step-events.ts'
import type { Capacity } from './capacity.ts'
import type { NextTries } from './next-tries.ts'
import type { Pools } from './pools.ts'
import type { Provider, Said } from './provider.ts'
import type { Resources } from './resources.ts'

/** What the reconcile of a resource works with. `P`: what its providers may say; `W`: reasons of its kind. */
export interface ResourceParts<R extends Resource, P extends Said, W extends string> {
  readonly kind: Kind<R, P, W>
  readonly resources: Resources<R>
  readonly capacity: Capacity
  readonly pools: Pools
  /** Refused tries in a row after which one has failed. */
  readonly maxTries: number
  readonly events: StepEvents<R>
  /** When this process has asked for the capacity of which one, by uid: its watch may not show it yet. */
  readonly askedAt: Map<string, Tick>
  readonly nextTries: NextTries
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly clockIsRight: ClockCheck
  readonly observer: ResourceObserver<R>
}

/** What watches resources: metrics, logs, Kubernetes Events. Must be quick and never throw. */
export interface ResourceObserver<R extends Resource> {
  /** `status` was stored after that of `resource`; it tells of these steps for the first time. */
  told(resource: R, status: StatusOf<R>, steps: StatusOf<R>['history']): void
}

export interface Why<W extends string> {
  readonly reason: CommonReason | W
  readonly message: string
}

/** What is particular to a kind of resource. */
export interface Kind<R extends Resource, P extends Said, W extends string> {
  /** As in sentences: machine. */
  readonly what: string
  /** As in manifests: VirtualMachine. */
  readonly name: string
  /** As kubectl calls one: vmachine. */
  readonly command: string
  /** Reasons after which another status soon follows: nothing is written only to mark what is published. */
  readonly passing: ReadonlySet<string>
  /** Most of one owner; undefined = any number. */
  readonly maxPerOwner: number | undefined
  providerOf(resource: R): Provider<R, P, StatusOf<R>['provider']>
  /** What it takes of its pool. */
  wants(resource: R): readonly Want[]
  /** The same in words. */
  asks(resource: R): string
  /** Which rule it breaks; undefined = none. */
  violation(resource: R): string | undefined
  /** Why it can't be begun as it is; undefined = it can. */
  obstacle(resource: R): Why<W> | undefined
  /** It has no capacity any more: does what has to be done for that, and tells what follows `its capacity is lost`. */
  afterLoss(resource: R): Promise<string>
  statusAfter(resource: R, situation: Situation<P, W>, facts: StatusFacts<StatusOf<R>['provider']>): StatusOf<R>
}
