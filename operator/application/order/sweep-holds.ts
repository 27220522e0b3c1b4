import { keyOf } from '../../domain/reservation/reservation.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import type { PatienceParts } from '../patience.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import type { OrderStock } from './order-stock.ts'
import type { Orders } from './orders.ts'

const EVERY_MS = 60_000
const LANES = 4

export interface SweepHoldsParts extends PatienceParts {
  readonly orders: Pick<Orders, 'find' | 'read'>
  readonly stock: Pick<OrderStock, 'owners' | 'read' | 'release'>
}

/**
 * Gives back, with each call, what is still held for orders that are gone without us: by a finalizer taken off, or a
 * restored backup. What was sold stays sold.
 */
export function holdSweep(parts: SweepHoldsParts): () => Promise<Outcome> {
  const { orders, stock } = parts
  const giveBack = sweeper<Sweepable>({
    ...parts,
    ...{ operation: 'give stock of lost orders back', lanes: LANES, most: Infinity },
    async work(owner) {
      const stored = await orders.read(owner.namespace, owner.name)
      if (stored?.uid === owner.uid) return false
      const found = await stock.read(owner)
      if (!found?.ours || found.reservation.status?.phase === 'Confirmed') return false
      const released = await stock.release(found.reservation)
      if (released.kind === 'refused') throw new Error(released.reason)
      return true
    },
  })
  return async () => {
    const lost = [...stock.owners()].filter(
      ({ namespace, name, uid }) => orders.find(keyOf(namespace, name))?.uid !== uid,
    )
    await giveBack(lost)
    return recheckAfter(EVERY_MS)
  }
}
