import type { Want } from '../../domain/resource/pool.ts'
import type { PooledResource, Resource, StatusOf } from '../../domain/resource/resource.ts'
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
import type { Users } from './users.ts'

/** What it takes to tell what became of a resource. `P`: what its providers may say; `W`: reasons of its kind. */
export interface ReportParts<R extends Resource, P extends Said, W extends string> {
  readonly kind: ToldKind<R, P, W>
  readonly resources: Resources<R>
  /** Refused tries in a row after which one has failed. */
  readonly maxTries: number
  readonly events: StepEvents<R>
  readonly clock: Clock
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly observer: ResourceObserver<R>
  readonly nextTries: NextTries
}

/** What the reconcile of a resource that lives on a pool works with. */
export interface ResourceParts<R extends PooledResource, P extends Said, W extends string>
  extends ReportParts<R, P, W> {
  readonly kind: Kind<R, P, W>
  readonly capacity: Capacity
  readonly pools: Pools
  /** When this process has asked for the capacity of which one, by uid: its watch may not show it yet. */
  readonly askedAt: Map<string, Tick>
  readonly clockIsRight: ClockCheck
}

/** What watches resources: metrics, logs, Kubernetes Events. Must be quick and never throw. */
export interface ResourceObserver<R extends Resource> {
  /** `status` was stored after that of `resource`; it tells of these steps for the first time. */
  told(resource: R, status: StatusOf<R>, steps: StatusOf<R>['history']): void
}

export interface Why<W extends string> {
  readonly reason: CommonReason | W
  readonly message: string
  /** When to look again, where that is sooner than usual. */
  readonly recheckAfterMs?: number
  /** What had nobody know; to be thrown once the rest is told. */
  readonly fault?: Fault
}

/** Why something gave no answer. */
export interface Fault {
  readonly error: unknown
}

/** What a resource has of others beside its capacity, such as an address of a network. */
export interface Attachments<R, W extends string> {
  /** What is not there yet, as last seen, so that no capacity is taken for what could not be made; undefined = all is. */
  missing(resource: R): Why<W> | undefined
  /**
   * Has all of it be its own, stored before this answers: the resource as its provider is to make it, or why not. May be
   * repeated. Never throws: where nobody knows whether it came through there is a `fault`.
   */
  attach(resource: R): Promise<{ readonly attached: R } | Why<W>>
  /** Whether some of it is its own, by its status or as last seen. */
  holds(resource: R): boolean
  /**
   * Gives all of it back, once its provider has let go; asks nobody where it holds nothing. May be repeated. Throws when
   * nobody knows whether it came through.
   */
  detach(resource: R): Promise<void>
}

/** How one kind of resources is called and told of. */
export interface ToldKind<R extends Resource, P extends Said, W extends string> {
  /** As in sentences: machine. */
  readonly what: string
  /** As in manifests: VirtualMachine. */
  readonly name: string
  /** As kubectl calls one: vmachine. */
  readonly command: string
  /** Reasons after which another status soon follows: nothing is written only to mark what is published. */
  readonly passing: ReadonlySet<string>
  providerOf(resource: R): Provider<R, P, StatusOf<R>['provider']>
  statusAfter(resource: R, situation: Situation<P, W>, facts: StatusFacts<StatusOf<R>['provider']>): StatusOf<R>
}

/** What is particular to a kind that lives on pools. */
export interface Kind<R extends PooledResource, P extends Said, W extends string> extends ToldKind<R, P, W> {
  /** Most of one owner; undefined = any number. */
  readonly maxPerOwner: number | undefined
  /** What it takes of its pool. */
  wants(resource: R): readonly Want[]
  /** The same in words. */
  asks(resource: R): string
  /** Which rule it breaks; undefined = none. */
  violation(resource: R): string | undefined
  /** Why it can't be begun as it is; undefined = it can. */
  obstacle(resource: R): Why<W> | undefined
  /** What others have to give it; absent = nothing. */
  readonly attachments?: Attachments<R, W>
  /** Who uses it: so long it is not taken away; undefined = nobody. Absent = nobody ever does. */
  usedBy?(resource: R): Users | undefined
  /** It has no capacity any more: does what has to be done for that, and tells what follows `its capacity is lost`. */
  afterLoss(resource: R): Promise<string>
}
