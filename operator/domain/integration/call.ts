import type { IntegrationEvent } from './integration-event.ts'
import { closedStock, stockCard } from './stock-card.ts'
import { stockMovement } from './stock-movement.ts'
import { NotSayable, type Translation } from './words.ts'

export const methods = ['POST', 'PUT', 'DELETE'] as const
export type Method = (typeof methods)[number]

/** Where the other side wants to be told of one kind of event. */
export interface Route {
  readonly method: Method
  /** With {externalId}, {stockUid} and {eventId}, which are filled in. */
  readonly path: string
  /** Of a POST: asked by GET whether it was taken before, where the other side knows no idempotency keys. Filled in as `path` is. */
  readonly lookup?: string
}

/** By occasion, such as `reservation.reserved`. What has none is left out. */
export type Routes = Readonly<Record<string, Route>>

/** A call of the other side. */
export interface Call {
  /** The event's id: the same each time that it is made. */
  readonly id: string
  readonly method: Method | 'GET'
  readonly path: string
  /** JSON; a look-up has none. */
  readonly body?: string
  /** Of the event, in its stock's life. */
  readonly sequence: number
}

/** An event that can't be told, and why: a word from a short list, and a sentence that names the field. */
export interface Refusal {
  readonly cause: 'NoExternalId' | 'NotSayable'
  readonly reason: string
}

/** How each kind of event is said, whatever its route. */
const translations: Readonly<Record<string, Translation>> = {
  'stock.created': stockCard,
  'stock.adjusted': stockCard,
  'stock.priced': stockCard,
  'stock.paused': stockCard,
  'stock.resumed': stockCard,
  'stock.level_changed': stockCard,
  'stock.recounted': stockCard,
  'stock.deleted': closedStock,
  'reservation.reserved': stockMovement,
  'reservation.confirmed': stockMovement,
  'reservation.released': stockMovement,
  'reservation.returned': stockMovement,
  'reservation.expired': stockMovement,
  'reservation.extended': stockMovement,
  'reservation.rejected': stockMovement,
  'reservation.waiting': stockMovement,
}

/** The occasions that a route can be given for. */
export const sayable: readonly string[] = Object.keys(translations)

const EXTERNAL_ID = '{externalId}'

/** Whether somebody has to know the other side's ids. */
export function needsExternalIds(routes: Routes): boolean {
  return Object.values(routes).some(({ path, lookup = '' }) => (path + lookup).includes(EXTERNAL_ID))
}

/** The call that tells of an event. `externalId`: the other side's id of the stock, where it is known. */
export function callFor(event: IntegrationEvent, route: Route, externalId: string | undefined): Call | Refusal {
  const { id, sequence, occasion } = event
  const path = filled(route.path, event, externalId)
  if (typeof path !== 'string') return path
  const translation = translations[occasion]
  if (!translation) return { cause: 'NotSayable', reason: `ce_type is ${occasion}, which nobody has words for` }
  try {
    return { id, method: route.method, path, body: JSON.stringify(translation(event, externalId)), sequence }
  } catch (error) {
    if (error instanceof NotSayable) return { cause: 'NotSayable', reason: error.message }
    throw error
  }
}

/** The question whether a POST was taken before. */
export function lookupFor(event: IntegrationEvent, lookup: string, externalId: string | undefined): Call | Refusal {
  const path = filled(lookup, event, externalId)
  return typeof path === 'string' ? { id: event.id, method: 'GET', path, sequence: event.sequence } : path
}

function filled(
  path: string,
  { id, stockUid, stock }: IntegrationEvent,
  externalId: string | undefined,
): string | Refusal {
  const parts = { externalId, stockUid, eventId: id }
  for (const [name, part] of Object.entries(parts)) {
    if (part !== undefined || !path.includes(`{${name}}`)) continue
    const reason = `${path} needs {${name}}, which nobody has given for ${stock}`
    return { cause: 'NoExternalId', reason }
  }
  return path.replaceAll(/\{(externalId|stockUid|eventId)\}/g, (_, name: keyof typeof parts) =>
    encodeURIComponent(parts[name] ?? ''),
  )
}
