import type { Reservation } from '../reservation/reservation.ts'
import { keyOf } from '../reservation/reservation.ts'
import type { PoolLine } from './pool.ts'
import type { Resource } from './resource.ts'

type Line = Reservation['spec']['items'][number]

/** What a resource takes, as far as it is known which stocks that are. */
export interface Takes {
  /** By the pool as it is now; undefined = that can't be told. */
  readonly lines: readonly PoolLine[] | undefined
  /** Of each of them. */
  readonly quantities: readonly number[]
}

/**
 * Whether a reservation with the name and the marks of a resource's has its capacity: whoever may write reservations can
 * write both. It has when it was told so before, and else only when it asks for just what the resource takes, for its
 * owner. Undefined = that can't be told without its pool.
 */
export function isItsCapacity(
  { spec: { owner }, status }: Pick<Resource, 'spec' | 'status'>,
  { uid, spec }: Reservation,
  { lines, quantities }: Takes,
): boolean | undefined {
  const known = status?.reservationUID
  if (known === uid) return true
  if (spec.consumer !== owner) return false
  if (!sameNumbers(quantities, spec.items)) return false
  if (known === undefined && wasHeld(status)) return true // told by an operator that did not note which one
  return lines && textOf(lines) === textOf(spec.items)
}

function wasHeld(status: Resource['status']): boolean {
  return status?.conditions.some(({ type, status: is }) => type === 'CapacityReserved' && is === 'True') ?? false
}

function sameNumbers(quantities: readonly number[], items: readonly Line[]): boolean {
  return sorted(quantities) === sorted(items.map(({ quantity }) => quantity))
}

function sorted(numbers: readonly number[]): string {
  return numbers.toSorted((a, b) => a - b).join()
}

function textOf(lines: readonly PoolLine[]): string {
  return lines
    .map(({ stockNamespace, stock, quantity }) => `${keyOf(stockNamespace, stock)} ${quantity}`)
    .toSorted()
    .join()
}
