import { isFinished } from '../../domain/reservation/reservation.ts'
import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Extension } from './generated/contract.ts'
import type { ReservationChange, SeenReservation } from './objects.ts'
import { changeRow, type RowWish } from './rows/change-row.ts'
import { answerWhenDecided, unknownAnswer, type Wanted } from './stand.ts'
import { namespaceOf } from './where.ts'

/** The operations on a reservation that is there. Each may be repeated: it says what is wanted, not what is to be done. */
export function changeOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  return {
    confirmReservation: (call) =>
      changed(world, call, { change: { state: 'Confirmed' }, wanted: 'Confirmed', inRows: { kind: 'confirm' } }),
    releaseReservation: (call) =>
      changed(world, call, { change: { state: 'Released' }, wanted: 'Released', inRows: { kind: 'release' } }),
    extendReservation(call) {
      const { ttl } = call.body as Extension
      return changed(world, call, { change: { ttl }, wanted: 'Reserved', inRows: { kind: 'extend', ttl } })
    },
  }
}

interface Wish {
  readonly change: ReservationChange
  readonly wanted: Wanted
  /** The same of one that is kept in rows. */
  readonly inRows: RowWish
}

async function changed(world: GatewayWorld, call: Call, wish: Wish): Promise<Answer> {
  const namespace = namespaceOf(call, world)
  const name = call.parameters['reservationId'] as string
  await world.access.may(call.caller, { verb: 'get', resource: 'reservations', namespace, name })
  if (world.reservations.get(namespace, name)) return changedObject(world, call, wish)
  const { answer, away } = await changeRow(world, call, { namespace, name, wish: wish.inRows })
  if (answer) return answer
  return changedObject(world, call, wish).catch((error: unknown) => {
    // where one that may know it doesn't answer, nobody can say that there is none
    throw away !== undefined && error instanceof Problem && error.reason === 'NotFound' ? away : error
  })
}

async function changedObject(world: GatewayWorld, call: Call, { change, wanted }: Wish): Promise<Answer> {
  const namespace = namespaceOf(call, world)
  const name = call.parameters['reservationId'] as string
  const written = await world.reservations.patch(call.caller, namespace, name, change).catch(async (error: unknown) => {
    const seen = await endedAlready(world, call, { error, namespace, name })
    if (seen) return { kind: 'stored', object: seen } as const
    throw error
  })
  switch (written.kind) {
    case 'stored':
      return answerWhenDecided(world, call, written.object, { wanted, endedAs: 409 })
    case 'unknown': {
      const message = `whether that is stored is not known: ${written.reason}`
      const none = { reservationId: name, namespace, phase: 'Pending', items: [] } as const
      return unknownAnswer({ ...(world.reservations.get(namespace, name)?.shown ?? none), message })
    }
    case 'gone':
      throw new Problem('NotFound', { detail: `there is no reservation ${name} in namespace ${namespace}` })
    case 'stale':
      throw new Problem('Conflict', { detail: `${written.reason}; send this again` })
    case 'exists':
      throw new Error('a change makes nothing')
  }
}

/** The API server refuses to change what is over: then how it ended says more than that. */
async function endedAlready(
  world: GatewayWorld,
  call: Call,
  { error, namespace, name }: { readonly error: unknown; readonly namespace: string; readonly name: string },
): Promise<SeenReservation | undefined> {
  if (!(error instanceof Problem) || error.reason !== 'Unprocessable') return undefined
  const isOver = (seen: SeenReservation | undefined) => seen?.phase !== undefined && isFinished(seen.phase)
  const known = world.reservations.get(namespace, name)
  const seen = isOver(known) ? known : await world.reservations.read(call.caller, namespace, name)
  return isOver(seen) ? seen : undefined
}
