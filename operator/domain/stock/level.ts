import type { StockTerms } from './terms.ts'

/** How near to sold out a stock is; `Exhausted` means that nothing is available. */
export const levels = ['Normal', 'Low', 'Critical', 'Exhausted'] as const
export type Level = (typeof levels)[number]

/** A level once entered is left only this far above its threshold, so that one unit to and fro rings no bell twice. */
function leftAt(threshold: number): number {
  return threshold + Math.max(1, Math.ceil(threshold / 10))
}

const depth = { Normal: 0, Low: 1, Critical: 2, Exhausted: 3 } as const

/** The level at `available` units, coming from level `before` (hysteresis: threshold + max(1, 10 % rounded up)). */
export function levelAt(available: number, thresholds: StockTerms['thresholds'], before: Level): Level {
  if (available <= 0) return 'Exhausted'
  const { low, critical } = thresholds
  const stays = (threshold: number, level: Level) => depth[before] >= depth[level] && available < leftAt(threshold)
  if (critical !== undefined && (available <= critical || stays(critical, 'Critical'))) return 'Critical'
  if (low !== undefined && (available <= low || stays(low, 'Low'))) return 'Low'
  return 'Normal'
}
