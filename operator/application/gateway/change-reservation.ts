import { isFinished } from '../../domain/reservation/reservation.ts'
import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Extension } from './generated/contract.ts'
import { newestOf } from './newest.ts'
import type { ReservationChange, SeenReservation } from './objects.ts'
import { answerOf, isAnswered, unknownAnswer, type Wanted } from './stand.ts'
import { namespaceOf, waitKey } from './where.ts'

/** The operations on a reservation that is there. Each may be repeated: it says what is wanted, not what is to be done. */
export function changeOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  return {
    confirmReservation: (call) => changed(world, call, { change: { state: 'Confirmed' }, wanted: 'Confirmed' }),
    releaseReservation: (call) => changed(world, call, { change: { state: 'Released' }, wanted: 'Released' }),
    extendReservation: (call) =>
      changed(world, call, { change: { ttl: (call.body as Extension).ttl }, wanted: 'Reserved' }),
  }
}

interface Wish {
  readonly change: ReservationChange
  readonly wanted: Wanted
}

async function changed(world: GatewayWorld, call: Call, { change, wanted }: Wish): Promise<Answer> {
  const namespace = namespaceOf(call, world)
  const name = call.parameters['reservationId'] as string
  await world.access.may(call.caller, { verb: 'get', resource: 'reservations', namespace })
  const known = () => world.reservations.get(namespace, name)
  const written = await world.reservations.patch(call.caller, namespace, name, change).catch(async (error: unknown) => {
    throw (await endedAlready(world, call, { error, known })) ?? error
  })
  switch (written.kind) {
    case 'stored':
      return answered(world, call, { seen: written.object, wanted })
    case 'unknown': {
      const message = `whether that is stored is not known: ${written.reason}`
      const shown = known()?.shown ?? { reservationId: name, namespace, phase: 'Pending', items: [] }
      return unknownAnswer({ ...shown, message })
    }
    case 'gone':
      throw new Problem('NotFound', { detail: `there is no reservation ${name} in namespace ${namespace}` })
    case 'exists':
    case 'stale':
      throw new Problem('Conflict', { detail: `the reservation ${name} was changed meanwhile; send this again` })
  }
}

async function answered(
  world: GatewayWorld,
  call: Call,
  { seen, wanted }: { readonly seen: SeenReservation; readonly wanted: Wanted },
): Promise<Answer> {
  const { namespace, name, uid, generation } = seen
  const standing = { wanted, generation, uid }
  const latest = () => world.reservations.get(namespace, name)
  if (!isAnswered(seen, standing)) {
    const waiting = { ms: call.waitMs, over: call.over, caller: call.caller.user }
    await world.waits.until(waitKey('reservation', namespace, name), () => isAnswered(latest(), standing), waiting)
  }
  return answerOf(world, call, newestOf(seen, latest()), { standing })
}

/** The API server refuses to change what is over: then how it ended says more than that. */
async function endedAlready(
  world: GatewayWorld,
  call: Call,
  { error, known }: { readonly error: unknown; readonly known: () => SeenReservation | undefined },
): Promise<Problem | undefined> {
  if (!(error instanceof Problem) || error.reason !== 'Unprocessable') return undefined
  const seen = known()
  if (!seen?.phase || !isFinished(seen.phase)) return undefined
  const standing = { wanted: 'Confirmed', generation: 0, uid: seen.uid } as const
  return answerOf(world, call, seen, { standing }).then(
    () => undefined,
    (end: unknown) => (end instanceof Problem ? end : undefined),
  )
}
