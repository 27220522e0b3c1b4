import { entityTag } from '../../domain/gateway/entity-tag.ts'
import { isNoOlder, positionIn } from '../../domain/gateway/position.ts'
import { type Answer, Problem, positionHeader } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { Right, SeenResource } from './caller.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Objects, RequestFilter, ReservationFilter, Seen, SeenReservation, StockFilter } from './objects.ts'
import { orderWorld } from './orders/order-world.ts'
import type { OrderFilter } from './orders/paid-orders.ts'
import { listBody, pagingOf } from './pages.ts'
import { trackRequest } from './requests/track-request.ts'
import { findRow } from './rows/find-row.ts'
import { listingRows } from './rows/list-rows.ts'
import { namespaceOf, positionKey, refuseBlind, waitingOf } from './where.ts'

const MIN_POSITION = 'X-Kbnt-Min-Position'
/** A watch is mostly a few milliseconds behind. */
const REACHED_MS = 200

/** How a kind of object is read: its word in sentences, its parameter in the contract, and its resource in rights. */
interface Kind<S extends Seen<unknown>, Filter> {
  readonly word: string
  readonly id: string
  readonly resource: SeenResource
  readonly objects: Objects<S, Filter>
  readonly filterOf: (call: Call, namespace: string) => Filter
  readonly nameOf: (shown: S['shown']) => string
  /** Whether all of a namespace is in memory; absent = it always is. */
  readonly isWhole?: (namespace: string) => boolean
  readonly headersOf?: (seen: S) => Readonly<Record<string, string>>
  /** What is no object of the cluster; undefined = there is none there either. */
  readonly findElsewhere?: (namespace: string, name: string, call: Call) => Promise<S['shown'] | undefined>
}

/** The operations that only read. */
export function readOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  const stocks = reading(world, {
    ...{ word: 'stock', id: 'stockId', resource: 'virtualstocks', objects: world.stocks },
    filterOf: ({ parameters }) => parameters as StockFilter,
    nameOf: ({ stockId }) => stockId,
    headersOf: (seen) => ({ ETag: entityTag(seen) }),
  })
  const filterOf: Kind<SeenReservation, ReservationFilter>['filterOf'] = ({ parameters }, namespace) =>
    reservationFilter(parameters, namespace)
  const reservations = reading(world, {
    ...{ word: 'reservation', id: 'reservationId', resource: 'reservations', objects: world.reservations },
    filterOf,
    nameOf: ({ reservationId }) => reservationId,
    findElsewhere: (namespace, name) => findRow(world, namespace, name),
  })
  const machines = reading(world, {
    ...{ word: 'machine', id: 'machineId', resource: 'vmachines', objects: world.machines },
    filterOf: () => ({}),
    nameOf: ({ machineId }) => machineId,
  })
  const requests = reading(world, {
    ...{ word: 'request', id: 'requestName', resource: 'vrequests', objects: world.requests },
    filterOf: ({ parameters }) => parameters as RequestFilter,
    nameOf: ({ requestId }) => requestId,
    findElsewhere: async (namespace, name, { parameters: { at } }) =>
      world.sending && typeof at === 'string' ? trackRequest(world.sending, { namespace, name, at }) : undefined,
  })
  return {
    ...{ listStocks: stocks.list, getStock: stocks.get },
    ...{
      listReservations: listingRows(world, { objects: reservations.list, filterOf }),
      getReservation: reservations.get,
    },
    ...{ listMachines: machines.list, getMachine: machines.get },
    ...{ listRequests: requests.list, getRequest: requests.get },
    listOrders: async (call) => readingOrders(world).list(call),
    getOrder: async (call) => readingOrders(world).get(call),
  }
}

/** Throws a Problem where there are none. */
function readingOrders(world: GatewayWorld) {
  const { orders } = orderWorld(world)
  return reading(world, {
    ...{ word: 'order', id: 'orderName', resource: 'orders', objects: orders, isWhole: orders.isWhole },
    filterOf: ({ parameters }) => parameters as OrderFilter,
    nameOf: ({ orderName }) => orderName,
  })
}

function reservationFilter(parameters: Call['parameters'], namespace: string): ReservationFilter {
  const { stock, consumer, phase } = parameters as { stock?: string; consumer?: string; phase?: string }
  return {
    ...(stock !== undefined && { stock: { namespace, name: stock } }),
    ...(consumer !== undefined && { consumer }),
    ...(phase !== undefined && { phase }),
  }
}

function reading<S extends Seen<unknown>, Filter>(world: GatewayWorld, kind: Kind<S, Filter>) {
  const { word, id, resource, objects } = kind

  /**
   * Whether memory has no answer for the caller: it says so, what it has seen elsewhere has not come here in time, or there
   * was no room for all of the namespace. Of an object that is there all the same, memory tells.
   */
  async function pastMemory(call: Call, namespace: string, name?: string): Promise<boolean> {
    const { consistent, [MIN_POSITION]: text } = call.parameters as { consistent?: boolean; [MIN_POSITION]?: string }
    const wanted = text === undefined ? undefined : positionIn(text, resource)
    if (consistent === true) return true
    const isThere = name !== undefined && objects.get(namespace, name) !== undefined
    if (!isThere && kind.isWhole?.(namespace) === false) {
      call.countsAsWrite?.()
      return true
    }
    if (wanted === undefined) return false
    const reached = () => isNoOlder(objects.position(namespace), wanted)
    if (await world.waits.until(positionKey(resource), reached, waitingOf(call, REACHED_MS))) return false
    call.countsAsWrite?.() // anybody can make up a position that is never reached
    return true
  }

  /** Throws a Problem where memory may not be told: to this caller, or to anybody now. */
  async function mayRead(call: Call, right: Right): Promise<void> {
    refuseBlind(world, right.namespace)
    await world.access.may(call.caller, right)
  }

  async function elsewhere(call: Call, right: Right & { readonly name: string }): Promise<Answer> {
    const { namespace, name } = right
    if (kind.findElsewhere) await world.access.may(call.caller, right)
    const body = await kind.findElsewhere?.(namespace, name, call)
    if (body) return { status: 200, body: body as object }
    throw new Problem('NotFound', { detail: `there is no ${word} ${name} in namespace ${namespace}` })
  }

  const headersOf = (position: string) => positionHeader(resource, position)

  return {
    async get(call: Call): Promise<Answer> {
      const name = call.parameters[id] as string
      const namespace = namespaceOf(call, world)
      const past = await pastMemory(call, namespace, name)
      if (!past) await mayRead(call, { verb: 'get', resource, namespace, name })
      const found = past ? await objects.read(call.caller, namespace, name) : objects.get(namespace, name)
      if (!found) return elsewhere(call, { verb: 'get', resource, namespace, name })
      const position = past ? found.position : objects.position(namespace)
      const headers = { ...kind.headersOf?.(found), ...headersOf(position) }
      return { status: 200, body: found.shown as object, headers }
    },
    async list(call: Call): Promise<Answer> {
      const paging = pagingOf(call)
      const namespace = namespaceOf(call, world)
      const filter = kind.filterOf(call, namespace)
      if (await pastMemory(call, namespace)) {
        const { position, ...page } = await objects.readPage({ caller: call.caller, namespace }, filter, paging)
        return { status: 200, body: listBody(page, kind.nameOf), headers: headersOf(position) }
      }
      await mayRead(call, { verb: 'list', resource, namespace })
      const body = listBody(objects.page(namespace, filter, paging), kind.nameOf)
      return { status: 200, body, headers: headersOf(objects.position(namespace)) }
    },
  }
}
