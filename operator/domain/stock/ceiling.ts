import type { Balances } from './balances.ts'

/**
 * How many units may be out of a stock that was shrunk below what was out: as many as were then, and ever fewer as they
 * come back; 0 once all of them fit again.
 */
export function ceilingAfter(
  ceiling: number,
  { quantity, reserved, confirmed }: Balances,
  safetyStock: number,
): number {
  const out = reserved + confirmed
  return out <= quantity - safetyStock ? 0 : Math.min(ceiling, out)
}
