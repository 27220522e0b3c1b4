import { statusOfEnd } from '../../../domain/gateway/refusals.ts'
import { nameFrom } from '../../../domain/reservation/message.ts'
import type { Answer as Decision, Standing } from '../../rows/order.ts'
import { type Answer, Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { Reservation } from '../generated/contract.ts'
import type { ReservationDraft } from '../objects.ts'
import { unknownAnswer } from '../stand.ts'
import { locationOf } from '../where.ts'
import type { Untold } from './row-databases.ts'
import { messageOf, shownRow } from './shown-row.ts'
import type { InDatabase } from './where-books-are.ts'

export interface Ordered {
  readonly draft: Pick<ReservationDraft, 'namespace' | 'name'>
  readonly books: InDatabase
  readonly success: 200 | 201
}

type Stands = Extract<Decision, { kind: 'stands' }>
type Stuck = Extract<Decision, { stock: string }>

/** What an order is answered of which this came. Throws a Problem where its units are not had. */
export async function answerOf(
  world: Pick<GatewayWorld, 'access'>,
  call: Call,
  { draft, books, success }: Ordered,
  decision: Decision | Untold,
): Promise<Answer> {
  const { namespace, name } = draft
  call.noted?.({ reservation: name, ...noteOf(decision) })
  switch (decision.kind) {
    case 'keyReused':
      throw reused(name)
    case 'unknown':
      throw new Problem('Conflict', {
        detail: `the order of this Idempotency-Key was decided before, and what became of it is not kept any more`,
        reservationId: name,
      })
    case 'untold':
      return untoldAnswer({ namespace, name, items: itemsOf(books) })
    case 'noStock':
    case 'halted':
    case 'busy':
    case 'eventsBehind':
      throw stuck(decision, nameOf(decision, namespace, books), reasonOf(decision, books))
    case 'stands':
      break
  }
  const { phase } = decision.standing
  if (phase !== 'Reserved' && phase !== 'Confirmed') throw await endOf(world, call, decision)
  return {
    status: success,
    body: { ...shownRow(decision.standing, books.database), ...(await remainderOf(world, call, decision)) },
    ...(!decision.decided && { headers: { 'Idempotent-Replayed': 'true' } }),
    ...(success === 201 && { location: locationOf('/reservations', namespace, name) }),
  }
}

function itemsOf({ lines }: InDatabase): Reservation['items'] {
  return lines.map(({ stockNamespace, stock: stockId, quantity }) => ({ stockNamespace, stockId, quantity }))
}

/** What is known of one that may be kept. */
export function untoldAnswer({
  name: reservationId,
  ...known
}: Pick<Reservation, 'namespace' | 'items'> & { readonly name: string }): Answer {
  const message =
    'the database has not said yet whether this is kept, and is asked until it has: look again, or send it again with the same Idempotency-Key'
  return unknownAnswer({ reservationId, ...known, phase: 'Pending', message })
}

/** What came of an order, for the log. */
export function noteOf(decision: Decision | Untold): Readonly<Record<string, string>> {
  if (decision.kind !== 'stands') return { outcome: decision.kind }
  const { phase, reason, about, lines } = decision.standing
  return {
    outcome: reason ?? phase,
    stocks: lines
      .map(({ stockNamespace, stockName, quantity }) => `${quantity} ${stockNamespace}/${stockName}`)
      .join(','),
    ...(about.consumer !== undefined && { consumer: about.consumer }),
  }
}

/** The problem of a key that stands for something else. */
export function reused(name: string): Problem {
  const detail = `this Idempotency-Key stands for another order, ${name}: give each order a key of its own`
  return new Problem('KeyReused', { detail, reservationId: name })
}

/** The problem of an order that a stock decides nothing of for now. `reason`: why it is halted. */
export function stuck({ kind }: Stuck, stock: string, reason?: string): Problem {
  const why = {
    noStock: 'its books are not open: the operator opens those of a new stock within a moment',
    halted: `it decides nothing until somebody has looked at it${reason === undefined ? '' : ` (${reason})`}`,
    busy: 'holds whose time is up are being taken back',
    eventsBehind: 'too many of its events wait to be delivered',
  }
  return new Problem('StockBusy', { detail: `${stock}: ${why[kind]}; nothing was done` })
}

function nameOf({ stock }: Stuck, namespace: string, { lines }: InDatabase): string {
  const line = lines.find(({ seen }) => seen?.uid === stock)
  return line ? nameFrom(namespace, line) : 'one of its stocks'
}

function reasonOf({ stock }: Stuck, { lines }: InDatabase): string | undefined {
  return lines.find(({ seen }) => seen?.uid === stock)?.seen?.shown.reason
}

/** What a reservation is that is over, or never began. `as`: its status, where that is not its reason's. */
export async function endOf(
  world: Pick<GatewayWorld, 'access'>,
  call: Call,
  { standing, aftermath }: Stands,
  as?: 409,
): Promise<Problem> {
  const { phase, reason = 'Undone', lines, shortages, about } = standing
  const [only, ...others] = lines
  const title = phase === 'Rejected' ? 'The reservation was refused' : 'The reservation is over'
  const missing = shortages?.[0]?.missing
  const tells = only && missing !== undefined && others.length === 0 && reason === 'InsufficientStock'
  return new Problem(
    { status: as ?? statusOfEnd(reason), title, reason },
    {
      ...{ detail: messageOf(standing, aftermath), reservationId: about.name },
      ...(only && others.length === 0 && { requested: only.quantity }),
      ...(tells && (await maySee(world, call, standing)) && { available: only.quantity - missing, missing }),
    },
  )
}

/** What the stock of a single line has left after this; nothing where that is not known, or the caller may not see it. */
async function remainderOf(world: Pick<GatewayWorld, 'access'>, call: Call, { standing, aftermath }: Stands) {
  if (!aftermath?.left || !(await maySee(world, call, standing))) return {}
  return { remaining: aftermath.left.units, remainingAsOf: aftermath.left.sequence }
}

async function maySee(
  { access }: Pick<GatewayWorld, 'access'>,
  { caller }: Call,
  { lines }: Standing,
): Promise<boolean> {
  const namespace = lines[0]?.stockNamespace ?? ''
  try {
    await access.may(caller, { verb: 'get', resource: 'virtualstocks', namespace })
    return true
  } catch {
    return false // what is held is told all the same
  }
}
