import { multiplied, summed } from '../../../domain/money.ts'
import { messageAfter } from '../../../domain/reservation/message.ts'
import type { Reservation as Told } from '../../../domain/reservation/reservation.ts'
import type { Entry } from '../../../domain/stock/entry.ts'
import type { Aftermath, Standing } from '../../rows/order.ts'
import type { Reservation } from '../generated/contract.ts'
import { present } from '../present.ts'

const verbs = {
  Reserved: 'Reserve',
  Confirmed: 'Confirm',
  Released: 'Release',
  Expired: 'Expire',
  Rejected: 'Refuse',
} as const satisfies Record<Standing['phase'], Entry['verb']>

/** What rows alone don't say. */
export interface Besides extends Pick<Aftermath, 'refused'> {
  /** Why a hold was not extended as far as was asked. */
  readonly cut?: string | undefined
}

/** A reservation in rows of a database as the gateway shows it, in the words that an object's status has. */
export function shownRow(standing: Standing, database: string, besides: Besides = {}): Reservation {
  const { about, phase, reason, lines, since, deadline, finishedAt } = standing
  const { namespace, name, consumer, requestId, note } = about
  const isOut = phase === 'Reserved' || phase === 'Confirmed'
  const prices = lines.flatMap(({ unitPrice, quantity }) => (unitPrice ? [multiplied(unitPrice, quantity)] : []))
  const end = textOf(finishedAt)
  return {
    ...{ reservationId: name, namespace, phase, reason: isOut ? phase : (reason ?? phase) },
    message: messageOf(standing, besides),
    ledger: { kind: 'Postgres', database },
    items: lines.map(({ stockNamespace, stockName, quantity, unitPrice }) => {
      return { stockId: stockName, stockNamespace, quantity, ...(unitPrice && { unitPrice }) }
    }),
    reserved: isOut ? lines.reduce((sum, { quantity }) => sum + quantity, 0) : 0,
    ...present({ consumer, requestId, note, reservedAt: textOf(since), createdAt: textOf(since ?? finishedAt) }),
    ...(phase === 'Reserved' && present({ expiresAt: textOf(deadline) })),
    ...(phase === 'Confirmed' ? present({ confirmedAt: end }) : present({ finishedAt: end })),
    ...(prices.length > 0 && { totalPrice: summed(prices) }),
  }
}

/** The sentence that the status of an object would have. */
export function messageOf(standing: Standing, { refused, cut }: Besides = {}): string {
  const [home] = standing.lines
  return messageAfter(
    entryOf(standing),
    {
      reservation: toldOf(standing),
      home: { namespace: home?.stockNamespace ?? '', name: home?.stockName ?? '', uid: home?.stock ?? '' },
      consumed: standing.phase === 'Confirmed' && standing.finishedAt !== undefined, // what is lent has an end to come
      ...(refused && { refused }),
      ...(cut !== undefined && { cut }),
    },
    undefined,
  )
}

/** The entry that tells of it, as far as a sentence is made from it. */
function entryOf({ phase, reason, lines, shortages, deadline, since = 0, finishedAt = since }: Standing): Entry {
  const quantity = lines[0]?.quantity ?? 0
  const missing = shortages?.[0]?.missing ?? 0
  return {
    ...{ verb: verbs[phase], at: new Date(finishedAt).toISOString(), quantity },
    ...{ available: quantity - missing, reserved: 0, confirmed: 0, stockQuantity: 0, sequence: 0, level: 'Normal' },
    ...(reason && { reason }),
    ...(shortages && { shortages }),
    ...(deadline !== undefined && { deadline: new Date(deadline).toISOString() }),
  }
}

function toldOf({ uid, about, phase, lines }: Standing): Told {
  const { namespace, name, consumer } = about
  return {
    ...{ namespace, name, uid, resourceVersion: '', generation: 1, createdAt: 0, deleting: false },
    spec: {
      items: lines.map(({ stockNamespace, stockName: stock, quantity }) => ({ stockNamespace, stock, quantity })),
      ...(consumer !== undefined && { consumer }),
      ...{ state: phase === 'Confirmed' ? phase : 'Reserved', waitForMs: 0, priority: 0 },
    },
  }
}

function textOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
