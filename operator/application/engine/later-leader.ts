import { keyOf } from '../../domain/reservation/reservation.ts'
import { StartOver } from '../ledger/ledger-faults.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'

/** Why this process leads no more, where a stock was written by somebody who leads after it; undefined = it wasn't. */
export function laterLeader({ namespace, name, status }: StoredStock, term: number): StartOver | undefined {
  const { term: written = 0, writer } = status?.ledger ?? {}
  if (written <= term) return undefined
  return new StartOver(`${keyOf(namespace, name)} was written by ${writer}, who leads after us`)
}
