import { type Phase, phases, type ReservationStatus } from '../../../domain/reservation/reservation.ts'
import type { ReservationStatus as ResourceStatus } from './generated/reservation.ts'
import {
  countOf,
  listOf,
  objectOf,
  oneOf,
  priceIfThere,
  risingCountOf,
  timeIfThere,
  timeOf,
  wordOf,
} from './readable.ts'

/** Phases in which something is out, or waited for: a takeover reads from the status what and until when. */
const living: ReadonlySet<Phase> = new Set(['Waiting', 'Reserved', 'Confirmed'])

/** What it was told, when a takeover can go on from it. Throws Unreadable. */
export function toldFromStatus(status: ResourceStatus): ReservationStatus {
  const phase = oneOf(phases, status.phase, 'status.phase')
  for (const time of ['reservedAt', 'expiresAt', 'confirmedAt', 'finishedAt'] as const)
    timeIfThere(status[time], `status.${time}`)
  if (status.sequence !== undefined) risingCountOf(status.sequence, 'status.sequence')
  if (status.items !== undefined) judgeItems(listOf(status.items, 'status.items'))
  for (const price of status.totalPrice ?? []) priceIfThere(price, 'status.totalPrice')
  if (status.waitlist !== undefined) judgeWaitlist(status.waitlist)
  if (living.has(phase)) judgeLiving(status, phase)
  return (status.conditions ? status : { ...status, conditions: [] }) as ReservationStatus
}

/** The uids of stocks that a status names, whatever else is wrong with it. */
export function stockUidsIn(status: ResourceStatus | undefined): string[] {
  const items: readonly unknown[] = Array.isArray(status?.items) ? status.items : []
  return items.flatMap((item) => {
    const { stockUID } = (item ?? {}) as { stockUID?: unknown }
    return typeof stockUID === 'string' && stockUID !== '' ? [stockUID] : []
  })
}

function judgeItems(items: readonly unknown[]): void {
  for (const [index, item] of items.entries()) {
    const where = `status.items[${index}]`
    const { stockNamespace, stock, stockUID, quantity, sequence, unitPrice } = objectOf(item, where)
    wordOf(stockNamespace, `${where}.stockNamespace`)
    wordOf(stock, `${where}.stock`)
    wordOf(stockUID, `${where}.stockUID`)
    countOf(quantity, `${where}.quantity`)
    risingCountOf(sequence, `${where}.sequence`)
    priceIfThere(unitPrice, `${where}.unitPrice`)
  }
}

function judgeWaitlist({ since, until }: NonNullable<ResourceStatus['waitlist']>): void {
  timeOf(since, 'status.waitlist.since')
  timeIfThere(until, 'status.waitlist.until')
}

function judgeLiving({ items = [], sequence, reservedAt, expiresAt, waitlist }: ResourceStatus, phase: Phase): void {
  wordOf(items[0]?.stockUID, 'status.items[0].stockUID')
  countOf(sequence, 'status.sequence')
  if (phase === 'Waiting') objectOf(waitlist, 'status.waitlist')
  else timeOf(reservedAt, 'status.reservedAt')
  if (phase === 'Reserved') timeOf(expiresAt, 'status.expiresAt')
}
