import { statusOfEnd } from '../../domain/gateway/refusals.ts'
import { isFinished } from '../../domain/reservation/reservation.ts'
import { type Answer, Problem, positionHeader } from './answer.ts'
import type { Call } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Reservation } from './generated/contract.ts'
import { newestOf } from './newest.ts'
import type { SeenReservation } from './objects.ts'
import { locationOf, waitingOf, waitKey } from './where.ts'

/** What the caller wants of a reservation. */
export type Wanted = 'Reserved' | 'Confirmed' | 'Released'

interface Standing {
  readonly wanted: Wanted
  /** The generation that has to be judged. */
  readonly generation: number
  readonly uid: string
}

export interface Asked {
  readonly wanted: Wanted
  readonly success?: 200 | 201
  /** The status of an end that was not wanted. Default: that of its reason. */
  readonly endedAs?: 409
}

const RETRY_SECONDS = { line: '5', decision: '1' } as const
/** A stock's balances come by another watch than its reservations, a moment before or after. */
const BALANCE_MS = 200

/** Whether the operator has answered what is wanted, so that waiting on would tell nothing new. */
function isAnswered(seen: SeenReservation | undefined, { wanted, generation, uid }: Standing): boolean {
  if (seen?.uid !== uid) return false
  const { phase, judged } = seen
  if (phase === undefined || phase === 'Pending') return false
  if (isFinished(phase)) return true
  if (judged < generation) return false
  return phase === 'Waiting'
    ? wanted !== 'Released'
    : phase === wanted || (wanted === 'Reserved' && phase === 'Confirmed')
}

/** Waits for the operator's answer to a reservation as it is now, as long as the caller likes, and gives what is known then. */
export async function answerWhenDecided(
  world: GatewayWorld,
  call: Call,
  seen: SeenReservation,
  asked: Asked,
): Promise<Answer> {
  const { namespace, name, uid, generation } = seen
  const standing = { wanted: asked.wanted, generation, uid }
  const latest = () => world.reservations.get(namespace, name)
  if (!isAnswered(seen, standing)) {
    const key = waitKey('reservation', namespace, name)
    await world.waits.until(key, () => isAnswered(latest(), standing), waitingOf(call))
  }
  return answerOf(world, call, newestOf(seen, latest()), { ...asked, standing })
}

/**
 * The success that a reservation as it stands is; 202 while it isn't what is wanted. Throws a Problem once it can't be: of
 * what is ordered 404 may mean its stock, of what is there it may not.
 */
async function answerOf(
  world: GatewayWorld,
  call: Call,
  seen: SeenReservation,
  { standing, success = 200, endedAs }: Asked & { readonly standing: Standing },
): Promise<Answer> {
  const { phase, namespace, name } = seen
  if (phase !== undefined && isFinished(phase) && !(phase === 'Released' && standing.wanted === 'Released')) {
    throw await endOf(world, call, seen, endedAs)
  }
  const location = locationOf('/reservations', namespace, name)
  const headers = positionHeader('reservations', seen.position)
  if (!isAnswered(seen, standing) || phase === 'Waiting') {
    const seconds = phase === 'Waiting' ? RETRY_SECONDS.line : RETRY_SECONDS.decision
    return { status: 202, body: seen.shown, location, headers: { ...headers, 'Retry-After': seconds } }
  }
  const body = { ...seen.shown, ...(await balanceAfter(world, call, seen)) }
  return { status: success, body, headers, ...(success === 201 && { location }) }
}

/** What is known of one that may be stored, or may yet be. */
export function unknownAnswer(shown: Reservation): Answer {
  const { namespace, reservationId } = shown
  const location = locationOf('/reservations', namespace, reservationId)
  return { status: 202, body: shown, location, headers: { 'Retry-After': RETRY_SECONDS.decision } }
}

async function endOf(world: GatewayWorld, call: Call, seen: SeenReservation, endedAs?: 409): Promise<Problem> {
  const { name: reservationId, phase, reason = 'Undone', shown, line } = seen
  const title = phase === 'Rejected' ? 'The reservation was refused' : 'The reservation is over'
  const detail = shown.message ?? `the reservation is ${phase}`
  const stock = reason === 'InsufficientStock' && (await visibleStock(world, call, seen))
  const available = stock ? stock.shown.available : undefined
  return new Problem(
    { status: endedAs ?? statusOfEnd(reason), title, reason },
    {
      ...{ detail, reservationId },
      ...(line && { requested: line.quantity }),
      ...(available !== undefined && { available }),
      ...(line && available !== undefined && available < line.quantity && { missing: line.quantity - available }),
    },
  )
}

/** What the stock of a single line has left once this was decided; nothing where the caller may not know, or it isn't seen yet. */
async function balanceAfter(world: GatewayWorld, call: Call, seen: SeenReservation) {
  const { line } = seen
  if (!line || !(await visibleStock(world, call, seen))) return {}
  const stock = () => {
    const found = world.stocks.get(line.namespace, line.stock)
    return found?.uid === line.stockUID ? found.shown : undefined
  }
  const sequence = () => stock()?.sequence ?? -1
  const key = waitKey('stock', line.namespace, line.stock)
  const waiting = waitingOf(call, BALANCE_MS)
  if (!(await world.waits.until(key, () => sequence() >= line.sequence, waiting))) return {}
  const remaining = stock()?.available
  return remaining === undefined ? {} : { remaining, remainingAsOf: sequence() }
}

async function visibleStock(world: GatewayWorld, { caller }: Call, { line }: SeenReservation) {
  if (!line) return undefined
  const { namespace, stock } = line
  try {
    await world.access.may(caller, { verb: 'get', resource: 'virtualstocks', namespace })
    return world.stocks.get(namespace, stock)
  } catch {
    return undefined // what is reserved is told all the same
  }
}
