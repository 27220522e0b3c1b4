import { isAbove, type Money } from '../money.ts'
import type { Level } from '../stock/level.ts'
import { typeOf } from './cloud-event.ts'
import type { StockEvent } from './event.ts'

/** Every condition that a route names must hold; a route without any takes what is left. */
export interface Route {
  /** `reservation.reserved`, or `reservation.*` for all of a kind. */
  readonly types?: readonly string[]
  readonly levels?: readonly Level[]
  /** Prices in another currency don't match. */
  readonly priceAbove?: Money
  readonly topic: string
  /** More topics that these go to. */
  readonly alsoTo?: readonly string[]
}

export interface Routing {
  /** topics = by the routes, and once more to the audit topic. flat = everything to one topic. */
  readonly profile: 'topics' | 'flat'
  /** In order: the first that matches decides. */
  readonly routes: readonly Route[]
  readonly auditTopic: string
  readonly flatTopic: string
}

/** What of an event routes look at. */
type Routed = Pick<StockEvent, 'type' | 'level' | 'price'>

/** The topics that an event goes to, each once; it is delivered when all of them have it. */
export function topicsFor(event: Routed, routing: Routing): string[] {
  if (routing.profile === 'flat') return [routing.flatTopic]
  const route = routing.routes.find((candidate) => matches(candidate, event))
  return [...new Set([...(route ? [route.topic, ...(route.alsoTo ?? [])] : []), routing.auditTopic])]
}

/**
 * The topics of records, which tell of many reservations at once: where the routes have holds of no price at no level, and
 * the one that gets everything.
 */
export function topicsForRecords(routing: Routing): string[] {
  return topicsFor({ type: typeOf('reservation.reserved') }, routing)
}

function matches({ types, levels, priceAbove }: Route, event: Routed): boolean {
  if (types && !types.some((pattern) => isOfType(event.type, pattern))) return false
  if (levels && !(event.level && levels.includes(event.level))) return false
  return !priceAbove || (event.price !== undefined && isAbove(event.price, priceAbove))
}

/** `io.kbnt.stock.adjusted.v1` is of type `stock.adjusted`, and of `stock.*`. */
function isOfType(type: string, pattern: string): boolean {
  const occasion = type.replace(/^io\.kbnt\./, '').replace(/\.v[0-9]+$/, '')
  return pattern.endsWith('.*') ? occasion.startsWith(pattern.slice(0, -1)) : occasion === pattern
}
