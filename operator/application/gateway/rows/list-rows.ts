import { type Answer, Problem } from '../answer.ts'
import type { Call, Operation } from '../call.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { Reservation } from '../generated/contract.ts'
import type { ReservationFilter } from '../objects.ts'
import { cursorOf, invalidCursor, partsOf } from '../pages.ts'
import { namespaceOf } from '../where.ts'
import type { RowDatabase } from './row-databases.ts'
import { uidsOf } from './row-uid.ts'
import { shownRow } from './shown-row.ts'

/** Where a list goes on that has told all objects; other versions of cursors are those of objects. */
const VERSION = '2'
const uid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Nothing in a database ever waits. */
const neverInRows: ReadonlySet<string | undefined> = new Set(['Pending', 'Waiting'])

interface RowPlace {
  readonly database: RowDatabase
  readonly from: string
}

interface Listed {
  readonly items: readonly Reservation[]
  /** Undefined = that is all. */
  readonly next: RowPlace | undefined
}

interface Listing {
  /** As memory or the API server has them. */
  readonly objects: Operation
  readonly filterOf: (call: Call, namespace: string) => ReservationFilter
}

/**
 * Lists reservations: the objects, then what databases have. A list is never silent about a database that is away: what
 * is told goes on with a `next`, and the page that begins there is refused until it can be had.
 */
export function listingRows(world: GatewayWorld, { objects, filterOf }: Listing): Operation {
  const databases = world.databases.all.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const [first] = databases
  if (!first) return objects

  /** `told`: what is told already; with it a page is worth something, whatever comes next. */
  async function rowsFrom(call: Call, place: RowPlace, told: readonly Reservation[] = []): Promise<Listed> {
    const { limit } = call.parameters as { limit: number }
    const namespace = namespaceOf(call, world)
    await world.access.may(call.caller, { verb: 'list', resource: 'reservations', namespace })
    const filter = filterOf(call, namespace)
    if (neverInRows.has(filter.phase)) return { items: told, next: undefined }
    const { first: from, last: to } = uidsOf(world, namespace)
    const items = [...told]
    let next: RowPlace | undefined = place.from < from ? { ...place, from } : place
    while (next && items.length < limit) {
      const { database }: RowPlace = next
      const wanted = { namespace, filter, from: next.from, to, limit: limit - items.length }
      const page = await database.page(wanted).catch((error: unknown) => {
        if (items.length === 0 || !isAway(error)) throw error // else whoever goes on hears why there is no more
      })
      if (!page) break
      items.push(...page.items.map((standing) => shownRow(standing, database.name)))
      if (page.next !== undefined) return { items, next: { database, from: page.next } }
      next = after(database, from)
    }
    return { items, next }
  }

  function after(database: RowDatabase, from: string): RowPlace | undefined {
    const following = databases[databases.indexOf(database) + 1]
    return following && { database: following, from }
  }

  return async (call) => {
    const place = placeIn(call, databases)
    if (place) return { status: 200, body: bodyOf(await rowsFrom(call, place)) }
    const answer = await objects(call)
    const { items, next } = answer.body as { items: readonly Reservation[]; next?: string }
    if (next !== undefined) return answer
    return { ...answer, body: bodyOf(await rowsFrom(call, { database: first, from: '' }, items)) }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof Problem && error.status === 503
}

function bodyOf({ items, next }: Listed): Answer['body'] {
  return { items, ...(next && { next: cursorOf(VERSION, next.database.name, next.from) }) }
}

/** Undefined = among the objects. Throws a Problem where no answer has given such a cursor. */
function placeIn({ parameters }: Call, databases: readonly RowDatabase[]): RowPlace | undefined {
  const { cursor } = parameters as { cursor?: string }
  const [version, name, from = ''] = cursor === undefined ? [] : partsOf(cursor)
  if (version !== VERSION) return undefined
  const database = databases.find((one) => one.name === name)
  if (!database || (from !== '' && !uid.test(from))) throw invalidCursor()
  return { database, from }
}
