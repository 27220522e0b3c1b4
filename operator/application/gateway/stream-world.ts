import { positionIn, positionText } from '../../domain/gateway/position.ts'
import type { Clock } from '../clock.ts'
import type { SeenResource } from './caller.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { GatewayWorld } from './gateway-world.ts'

/** The kinds as callers name them. */
export const streamedKinds = { stocks: 'virtualstocks', reservations: 'reservations', machines: 'vmachines' } as const
export type StreamedKind = keyof typeof streamedKinds

export interface StreamObserver {
  opened(): void
  sent(events: number): void
  /** `reason`: HungUp; TooSlow, also of one that took nothing and was cut; else the one that its last event told. */
  ended(reason: string): void
}

export interface StreamWorld
  extends Pick<GatewayWorld, 'access' | 'blind' | 'serves'>,
    Partial<Pick<GatewayWorld, 'defaultNamespace'>> {
  readonly clock: Clock
  readonly observer: StreamObserver
  /** What the watch of a kind in a namespace brings. */
  feedOf(resource: SeenResource, namespace: string): ChangeFeed
  /** All objects of a kind in a namespace as of now, each made when it is asked for. */
  objectsOf(resource: SeenResource, namespace: string): readonly (() => object)[]
}

/** `vstk:999,rsv:1000`: up to where of each kind all was told. */
export function idOf(positions: ReadonlyMap<StreamedKind, string>): string {
  return [...positions].map(([kind, position]) => positionText(streamedKinds[kind], position)).join(',')
}

export function positionOf(id: string, kind: StreamedKind): string | undefined {
  const position = positionIn(id, streamedKinds[kind])
  return position !== undefined && /^[1-9][0-9]{0,31}$/.test(position) ? position : undefined
}
