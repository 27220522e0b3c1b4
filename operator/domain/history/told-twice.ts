import type { HistoryFault } from './history-fault.ts'
import type { HistoryRow } from './history-row.ts'

const compared = ['occasion', 'units', 'quantity', 'reserved', 'confirmed', 'available'] as const

/** What a decision has been told to be. */
export type ToldRow = Pick<HistoryRow, (typeof compared)[number]>

/** A decision is one, however often it is told: undefined = it is told as before. */
export function toldTwice(before: ToldRow, now: ToldRow): HistoryFault | undefined {
  const other = compared.filter((field) => before[field] !== now[field])
  if (other.length === 0) return undefined
  const differences = other.map((field) => `${field} is ${before[field]} and would be ${now[field]}`).join(', ')
  return { kind: 'difference', message: `told again and otherwise: ${differences}; as it was told first it is kept` }
}
