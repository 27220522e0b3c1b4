import { entityTag } from '../../domain/gateway/entity-tag.ts'
import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { Right } from './caller.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Objects, ReservationFilter, Seen, StockFilter } from './objects.ts'
import { listBody, pagingOf } from './pages.ts'
import { namespaceOf, readableNamespaceOf } from './where.ts'

/** How a kind of object is read: its word in sentences, its parameter in the contract, and its resource in rights. */
interface Kind<S extends Seen<unknown>, Filter> {
  readonly word: string
  readonly id: string
  readonly resource: Right['resource']
  readonly objects: Objects<S, Filter>
  readonly filterOf: (call: Call, namespace: string) => Filter
  readonly nameOf: (shown: S['shown']) => string
  readonly headersOf?: (seen: S) => Readonly<Record<string, string>>
}

/** The operations that only read. */
export function readOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  const stocks = reading(world, {
    ...{ word: 'stock', id: 'stockId', resource: 'virtualstocks', objects: world.stocks },
    filterOf: ({ parameters }) => parameters as StockFilter,
    nameOf: ({ stockId }) => stockId,
    headersOf: (seen) => ({ ETag: entityTag(seen) }),
  })
  const reservations = reading(world, {
    ...{ word: 'reservation', id: 'reservationId', resource: 'reservations', objects: world.reservations },
    filterOf: ({ parameters }, namespace) => reservationFilter(parameters, namespace),
    nameOf: ({ reservationId }) => reservationId,
  })
  const machines = reading(world, {
    ...{ word: 'machine', id: 'machineId', resource: 'vmachines', objects: world.machines },
    filterOf: () => ({}),
    nameOf: ({ machineId }) => machineId,
  })
  return {
    ...{ listStocks: stocks.list, getStock: stocks.get },
    ...{ listReservations: reservations.list, getReservation: reservations.get },
    ...{ listMachines: machines.list, getMachine: machines.get },
  }
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

  async function seen(call: Call, name: string): Promise<S> {
    const consistent = call.parameters['consistent'] === true
    const namespace = consistent ? namespaceOf(call, world) : readableNamespaceOf(call, world)
    if (!consistent) await world.access.may(call.caller, { verb: 'get', resource, namespace, name })
    const found = consistent ? await objects.read(call.caller, namespace, name) : objects.get(namespace, name)
    if (found) return found
    throw new Problem('NotFound', { detail: `there is no ${word} ${name} in namespace ${namespace}` })
  }

  return {
    async get(call: Call): Promise<Answer> {
      const found = await seen(call, call.parameters[id] as string)
      return { status: 200, body: found.shown as object, headers: kind.headersOf?.(found) ?? {} }
    },
    async list(call: Call): Promise<Answer> {
      const paging = pagingOf(call)
      const namespace = readableNamespaceOf(call, world)
      await world.access.may(call.caller, { verb: 'list', resource, namespace })
      const page = objects.page(namespace, kind.filterOf(call, namespace), paging)
      return { status: 200, body: listBody(page, kind.nameOf) }
    },
  }
}
